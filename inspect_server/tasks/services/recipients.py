"""News 通知: who hears of what happens to a case, as one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Task, TaskMove, Visit
from inspect_server.notifications.services import inbox
from inspect_server.registry.reference import Reference
from schemas.vocabulary import (
    REASON_LABELS,
    Alarm,
    AppealState,
    ExtensionState,
    Move,
    NoticeKind,
    SystemEvent,
    TaskState,
    VisitState,
)


class Hearer(Enum):
    """Somebody with a part in a case."""

    REPORTER = auto()  # and those whose reports were merged into it
    UNIT = auto()  # the handlers of the unit that answers for it
    PAIRING = auto()  # the handlers of the pairing unit 包联单位
    DESK = auto()  # the district's supervisors; the city's where there are none
    CITY = auto()  # who oversees the whole city
    VISIT = auto()  # who is to look on the spot, and who asked for it


@dataclass(frozen=True, slots=True)
class Item:
    """Who hears, and under which title."""

    hearers: frozenset[Hearer]
    kind: NoticeKind
    title: str


def _to(kind: NoticeKind, title: str, *hearers: Hearer) -> Item:
    return Item(frozenset(hearers), kind, title)


H, N = Hearer, NoticeKind
_SENT = _to(N.TASK_DISPATCHED, "新派遣的案件", H.UNIT, H.PAIRING)
_CLOSED = _to(N.TASK_CLOSED, "已结案", H.REPORTER)
_RESUMED = _to(N.TASK_RESUMED, "挂账已恢复,时限继续", H.UNIT)

HEARD: Mapping[Move | SystemEvent | Alarm, Item] = {
    Move.REJECT: _to(N.TASK_REJECTED, "未予立案", H.REPORTER),
    Move.VOID: _to(N.TASK_VOID, "已作废", H.REPORTER),
    Move.MERGE: _to(N.TASK_MERGED, "已并入同一问题的案件", H.REPORTER),
    Move.ASK_MORE: _to(N.MORE_ASKED, "请补充", H.REPORTER),
    Move.PASS: _CLOSED,
    SystemEvent.CLOSED_BY_RULE: _CLOSED,
    Move.DISPATCH: _SENT,
    Move.ARBITRATE: _SENT,
    SystemEvent.DISPATCHED_BY_RULE: _SENT,
    Move.FAIL: _to(N.TASK_REWORK, "核查未通过,请返工", H.UNIT),
    Move.HAND_BACK: _to(N.HANDED_BACK, "单位退回,请重新派遣", H.DESK),
    Move.REQUEST_EXTENSION: _to(N.EXTENSION_ASKED, "单位申请延期", H.DESK),
    Move.SHELVE: _to(N.TASK_SHELVED, "已挂账,时限暂停", H.UNIT),
    Move.RESUME: _RESUMED,
    SystemEvent.RESUMED_BY_RULE: _RESUMED,
    Move.ESCALATE: _to(N.TASK_ESCALATED, "督办", H.UNIT, H.PAIRING),
    SystemEvent.ESCALATED_BY_RULE: _to(
        N.TASK_ESCALATED, "超期督办", H.UNIT, H.PAIRING, H.DESK, H.CITY
    ),
    Move.REOPEN: _to(N.TASK_REOPENED, "案件重开", H.UNIT, H.PAIRING, H.REPORTER),
    Move.APPEAL: _to(N.APPEALED, "单位申诉,待裁决", H.CITY),
    SystemEvent.UNANSWERED: _to(N.MORE_ASKED, "补充逾期未到,请处理", H.DESK),
    Alarm.OVERDUE: _to(N.OVERDUE, "已超期", H.UNIT, H.PAIRING, H.DESK),
    Alarm.VISIT_OVERDUE: _to(N.VISIT_OVERDUE, "现场复核超期,尚无结果", H.VISIT),
    Alarm.MAKE_SAFE_DUE: _to(N.OVERDUE, "排险超时", H.UNIT, H.DESK),
}


def told(
    session: Session,
    reference: Reference,
    task: Task,
    happened: Move | SystemEvent | Alarm,
    now: datetime,
    move: TaskMove | None = None,
) -> None:
    """Tell everybody concerned, but not whoever did it."""
    for item in _items(task, happened):
        people = set(_people(session, task, item.hearers))
        inbox.tell(
            session,
            sorted(people - {move.person_id if move else None}),
            item.kind,
            item.title,
            _body(reference, task, move),
            now,
            task_id=task.id,
            observation_id=task.observation_id if H.REPORTER in item.hearers else None,
        )


def lapsed(session: Session, task: Task, move: TaskMove, now: datetime) -> None:
    """Tell whoever asked for a move that it came to nothing."""
    detail = (move.problem or {}).get("detail", "")
    inbox.tell(
        session,
        [move.person_id],
        NoticeKind.MOVE_LAPSED,
        f"“{Move(move.move).zh}”未生效",
        f"{task.number}:{detail}",
        now,
        task_id=task.id,
    )


def visit_asked(
    session: Session, reference: Reference, task: Task, visit: Visit, now: datetime
) -> None:
    """Tell whoever is to look on the spot 请到现场复核."""
    words = f":{visit.note}" if visit.note else ""
    name = reference.categories[task.category_code].name_zh
    _tell_visitor(
        session,
        visit,
        NoticeKind.VISIT_ASKED,
        f"请到现场{visit.kind.zh}",
        f"{task.number} {name}{words}",
        now,
    )


def visit_called_off(session: Session, task: Task, visit: Visit, now: datetime) -> None:
    """Tell whoever was to go that nobody has to any more."""
    why = "督查员已撤回" if visit.state is VisitState.WITHDRAWN else "案件已有处理结果"
    _tell_visitor(
        session,
        visit,
        NoticeKind.VISIT_WITHDRAWN,
        f"不必再去现场{visit.kind.zh}",
        f"{task.number}:{why}。若已拍照,仍可提交留存。",
        now,
    )


def visit_recorded(
    session: Session,
    reference: Reference,
    task: Task,
    visit: Visit,
    photos: int,
    now: datetime,
) -> None:
    """Tell whoever asked what was found; and whoever went, where it came too late."""
    found = REASON_LABELS[f"{visit.kind}_{visit.finding}"]
    name = reference.categories[task.category_code].name_zh
    said = f";{visit.found_note}" if visit.found_note else ""
    inbox.tell(
        session,
        [visit.asked_by_id],
        NoticeKind.VISIT_DONE,
        f"现场{visit.kind.zh}已有结果",
        f"{task.number} {name}:{found}(照片 {photos} 张){said}",
        now,
        task_id=task.id,
    )
    if visit.late:
        _tell_visitor(
            session,
            visit,
            NoticeKind.VISIT_DONE,
            "来晚了,仍作为证据保存",
            f"{task.number}:案件在此之前已有处理结果。",
            now,
        )


def _tell_visitor(
    session: Session, visit: Visit, kind: NoticeKind, title: str, body: str, now: datetime
) -> None:
    inbox.tell(session, [visit.observer_id], kind, title, body, now, task_id=visit.task_id)


def _items(task: Task, happened: Move | SystemEvent | Alarm) -> list[Item]:
    if happened is Alarm.DUE_SOON:
        whose = H.UNIT if task.was_dispatched else H.DESK
        return [_to(N.DUE_SOON, "即将超期", whose)]
    if happened is Move.DECIDE_EXTENSION:
        if task.extension is ExtensionState.ENDORSED:
            return [_to(N.EXTENSION_ASKED, "延期待二级审批", H.CITY)]
        return [_to(N.EXTENSION_DECIDED, "延期审批已有结果", H.UNIT)]
    if happened is Move.DECIDE_APPEAL:
        title = "申诉成立" if task.appeal is AppealState.UPHELD else "申诉不成立"
        return [_to(N.APPEAL_DECIDED, title, H.UNIT, H.DESK)]
    return [HEARD[happened]] if happened in HEARD else []


def _people(session: Session, task: Task, hearers: Iterable[Hearer]) -> Iterable[UUID]:
    for hearer in hearers:
        match hearer:
            case Hearer.REPORTER:
                yield task.reporter_id
                yield from _merged_reporters(session, task)
            case Hearer.UNIT:
                if task.unit_id and task.was_dispatched:
                    yield from inbox.handlers_of(session, task.unit_id)
            case Hearer.PAIRING:
                if task.pairing_unit_id and task.was_dispatched:
                    yield from inbox.handlers_of(session, task.pairing_unit_id)
            case Hearer.DESK:
                yield from inbox.supervisors_of(session, task.district_code)
            case Hearer.CITY:
                yield from inbox.supervisors_of(session, None)
            case Hearer.VISIT:
                yield from _of_visit(session, task)


def _of_visit(session: Session, task: Task) -> Iterable[UUID]:
    """Both ends of the visit that is under way."""
    waiting = session.execute(
        sa.select(Visit.observer_id, Visit.asked_by_id).where(
            Visit.task_id == task.id, Visit.state == VisitState.ASKED
        )
    )
    for pair in waiting:
        yield from pair


def _merged_reporters(session: Session, task: Task) -> Iterable[UUID]:
    """Whoever reported the same thing hears how it ended."""
    if task.state is not TaskState.CLOSED:
        return []
    return session.scalars(sa.select(Task.reporter_id).where(Task.merged_into_id == task.id))


def _body(reference: Reference, task: Task, move: TaskMove | None) -> str:
    wanted = move.wanted if move else {}
    reason = wanted.get("reason") or ""
    said = [REASON_LABELS.get(reason, reason), wanted.get("note") or ""]
    words = ";".join(word for word in said if word)
    name = reference.categories[task.category_code].name_zh
    return f"{task.number} {name}" + (f":{words}" if words else "")
