"""The case flow 案件流程 as one table: which move leads from where to where, by whom.

Pure: imports the vocabulary and the problems only. Source of the states and moves: the
official steps 立案 → 派遣 → 处置 → 核查 → 结案 as the city runs them. A supervisor should be
able to read `FLOW`; docs/task-flow.md is drawn from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from inspect_server.core.problems import (
    EvidenceMissing,
    MoveIncomplete,
    MoveNotAllowed,
    NotAllowed,
    ReasonMissing,
    UnitMissing,
)
from schemas.vocabulary import (
    OPEN_STATES,
    AppealState,
    Decision,
    ExtensionState,
    Move,
    Outcome,
    Role,
    TaskState,
)

# After so many hand-backs 退回 only an arbiter sends the case on (DOMAIN §4).
MAX_HAND_BACKS = 2
# 延期: each adds one original limit.
MAX_EXTENSIONS = 2
# 挂账: once, and at most so long.
LONGEST_SHELVING = timedelta(days=365)
# 重开: how long after closing.
REOPENED_WITHIN = timedelta(days=15)


class Need(Enum):
    """What a move cannot do without."""

    REASON = "reason"
    UNIT = "unit"
    CLOSE_EVIDENCE = "close_evidence"
    PHOTO = "photo"
    INTO = "into"
    DECISION = "decision"
    UNTIL = "until"


class Clock(Enum):
    """What a move does to the task's deadline."""

    KEEP = auto()  # nothing
    FILING = auto()  # the supervisor's limit to file begins
    DISPATCHING = auto()  # the supervisor's limit to dispatch begins
    UNIT = auto()  # the unit's limit begins anew
    STOP = auto()  # it stands still: the unit handed over, or it is somebody else's turn
    REST = auto()  # what was left of the unit's limit runs on
    EXTEND = auto()  # one original limit more
    END = auto()  # no deadline any more


class Case(Protocol):
    """What the flow has to know of a task."""

    @property
    def state(self) -> TaskState:
        """Where it stands."""

    @property
    def outcome(self) -> Outcome:
        """What the observer already did."""

    @property
    def unit_id(self) -> UUID | None:
        """The unit routed to, or responsible once dispatched."""

    @property
    def hand_backs(self) -> int:
        """How often units handed it back."""

    @property
    def was_dispatched(self) -> bool:
        """Whether a unit answers for it now."""

    @property
    def due_at(self) -> datetime | None:
        """When the present limit ends."""

    @property
    def ended_at(self) -> datetime | None:
        """When it was closed."""

    @property
    def asked_more_at(self) -> datetime | None:
        """Since when an answer of the reporter is waited for."""

    @property
    def extensions(self) -> int:
        """How many were granted."""

    @property
    def extension(self) -> ExtensionState | None:
        """A request between its approvals."""

    @property
    def endorsed_by_id(self) -> UUID | None:
        """Who gave the first approval."""

    @property
    def shelved_at(self) -> datetime | None:
        """When it was shelved, if ever."""

    @property
    def escalated_at(self) -> datetime | None:
        """When it was put under supervision 督办."""

    @property
    def appeal(self) -> AppealState | None:
        """What became of the unit's appeal."""

    @property
    def make_safe_due_at(self) -> datetime | None:
        """When the danger is to be removed, where the category asks for that first."""

    @property
    def made_safe_at(self) -> datetime | None:
        """When it was."""


class Mover(Protocol):
    """What the flow has to know of a person."""

    @property
    def id(self) -> UUID:
        """Who it is."""

    @property
    def role(self) -> Role:
        """What they are."""

    @property
    def district_code(self) -> str | None:
        """The district they oversee; None oversees the city."""

    @property
    def unit_id(self) -> UUID | None:
        """Whose they are."""


class When(Enum):
    """When a row of the table applies, beside its state."""

    ANY = "任何时候"
    OUTCOME_OPEN = "上报时未处置"
    OUTCOME_DONE = "上报时已整改或已劝导"
    DISPATCHED = "已有单位负责"
    NEVER_DISPATCHED = "没有单位负责"
    FEW_HAND_BACKS = "退回不满 2 次"
    MANY_HAND_BACKS = "已退回 2 次"
    NOTHING_ASKED = "没有在等补充"
    EXTENDABLE = "期限未过、延期不满 2 次、没有在审的申请"
    EXTENSION_ASKED = "延期待一级审批"
    EXTENSION_ENDORSED = "延期待二级审批"
    EXTENSION_WAITS = "延期在审"
    NEVER_SHELVED = "未曾挂账"
    NOT_ESCALATED = "未督办"
    FRESHLY_CLOSED = "结案 15 天内,由单位处置"
    FRESHLY_CLOSED_UNSENT = "结案 15 天内,未经派遣"
    UNAPPEALED = "由单位处置,未曾申诉"
    APPEALED = "申诉待裁决"
    DANGEROUS = "须先排险,尚未排险"


_HOLDS: Mapping[When, Callable[[Case, datetime], bool]] = {
    When.ANY: lambda case, now: True,
    When.OUTCOME_OPEN: lambda case, now: case.outcome is Outcome.OPEN,
    When.OUTCOME_DONE: lambda case, now: case.outcome is not Outcome.OPEN,
    When.DISPATCHED: lambda case, now: case.was_dispatched,
    When.NEVER_DISPATCHED: lambda case, now: not case.was_dispatched,
    When.FEW_HAND_BACKS: lambda case, now: case.hand_backs < MAX_HAND_BACKS,
    When.MANY_HAND_BACKS: lambda case, now: case.hand_backs >= MAX_HAND_BACKS,
    When.NOTHING_ASKED: lambda case, now: case.asked_more_at is None,
    When.EXTENDABLE: lambda case, now: (
        case.extension is None
        and case.extensions < MAX_EXTENSIONS
        and case.due_at is not None
        and now <= case.due_at
    ),
    When.EXTENSION_ASKED: lambda case, now: case.extension is ExtensionState.ASKED,
    When.EXTENSION_ENDORSED: lambda case, now: case.extension is ExtensionState.ENDORSED,
    When.EXTENSION_WAITS: lambda case, now: case.extension is not None,
    When.NEVER_SHELVED: lambda case, now: case.shelved_at is None,
    When.NOT_ESCALATED: lambda case, now: case.escalated_at is None,
    When.FRESHLY_CLOSED: lambda case, now: case.was_dispatched and _freshly_closed(case, now),
    When.FRESHLY_CLOSED_UNSENT: lambda case, now: (
        not case.was_dispatched and _freshly_closed(case, now)
    ),
    When.UNAPPEALED: lambda case, now: case.was_dispatched and case.appeal is None,
    When.APPEALED: lambda case, now: case.appeal is AppealState.ASKED,
    When.DANGEROUS: lambda case, now: (
        case.make_safe_due_at is not None and case.made_safe_at is None
    ),
}


def _freshly_closed(case: Case, now: datetime) -> bool:
    return case.ended_at is not None and now <= case.ended_at + REOPENED_WITHIN


@dataclass(frozen=True, slots=True)
class Step:
    """One row: a move, the states it leaves, the state it reaches, who, with what.

    `reaches` None stays where it is. `city` asks for somebody who oversees the whole city,
    `decision` is what a deciding move says.
    """

    move: Move
    leaves: frozenset[TaskState]
    reaches: TaskState | None
    who: frozenset[Role]
    needs: tuple[Need, ...] = ()
    clock: Clock = Clock.KEEP
    when: When = When.ANY
    city: bool = False
    decision: Decision | None = None


def _states(*states: TaskState) -> frozenset[TaskState]:
    return frozenset(states)


S, M, D = TaskState, Move, Decision
SUPERVISOR = frozenset({Role.SUPERVISOR})
HANDLER = frozenset({Role.HANDLER})
# 裁定: an arbiter, or a supervisor of the whole city.
ARBITER = frozenset({Role.ARBITER, Role.SUPERVISOR})
REASON, PHOTO, DECIDED = (Need.REASON,), (Need.PHOTO,), (Need.DECISION,)
AT_WORK = _states(S.HANDLING, S.REWORK)
UNIT_OR_DESK = OPEN_STATES - {S.AWAITING_EVIDENCE, S.SHELVED}

FLOW: tuple[Step, ...] = (
    # --- 受理 ---
    Step(
        M.PROCEED,
        _states(S.AWAITING_EVIDENCE),
        S.REPORTED,
        SUPERVISOR,
        REASON,
        Clock.FILING,
        When.OUTCOME_OPEN,
    ),
    Step(
        M.PROCEED,
        _states(S.AWAITING_EVIDENCE),
        S.VERIFYING,
        SUPERVISOR,
        REASON,
        Clock.END,
        When.OUTCOME_DONE,
    ),
    Step(M.FILE, _states(S.REPORTED), S.FILED, SUPERVISOR, (), Clock.DISPATCHING),
    Step(M.REJECT, _states(S.REPORTED), S.REJECTED, SUPERVISOR, REASON, Clock.END),
    Step(
        M.ASK_MORE,
        _states(S.REPORTED),
        None,
        SUPERVISOR,
        REASON,
        Clock.STOP,
        When.NOTHING_ASKED,
    ),
    Step(
        M.MERGE,
        _states(S.REPORTED, S.VERIFYING),
        S.MERGED,
        SUPERVISOR,
        (Need.INTO,),
        Clock.END,
    ),
    Step(M.VOID, OPEN_STATES, S.VOID, SUPERVISOR, REASON, Clock.END),
    # --- 派遣 ---
    Step(M.DISPATCH, _states(S.FILED), S.DISPATCHED, SUPERVISOR, (Need.UNIT,), Clock.UNIT),
    Step(
        M.DISPATCH,
        _states(S.HANDED_BACK),
        S.DISPATCHED,
        SUPERVISOR,
        (Need.UNIT,),
        Clock.UNIT,
        When.FEW_HAND_BACKS,
    ),
    Step(
        M.ARBITRATE,
        _states(S.HANDED_BACK),
        S.DISPATCHED,
        ARBITER,
        (Need.UNIT, Need.REASON),
        Clock.UNIT,
        When.MANY_HAND_BACKS,
        city=True,
    ),
    # --- 处置 ---
    Step(M.ACCEPT, _states(S.DISPATCHED), S.HANDLING, HANDLER),
    Step(M.HAND_BACK, _states(S.DISPATCHED), S.HANDED_BACK, HANDLER, REASON, Clock.DISPATCHING),
    Step(M.MAKE_SAFE, AT_WORK, None, HANDLER, PHOTO, Clock.KEEP, When.DANGEROUS),
    Step(M.SUBMIT, AT_WORK, S.VERIFYING, HANDLER, (Need.CLOSE_EVIDENCE,), Clock.STOP),
    # --- 延期 ---
    Step(M.REQUEST_EXTENSION, AT_WORK, None, HANDLER, REASON, Clock.KEEP, When.EXTENDABLE),
    Step(
        M.DECIDE_EXTENSION,
        AT_WORK,
        None,
        SUPERVISOR,
        DECIDED,
        Clock.KEEP,
        When.EXTENSION_ASKED,
        decision=D.APPROVE,
    ),
    Step(
        M.DECIDE_EXTENSION,
        AT_WORK,
        None,
        SUPERVISOR,
        DECIDED,
        Clock.EXTEND,
        When.EXTENSION_ENDORSED,
        city=True,
        decision=D.APPROVE,
    ),
    Step(
        M.DECIDE_EXTENSION,
        AT_WORK,
        None,
        SUPERVISOR,
        (Need.DECISION, Need.REASON),
        Clock.KEEP,
        When.EXTENSION_WAITS,
        decision=D.REFUSE,
    ),
    # --- 挂账 ---
    Step(
        M.SHELVE,
        _states(S.HANDLING),
        S.SHELVED,
        SUPERVISOR,
        (Need.REASON, Need.UNTIL),
        Clock.STOP,
        When.NEVER_SHELVED,
    ),
    Step(M.RESUME, _states(S.SHELVED), S.HANDLING, SUPERVISOR, (), Clock.REST),
    # --- 督办 ---
    Step(M.ESCALATE, UNIT_OR_DESK, None, SUPERVISOR, REASON, Clock.KEEP, When.NOT_ESCALATED),
    # --- 核查 ---
    Step(M.PASS, _states(S.VERIFYING), S.CLOSED, SUPERVISOR, (), Clock.KEEP),
    Step(M.FAIL, _states(S.VERIFYING), S.REWORK, SUPERVISOR, REASON, Clock.REST, When.DISPATCHED),
    # Nobody answers yet for what an observer only said was fixed: it goes on as a filed case.
    Step(
        M.FAIL,
        _states(S.VERIFYING),
        S.FILED,
        SUPERVISOR,
        REASON,
        Clock.DISPATCHING,
        When.NEVER_DISPATCHED,
    ),
    # --- 结案之后 ---
    Step(
        M.REOPEN,
        _states(S.CLOSED),
        S.DISPATCHED,
        SUPERVISOR,
        (Need.REASON, Need.PHOTO),
        Clock.UNIT,
        When.FRESHLY_CLOSED,
    ),
    Step(
        M.REOPEN,
        _states(S.CLOSED),
        S.FILED,
        SUPERVISOR,
        (Need.REASON, Need.PHOTO),
        Clock.DISPATCHING,
        When.FRESHLY_CLOSED_UNSENT,
    ),
    Step(M.APPEAL, _states(S.CLOSED), None, HANDLER, REASON, Clock.KEEP, When.UNAPPEALED),
    Step(
        M.DECIDE_APPEAL,
        _states(S.CLOSED),
        None,
        ARBITER,
        (Need.DECISION, Need.REASON),
        Clock.KEEP,
        When.APPEALED,
        city=True,
        decision=D.APPROVE,
    ),
    Step(
        M.DECIDE_APPEAL,
        _states(S.CLOSED),
        None,
        ARBITER,
        (Need.DECISION, Need.REASON),
        Clock.KEEP,
        When.APPEALED,
        city=True,
        decision=D.REFUSE,
    ),
)


def stops_clock(move: Move) -> bool:
    """Say whether asking for this move stops the unit's clock."""
    return any(step.move is move and step.clock is Clock.STOP for step in FLOW)


def opening_state(outcome: Outcome, evidence_settled: bool) -> TaskState:
    """Return where a task begins, or where it goes once its evidence is settled."""
    if not evidence_settled:
        return TaskState.AWAITING_EVIDENCE
    return TaskState.REPORTED if outcome is Outcome.OPEN else TaskState.VERIFYING


def closes_by_rule(task_id: UUID, outcome: Outcome, has_evidence: bool, share: float) -> bool:
    """Say whether a record settled on the spot closes without a verifier's look 按规则结案.

    A sampled share of them is verified all the same; a case's id decides, so nobody can choose.
    """
    if outcome is Outcome.OPEN or not has_evidence:
        return False
    # The last bits of a UUID v7 are random.
    return (task_id.int & 0xFFFF_FFFF) / 2**32 >= share


def applies(step: Step, case: Case, now: datetime) -> bool:
    """Say whether a row fits this case."""
    return case.state in step.leaves and _HOLDS[step.when](case, now)


def may_move(step: Step, case: Case, mover: Mover) -> bool:
    """Say whether this person may take this step of this case."""
    if mover.role not in step.who:
        return False
    if mover.role is Role.HANDLER:
        return mover.unit_id is not None and mover.unit_id == case.unit_id
    if step.city and mover.district_code is not None:
        return False
    # Two approvals are given by two people.
    if step.move is Move.DECIDE_EXTENSION and mover.id == case.endorsed_by_id:
        return False
    # The verifier is never of the unit that handled it (DOMAIN §4).
    return not (
        case.state is TaskState.VERIFYING
        and step.move in (Move.PASS, Move.FAIL, Move.MERGE)
        and mover.unit_id is not None
        and mover.unit_id == case.unit_id
    )


def steps_open_to(case: Case, mover: Mover, now: datetime) -> list[Step]:
    """Return the steps this person may take now, in table order."""
    return [step for step in FLOW if applies(step, case, now) and may_move(step, case, mover)]


@dataclass(frozen=True, slots=True)
class Brought:
    """What comes with a move: words, names, and what the photos show."""

    reason: str | None = None
    unit_id: UUID | None = None
    decision: Decision | None = None
    into: UUID | None = None
    until: datetime | None = None
    has_photo: bool = False
    has_close_evidence: bool = False


def plan(case: Case, move: Move, mover: Mover, brought: Brought, now: datetime) -> Step:
    """Return the step a move takes, or raise what stands in its way.

    Raises `NotAllowed` (role), `MoveNotAllowed` (state), `ReasonMissing`, `UnitMissing`,
    `EvidenceMissing`, `MoveIncomplete`.
    """
    if not any(step.move is move and mover.role in step.who for step in FLOW):
        raise NotAllowed(f"{mover.role.zh}不能进行“{move.zh}”。")
    fitting = [step for step in FLOW if step.move is move and applies(step, case, now)]
    if not fitting:
        raise MoveNotAllowed(_why_not(case, move))
    mine = [step for step in fitting if may_move(step, case, mover)]
    if not mine:
        raise NotAllowed(f"您不能对本案件进行“{move.zh}”。")
    step = _decided(mine, move, brought.decision)
    _complete(step, case, brought, now)
    return step


def _why_not(case: Case, move: Move) -> str:
    """Say what would have to be true, where only a condition of the table is not met."""
    near = [step.when.value for step in FLOW if step.move is move and case.state in step.leaves]
    if near:
        return f"“{move.zh}”的条件不满足:{' 或 '.join(dict.fromkeys(near))}。"
    return f"案件现为“{case.state.zh}”,不能“{move.zh}”。"


def _decided(steps: list[Step], move: Move, decision: Decision | None) -> Step:
    """Choose the row by what was decided, where the move decides something."""
    if steps[0].decision is None:
        return steps[0]
    if decision is None:
        raise MoveIncomplete("请选择同意或不同意。")
    chosen = [step for step in steps if step.decision is decision]
    if not chosen:
        raise NotAllowed(f"您不能对“{move.zh}”选择“{decision.zh}”。")
    return chosen[0]


def _complete(step: Step, case: Case, brought: Brought, now: datetime) -> None:
    """Raise the first thing that is missing."""
    needs = step.needs
    if Need.REASON in needs and not (brought.reason or "").strip():
        raise ReasonMissing()
    if Need.UNIT in needs and (brought.unit_id or case.unit_id) is None:
        raise UnitMissing()
    if Need.CLOSE_EVIDENCE in needs and not brought.has_close_evidence:
        raise EvidenceMissing()
    if Need.PHOTO in needs and not brought.has_photo:
        raise EvidenceMissing("请附上照片。")
    if Need.INTO in needs and brought.into is None:
        raise MoveIncomplete("请选择并入哪个案件。")
    if Need.UNTIL not in needs:
        return
    if brought.until is None or not now < brought.until <= now + LONGEST_SHELVING:
        raise MoveIncomplete("请选择恢复日期:明天起,一年以内。")
