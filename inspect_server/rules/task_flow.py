"""The case flow 案件流程 as one table: which move leads from where to where, by whom.

Pure: imports the vocabulary and the problems only. Source of the states and moves: the
official steps 立案 → 派遣 → 处置 → 核查 → 结案 as the city runs them. A supervisor should be
able to read `FLOW`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from inspect_server.problems import (
    EvidenceMissing,
    MoveNotAllowed,
    NotAllowed,
    ReasonMissing,
    UnitMissing,
)
from schemas.vocabulary import OPEN_STATES, Move, Outcome, Role, TaskState


class Need(Enum):
    """What a move cannot do without."""

    REASON = "reason"
    UNIT = "unit"
    CLOSE_EVIDENCE = "close_evidence"


class Clock(Enum):
    """What a move does to the task's deadline."""

    KEEP = auto()  # nothing
    FILING = auto()  # the supervisor's limit to file begins
    DISPATCHING = auto()  # the supervisor's limit to dispatch begins
    UNIT = auto()  # the unit's limit begins anew
    STOP = auto()  # the unit handed over: its clock stands still
    REST = auto()  # what was left of the unit's limit runs on
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


class Mover(Protocol):
    """What the flow has to know of a person."""

    @property
    def role(self) -> Role:
        """What they are."""

    @property
    def unit_id(self) -> UUID | None:
        """Whose they are."""


class When(Enum):
    """When a row of the table applies, beside its state."""

    ANY = auto()
    OUTCOME_OPEN = auto()
    OUTCOME_DONE = auto()  # fixed on the spot or persuaded: only to be checked
    DISPATCHED = auto()
    NEVER_DISPATCHED = auto()
    FEW_HAND_BACKS = auto()  # after two, only an arbiter decides


MAX_HAND_BACKS = 2


@dataclass(frozen=True, slots=True)
class Step:
    """One row: a move, the states it leaves, the state it reaches, who, with what."""

    move: Move
    leaves: frozenset[TaskState]
    reaches: TaskState
    who: frozenset[Role]
    needs: tuple[Need, ...] = ()
    clock: Clock = Clock.KEEP
    when: When = When.ANY


def _states(*states: TaskState) -> frozenset[TaskState]:
    return frozenset(states)


S = TaskState
SUPERVISOR = frozenset({Role.SUPERVISOR})
HANDLER = frozenset({Role.HANDLER})

FLOW: tuple[Step, ...] = (
    Step(
        Move.PROCEED,
        _states(S.AWAITING_EVIDENCE),
        S.REPORTED,
        SUPERVISOR,
        (Need.REASON,),
        Clock.FILING,
        When.OUTCOME_OPEN,
    ),
    Step(
        Move.PROCEED,
        _states(S.AWAITING_EVIDENCE),
        S.VERIFYING,
        SUPERVISOR,
        (Need.REASON,),
        Clock.END,
        When.OUTCOME_DONE,
    ),
    Step(Move.FILE, _states(S.REPORTED), S.FILED, SUPERVISOR, (), Clock.DISPATCHING),
    Step(Move.REJECT, _states(S.REPORTED), S.REJECTED, SUPERVISOR, (Need.REASON,), Clock.END),
    Step(Move.VOID, OPEN_STATES, S.VOID, SUPERVISOR, (Need.REASON,), Clock.END),
    Step(Move.DISPATCH, _states(S.FILED), S.DISPATCHED, SUPERVISOR, (Need.UNIT,), Clock.UNIT),
    Step(
        Move.DISPATCH,
        _states(S.HANDED_BACK),
        S.DISPATCHED,
        SUPERVISOR,
        (Need.UNIT,),
        Clock.UNIT,
        When.FEW_HAND_BACKS,
    ),
    Step(Move.ACCEPT, _states(S.DISPATCHED), S.HANDLING, HANDLER),
    Step(
        Move.HAND_BACK,
        _states(S.DISPATCHED),
        S.HANDED_BACK,
        HANDLER,
        (Need.REASON,),
        Clock.DISPATCHING,
    ),
    Step(
        Move.SUBMIT,
        _states(S.HANDLING, S.REWORK),
        S.VERIFYING,
        HANDLER,
        (Need.CLOSE_EVIDENCE,),
        Clock.STOP,
    ),
    Step(Move.PASS, _states(S.VERIFYING), S.CLOSED, SUPERVISOR, (), Clock.KEEP),
    Step(
        Move.FAIL,
        _states(S.VERIFYING),
        S.REWORK,
        SUPERVISOR,
        (Need.REASON,),
        Clock.REST,
        When.DISPATCHED,
    ),
    # Nobody answers yet for what an observer only said was fixed: it goes on as a filed case.
    Step(
        Move.FAIL,
        _states(S.VERIFYING),
        S.FILED,
        SUPERVISOR,
        (Need.REASON,),
        Clock.DISPATCHING,
        When.NEVER_DISPATCHED,
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


def applies(step: Step, case: Case) -> bool:
    """Say whether a row fits this case."""
    if case.state not in step.leaves:
        return False
    match step.when:
        case When.ANY:
            return True
        case When.OUTCOME_OPEN:
            return case.outcome is Outcome.OPEN
        case When.OUTCOME_DONE:
            return case.outcome is not Outcome.OPEN
        case When.DISPATCHED:
            return case.was_dispatched
        case When.NEVER_DISPATCHED:
            return not case.was_dispatched
        case When.FEW_HAND_BACKS:
            return case.hand_backs < MAX_HAND_BACKS


def may_move(step: Step, case: Case, mover: Mover) -> bool:
    """Say whether this person may take this step of this case."""
    if mover.role not in step.who:
        return False
    if mover.role is Role.HANDLER:
        return mover.unit_id is not None and mover.unit_id == case.unit_id
    # The verifier is never of the unit that handled it (DOMAIN §4).
    judges = step.move in (Move.PASS, Move.FAIL)
    return not (judges and mover.unit_id is not None and mover.unit_id == case.unit_id)


def steps_open_to(case: Case, mover: Mover) -> list[Step]:
    """Return the steps this person may take now, in table order."""
    return [step for step in FLOW if applies(step, case) and may_move(step, case, mover)]


def plan(
    case: Case,
    move: Move,
    mover: Mover,
    *,
    reason: str | None,
    unit_id: UUID | None,
    has_close_evidence: bool,
) -> Step:
    """Return the step a move takes, or raise what stands in its way.

    Raises `NotAllowed` (role), `MoveNotAllowed` (state), `ReasonMissing`, `UnitMissing`,
    `EvidenceMissing`.
    """
    if not any(step.move is move and mover.role in step.who for step in FLOW):
        raise NotAllowed(f"{mover.role.zh}不能进行“{move.zh}”。")
    fitting = [s for s in FLOW if s.move is move and applies(s, case)]
    if not fitting:
        raise MoveNotAllowed(f"案件现为“{case.state.zh}”,不能“{move.zh}”。")
    step = fitting[0]
    if not may_move(step, case, mover):
        raise NotAllowed(f"您不能对本案件进行“{move.zh}”。")
    if Need.REASON in step.needs and not (reason or "").strip():
        raise ReasonMissing()
    if Need.UNIT in step.needs and (unit_id or case.unit_id) is None:
        raise UnitMissing()
    if Need.CLOSE_EVIDENCE in step.needs and not has_close_evidence:
        raise EvidenceMissing()
    return step
