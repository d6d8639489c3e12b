"""The flow table: who may take which step from where, with what, and what it does to the clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from uuid import UUID, uuid4

import pytest

from inspect_server.problems import (
    EvidenceMissing,
    MoveNotAllowed,
    NotAllowed,
    ReasonMissing,
    UnitMissing,
)
from inspect_server.rules import task_flow
from inspect_server.rules.task_flow import FLOW, Clock, Need, Step
from schemas.vocabulary import MOVE_REASONS, OPEN_STATES, Move, Outcome, Role, TaskState

UNIT, OTHER_UNIT = uuid4(), uuid4()


@dataclass(frozen=True)
class Case:
    """A task as far as the flow looks at it."""

    state: TaskState
    outcome: Outcome = Outcome.OPEN
    unit_id: UUID | None = UNIT
    hand_backs: int = 0
    was_dispatched: bool = True


@dataclass(frozen=True)
class Mover:
    """Somebody who wants to take a step."""

    role: Role
    unit_id: UUID | None = None


LIKE = Mover(Role.SUPERVISOR)
WANG = Mover(Role.HANDLER, UNIT)
EVERYTHING = {"reason": "why", "unit_id": UNIT, "has_close_evidence": True}


def plan(state: TaskState, move: Move, mover: Mover, **more: object) -> Step:
    case = Case(state, **{k: more.pop(k) for k in list(more) if k in Case.__dataclass_fields__})  # type: ignore[arg-type]
    return task_flow.plan(case, move, mover, **(EVERYTHING | more))  # type: ignore[arg-type]


S, M = TaskState, Move
ALLOWED = [
    (S.AWAITING_EVIDENCE, M.PROCEED, LIKE, S.REPORTED),
    (S.AWAITING_EVIDENCE, M.VOID, LIKE, S.VOID),
    (S.REPORTED, M.FILE, LIKE, S.FILED),
    (S.REPORTED, M.REJECT, LIKE, S.REJECTED),
    (S.REPORTED, M.VOID, LIKE, S.VOID),
    (S.FILED, M.DISPATCH, LIKE, S.DISPATCHED),
    (S.FILED, M.VOID, LIKE, S.VOID),
    (S.DISPATCHED, M.ACCEPT, WANG, S.HANDLING),
    (S.DISPATCHED, M.HAND_BACK, WANG, S.HANDED_BACK),
    (S.DISPATCHED, M.VOID, LIKE, S.VOID),
    (S.HANDED_BACK, M.DISPATCH, LIKE, S.DISPATCHED),
    (S.HANDED_BACK, M.VOID, LIKE, S.VOID),
    (S.HANDLING, M.SUBMIT, WANG, S.VERIFYING),
    (S.HANDLING, M.VOID, LIKE, S.VOID),
    (S.VERIFYING, M.PASS, LIKE, S.CLOSED),
    (S.VERIFYING, M.FAIL, LIKE, S.REWORK),
    (S.VERIFYING, M.VOID, LIKE, S.VOID),
    (S.REWORK, M.SUBMIT, WANG, S.VERIFYING),
    (S.REWORK, M.VOID, LIKE, S.VOID),
    (S.SHELVED, M.VOID, LIKE, S.VOID),
]
ALLOWED_KEYS = {(state, move, mover) for state, move, mover, _ in ALLOWED}


@pytest.mark.parametrize("state,move,mover,reached", ALLOWED)
def test_a_step_of_the_flow_is_allowed(
    state: TaskState, move: Move, mover: Mover, reached: TaskState
) -> None:
    assert plan(state, move, mover).reaches is reached


def test_nothing_else_is() -> None:
    for state, move, role in product(TaskState, Move, Role):
        mover = Mover(role, UNIT if role is Role.HANDLER else None)
        if (state, move, mover) in ALLOWED_KEYS:
            continue
        with pytest.raises((NotAllowed, MoveNotAllowed)):
            plan(state, move, mover)


def test_what_is_offered_is_exactly_what_is_allowed() -> None:
    for state, role in product(TaskState, Role):
        mover = Mover(role, UNIT if role is Role.HANDLER else None)
        offered = {step.move for step in task_flow.steps_open_to(Case(state), mover)}
        assert offered == {m for s, m, who in ALLOWED_KEYS if s is state and who == mover}


def test_a_closed_case_is_left_by_no_step() -> None:
    for state in set(TaskState) - OPEN_STATES:
        assert not [step for step in FLOW if state in step.leaves]


@pytest.mark.parametrize("state,move", [
    (S.DISPATCHED, M.ACCEPT), (S.DISPATCHED, M.HAND_BACK), (S.HANDLING, M.SUBMIT),
    (S.REWORK, M.SUBMIT),
])  # fmt: skip
@pytest.mark.parametrize("unit", [OTHER_UNIT, None])
def test_another_units_handler_moves_nothing(
    state: TaskState, move: Move, unit: UUID | None
) -> None:
    with pytest.raises(NotAllowed):
        plan(state, move, replace(WANG, unit_id=unit))


@pytest.mark.parametrize("move", [M.PASS, M.FAIL])
def test_whoever_is_of_the_unit_does_not_verify(move: Move) -> None:
    with pytest.raises(NotAllowed):
        plan(S.VERIFYING, move, replace(LIKE, unit_id=UNIT))


@pytest.mark.parametrize("move", [M.PASS, M.FAIL])
def test_whoever_is_of_another_unit_may_verify(move: Move) -> None:
    assert plan(S.VERIFYING, move, replace(LIKE, unit_id=OTHER_UNIT)).move is move


def test_after_two_hand_backs_only_an_arbiter_decides() -> None:
    assert plan(S.HANDED_BACK, M.DISPATCH, LIKE, hand_backs=1).reaches is S.DISPATCHED
    with pytest.raises(MoveNotAllowed):
        plan(S.HANDED_BACK, M.DISPATCH, LIKE, hand_backs=2)


@pytest.mark.parametrize("outcome", [Outcome.FIXED_ON_SPOT, Outcome.PERSUADED])
def test_what_was_settled_on_the_spot_proceeds_to_verification(outcome: Outcome) -> None:
    assert plan(S.AWAITING_EVIDENCE, M.PROCEED, LIKE, outcome=outcome).reaches is S.VERIFYING


def test_what_nobody_was_sent_to_fails_into_a_filed_case() -> None:
    step = plan(S.VERIFYING, M.FAIL, LIKE, was_dispatched=False)
    assert (step.reaches, step.clock) == (S.FILED, Clock.DISPATCHING)


@pytest.mark.parametrize("reason", [None, "", " \t\n"], ids=["none", "empty", "blank"])
def test_a_step_that_needs_a_reason_is_not_taken_without(reason: str | None) -> None:
    for step in FLOW:
        if Need.REASON not in step.needs:
            continue
        mover = WANG if Role.HANDLER in step.who else LIKE
        state = next(iter(step.leaves))
        with pytest.raises(ReasonMissing):
            plan(state, step.move, mover, reason=reason)


def test_a_dispatch_goes_to_the_unit_that_was_routed() -> None:
    assert plan(S.FILED, M.DISPATCH, LIKE, unit_id=UNIT).reaches is S.DISPATCHED
    case = Case(S.FILED, unit_id=None)
    with pytest.raises(UnitMissing):
        task_flow.plan(case, M.DISPATCH, LIKE, reason=None, unit_id=None, has_close_evidence=False)


def test_a_submit_without_evidence_is_not_taken() -> None:
    with pytest.raises(EvidenceMissing):
        plan(S.HANDLING, M.SUBMIT, WANG, has_close_evidence=False)


@pytest.mark.parametrize("move,clock", [
    (M.FILE, {Clock.DISPATCHING}), (M.DISPATCH, {Clock.UNIT}), (M.ACCEPT, {Clock.KEEP}),
    (M.SUBMIT, {Clock.STOP}), (M.HAND_BACK, {Clock.DISPATCHING}), (M.REJECT, {Clock.END}),
    (M.VOID, {Clock.END}), (M.PASS, {Clock.KEEP}), (M.FAIL, {Clock.REST, Clock.DISPATCHING}),
])  # fmt: skip
def test_each_step_does_to_the_clock_what_the_official_steps_say(
    move: Move, clock: set[Clock]
) -> None:
    assert {step.clock for step in FLOW if step.move is move} == clock


def test_no_two_rows_of_the_table_answer_the_same_question() -> None:
    cases = [
        Case(state, outcome, UNIT, backs, sent)
        for state, outcome, backs, sent in product(TaskState, Outcome, (0, 2), (True, False))
    ]
    for case, move in product(cases, Move):
        assert len([s for s in FLOW if s.move is move and task_flow.applies(s, case)]) <= 1


def test_every_step_with_listed_reasons_needs_one() -> None:
    for step in FLOW:
        if step.move in MOVE_REASONS:
            assert Need.REASON in step.needs


@pytest.mark.parametrize("outcome,settled,state", [
    (Outcome.OPEN, False, S.AWAITING_EVIDENCE), (Outcome.OPEN, True, S.REPORTED),
    (Outcome.FIXED_ON_SPOT, False, S.AWAITING_EVIDENCE),
    (Outcome.FIXED_ON_SPOT, True, S.VERIFYING), (Outcome.PERSUADED, True, S.VERIFYING),
])  # fmt: skip
def test_a_case_opens_where_its_evidence_and_outcome_put_it(
    outcome: Outcome, settled: bool, state: TaskState
) -> None:
    assert task_flow.opening_state(outcome, settled) is state
