"""Recipients 通知对象: who is notified of what happens to a case, as one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log
from inspect_server.core.sentences import sentence
from inspect_server.models import Task, TaskMove, Visit
from inspect_server.notifications.rules import NoticeContent
from inspect_server.notifications.services import inbox
from inspect_server.registry.reference import Reference
from schemas.vocabulary import (
    REASON_LABELS,
    Alarm,
    AppealState,
    Collection,
    ExtensionState,
    LocalityBasis,
    Move,
    NoticeKind,
    SystemEvent,
    VisitState,
)


class Recipient(Enum):
    """A group of people concerned by a case."""

    REPORTER = auto()
    UNIT = auto()  # the handlers of the unit that answers for it
    PAIRING = auto()  # the handlers of the pairing unit 包联单位
    SUPERVISORS = auto()  # the district's supervisors; the city's where there are none
    CITY = auto()  # the supervisors of the whole city
    VISIT = auto()  # who is asked to check on the spot 现场复核, and who asked


@dataclass(frozen=True, slots=True)
class Announcement:
    """Recipients, kind and title of a notice."""

    recipients: frozenset[Recipient]
    kind: NoticeKind
    title: str


def _to(kind: NoticeKind, title: str, *recipients: Recipient) -> Announcement:
    return Announcement(frozenset(recipients), kind, title)


R, N = Recipient, NoticeKind
_SENT = _to(N.TASK_DISPATCHED, sentence("新派遣的案件"), R.UNIT, R.PAIRING)
_CLOSED = _to(N.TASK_CLOSED, sentence("已结案"), R.REPORTER)
_MERGED = _to(N.TASK_MERGED, sentence("已并入同一问题的案件"), R.REPORTER)
_RESUMED = _to(N.TASK_RESUMED, sentence("挂账已恢复，时限继续"), R.UNIT)

ANNOUNCEMENTS: Mapping[Move | SystemEvent | Alarm, Announcement] = {
    Move.REJECT: _to(N.TASK_REJECTED, sentence("未予立案"), R.REPORTER),
    Move.VOID: _to(N.TASK_VOID, sentence("已作废"), R.REPORTER),
    Move.MERGE: _MERGED,
    SystemEvent.MERGED_BY_RULE: _MERGED,
    Move.ASK_MORE: _to(N.MORE_ASKED, sentence("请补充"), R.REPORTER),
    Move.PASS: _CLOSED,
    SystemEvent.CLOSED_BY_RULE: _CLOSED,
    Move.DISPATCH: _SENT,
    Move.ARBITRATE: _SENT,
    SystemEvent.DISPATCHED_BY_RULE: _SENT,
    Move.FAIL: _to(N.TASK_REWORK, sentence("核查未通过，请返工"), R.UNIT),
    Move.HAND_BACK: _to(N.HANDED_BACK, sentence("单位退回，请重新派遣"), R.SUPERVISORS),
    Move.REQUEST_EXTENSION: _to(N.EXTENSION_ASKED, sentence("单位申请延期"), R.SUPERVISORS),
    Move.SHELVE: _to(N.TASK_SHELVED, sentence("已挂账，时限暂停"), R.UNIT),
    Move.RESUME: _RESUMED,
    SystemEvent.RESUMED_BY_RULE: _RESUMED,
    Move.ESCALATE: _to(N.TASK_ESCALATED, sentence("督办"), R.UNIT, R.PAIRING),
    SystemEvent.ESCALATED_BY_RULE: _to(
        N.TASK_ESCALATED, sentence("超期督办"), R.UNIT, R.PAIRING, R.SUPERVISORS, R.CITY
    ),
    Move.REOPEN: _to(N.TASK_REOPENED, sentence("案件重开"), R.UNIT, R.PAIRING, R.REPORTER),
    Move.APPEAL: _to(N.APPEALED, sentence("单位申诉，待裁决"), R.CITY),
    SystemEvent.UNANSWERED: _to(N.MORE_ASKED, sentence("补充超期未到，请处理"), R.SUPERVISORS),
    Alarm.OVERDUE: _to(N.OVERDUE, sentence("已超期"), R.UNIT, R.PAIRING, R.SUPERVISORS),
    Alarm.VISIT_OVERDUE: _to(N.VISIT_OVERDUE, sentence("现场复核超期，尚无结果"), R.VISIT),
    Alarm.MAKE_SAFE_DUE: _to(N.OVERDUE, sentence("排险超时"), R.UNIT, R.SUPERVISORS),
}


# What the reporters of cases that were merged into this one are told too: how it ends.
TOLD_TO_MERGED = frozenset(
    {
        Move.PASS,
        Move.REJECT,
        Move.VOID,
        Move.MERGE,
        Move.REOPEN,
        SystemEvent.CLOSED_BY_RULE,
        SystemEvent.MERGED_BY_RULE,
    }
)


def notify(
    session: Session,
    reference: Reference,
    task: Task,
    happened: Move | SystemEvent | Alarm,
    now: datetime,
    move: TaskMove | None = None,
) -> None:
    """Notify everybody concerned, except whoever did it."""
    for item in _announcements(task, happened):
        people = set(_people(session, task, item.recipients))
        content = NoticeContent(
            item.kind,
            item.title,
            _body(reference, task, move),
            task_id=task.id,
            observation_id=task.observation_id if R.REPORTER in item.recipients else None,
        )
        inbox.notify(session, sorted(people - {move.person_id if move else None}), content, now)
        if happened in TOLD_TO_MERGED:
            _notify_merged(session, task, content, people, now)


def _notify_merged(
    session: Session, task: Task, content: NoticeContent, told: set[UUID], now: datetime
) -> None:
    """Notify the reporters of the cases that went into this one, each by their own record."""
    told = set(told)
    for reporter_id, observation_id in _merged_into(session, task):
        audience = [access.person_audience(reporter_id)]
        change_log.note(session, Collection.OBSERVATIONS, observation_id, audience)
        if reporter_id not in told:
            told.add(reporter_id)
            own = replace(content, observation_id=observation_id)
            inbox.notify(session, [reporter_id], own, now)


def notify_not_joined(session: Session, task: Task, reason: str, now: datetime) -> None:
    """Notify the reporter that the record was not merged into the case that it named."""
    content = NoticeContent(
        NoticeKind.MOVE_LAPSED,
        sentence("未并入所选的附近案件"),
        f"{task.number}：{REASON_LABELS.get(reason, reason)}",
        task_id=task.id,
        observation_id=task.observation_id,
    )
    inbox.notify(session, [task.reporter_id], content, now)


def notify_lapsed(session: Session, task: Task, move: TaskMove, now: datetime) -> None:
    """Notify whoever asked for a move that it lapsed 未生效."""
    detail = (move.problem or {}).get("detail", "")
    content = NoticeContent(
        NoticeKind.MOVE_LAPSED,
        sentence("“{move}”未生效", move=Move(move.move).zh),
        f"{task.number}:{detail}",
        task_id=task.id,
    )
    inbox.notify(session, [move.person_id], content, now)


def notify_visit_requested(
    session: Session, reference: Reference, task: Task, visit: Visit, now: datetime
) -> None:
    """Notify whoever is asked to check on the spot 请到现场复核."""
    note = f":{visit.note}" if visit.note else ""
    _notify_visitor(
        session,
        visit,
        NoticeKind.VISIT_ASKED,
        sentence("请到现场{kind}", kind=visit.kind.zh),
        f"{_case_words(reference, task)}{note}",
        now,
    )


def notify_visit_ended(session: Session, task: Task, visit: Visit, now: datetime) -> None:
    """Notify the visitor that the visit is not needed any more."""
    withdrawn = visit.state is VisitState.WITHDRAWN
    why = sentence("督查员已撤回") if withdrawn else sentence("案件已有处理结果")
    _notify_visitor(
        session,
        visit,
        NoticeKind.VISIT_WITHDRAWN,
        sentence("不必再去现场{kind}", kind=visit.kind.zh),
        sentence("{number}：{why}。若已拍照，仍可提交留存。", number=task.number, why=why),
        now,
    )


def notify_visit_recorded(
    session: Session,
    reference: Reference,
    task: Task,
    visit: Visit,
    photos: int,
    now: datetime,
) -> None:
    """Notify whoever asked of the finding; and the visitor, where it came too late."""
    finding = REASON_LABELS[f"{visit.kind}_{visit.finding}"]
    name = reference.categories[task.category_code].name_zh
    note = f";{visit.found_note}" if visit.found_note else ""
    content = NoticeContent(
        NoticeKind.VISIT_DONE,
        sentence("现场{kind}已有结果", kind=visit.kind.zh),
        sentence(
            "{number} {name}：{finding}（照片 {photos} 张）{note}",
            number=task.number,
            name=name,
            finding=finding,
            photos=photos,
            note=note,
        ),
        task_id=task.id,
    )
    inbox.notify(session, [visit.asked_by_id], content, now)
    if visit.late:
        _notify_visitor(
            session,
            visit,
            NoticeKind.VISIT_DONE,
            sentence("来晚了，仍作为证据保存"),
            sentence("{number}：案件在此之前已有处理结果。", number=task.number),
            now,
        )


def _notify_visitor(
    session: Session, visit: Visit, kind: NoticeKind, title: str, body: str, now: datetime
) -> None:
    content = NoticeContent(kind, title, body, task_id=visit.task_id)
    inbox.notify(session, [visit.observer_id], content, now)


def _announcements(task: Task, happened: Move | SystemEvent | Alarm) -> list[Announcement]:
    if happened is Alarm.DUE_SOON:
        whose = R.UNIT if task.dispatched_at is not None else R.SUPERVISORS
        return [_to(N.DUE_SOON, sentence("即将超期"), whose)]
    if happened is Move.DECIDE_EXTENSION:
        if task.extension is ExtensionState.ENDORSED:
            return [_to(N.EXTENSION_ASKED, sentence("延期待二级审批"), R.CITY)]
        return [_to(N.EXTENSION_DECIDED, sentence("延期审批已有结果"), R.UNIT)]
    if happened is Move.DECIDE_APPEAL:
        upheld = task.appeal is AppealState.UPHELD
        title = sentence("申诉成立") if upheld else sentence("申诉不成立")
        return [_to(N.APPEAL_DECIDED, title, R.UNIT, R.SUPERVISORS)]
    return [ANNOUNCEMENTS[happened]] if happened in ANNOUNCEMENTS else []


def _people(session: Session, task: Task, recipients: Iterable[Recipient]) -> Iterable[UUID]:
    for recipient in recipients:
        match recipient:
            case Recipient.REPORTER:
                yield task.reporter_id
            case Recipient.UNIT:
                if task.unit_id and task.dispatched_at is not None:
                    yield from inbox.handlers_of(session, task.unit_id)
            case Recipient.PAIRING:
                if task.pairing_unit_id and task.dispatched_at is not None:
                    yield from inbox.handlers_of(session, task.pairing_unit_id)
            case Recipient.SUPERVISORS:
                yield from inbox.supervisors_of(session, task.district_code)
            case Recipient.CITY:
                yield from inbox.supervisors_of(session, None)
            case Recipient.VISIT:
                yield from _of_visit(session, task)


def _of_visit(session: Session, task: Task) -> Iterable[UUID]:
    """The visitor and the supervisor of the visit that is under way."""
    waiting = session.execute(
        sa.select(Visit.observer_id, Visit.asked_by_id).where(
            Visit.task_id == task.id, Visit.state == VisitState.ASKED
        )
    )
    for pair in waiting:
        yield from pair


def _merged_into(session: Session, task: Task) -> Iterable[tuple[UUID, UUID]]:
    """Return reporter and record of every case that went into this one, also through others."""
    targets = [task.id]
    while targets:
        columns = (Task.id, Task.reporter_id, Task.observation_id)
        merged = session.execute(sa.select(*columns).where(Task.merged_into_id.in_(targets))).all()
        yield from ((row.reporter_id, row.observation_id) for row in merged)
        targets = [row.id for row in merged]


def _body(reference: Reference, task: Task, move: TaskMove | None) -> str:
    request = move.request if move else {}
    reason = request.get("reason") or ""
    parts = [REASON_LABELS.get(reason, reason), request.get("note") or ""]
    summary = ";".join(part for part in parts if part)
    return _case_words(reference, task) + (f":{summary}" if summary else "")


def _case_words(reference: Reference, task: Task) -> str:
    """Return number and category of a case, and where it counts as far as that is decided."""
    words = f"{task.number} {reference.categories[task.category_code].name_zh}"
    if task.locality_basis is LocalityBasis.UNDECIDED:
        return words
    return f"{words}，{reference.locality_words(task)}"
