"""Which steps of the case flow fit a case and a person, and what a move still lacks.

Pure: imports the table, the vocabulary and the problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from inspect_server.core.clock import midnight
from inspect_server.core.problems import (
    EvidenceMissing,
    MoveIncomplete,
    MoveNotAllowed,
    NotAllowed,
    ReasonMissing,
    UnitMissing,
)
from inspect_server.core.sentences import sentence
from inspect_server.tasks.rules import evidence
from inspect_server.tasks.rules.flow import (
    FLOW,
    LONGEST_SHELVING,
    MAX_EXTENSIONS,
    MAX_HAND_BACKS,
    REOPENED_WITHIN,
    DeadlineEffect,
    Need,
    Step,
    When,
)
from schemas.tasks import MoveRequest
from schemas.texts import says_nothing
from schemas.vocabulary import (
    MOVE_REASONS,
    OTHER_REASON,
    AppealState,
    Decision,
    ExtensionState,
    Move,
    Outcome,
    PhotoRole,
    Role,
    TaskState,
)


class Case(Protocol):
    """The columns of a task that the flow uses."""

    @property
    def state(self) -> TaskState:
        """Its state."""

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
    def dispatched_at(self) -> datetime | None:
        """When it was dispatched to its unit; None again after a hand-back 退回."""

    @property
    def due_at(self) -> datetime | None:
        """When the present limit ends."""

    @property
    def ended_at(self) -> datetime | None:
        """When it was closed."""

    @property
    def asked_more_at(self) -> datetime | None:
        """When the reporter was asked for more 补充."""

    @property
    def extensions(self) -> int:
        """The number of extensions granted."""

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
        """The state of the unit's appeal 申诉."""

    @property
    def make_safe_due_at(self) -> datetime | None:
        """When the danger is to be removed 排险, for categories with two limits."""

    @property
    def made_safe_at(self) -> datetime | None:
        """When it was removed."""


class Mover(Protocol):
    """The attributes of a person that the flow uses."""

    @property
    def id(self) -> UUID:
        """The id of the person."""

    @property
    def role(self) -> Role:
        """The role."""

    @property
    def district_code(self) -> str | None:
        """The district they oversee; None oversees the city."""

    @property
    def unit_id(self) -> UUID | None:
        """The unit of a handler."""


_HOLDS: Mapping[When, Callable[[Case, datetime], bool]] = {
    When.ANY: lambda case, now: True,
    When.OUTCOME_OPEN: lambda case, now: case.outcome is Outcome.OPEN,
    When.OUTCOME_DONE: lambda case, now: case.outcome is not Outcome.OPEN,
    When.DISPATCHED: lambda case, now: case.dispatched_at is not None,
    When.NEVER_DISPATCHED: lambda case, now: case.dispatched_at is None,
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
    When.FRESHLY_CLOSED: lambda case, now: (
        case.dispatched_at is not None and _freshly_closed(case, now)
    ),
    When.FRESHLY_CLOSED_UNSENT: lambda case, now: (
        case.dispatched_at is None and _freshly_closed(case, now)
    ),
    When.UNAPPEALED: lambda case, now: case.dispatched_at is not None and case.appeal is None,
    When.APPEALED: lambda case, now: case.appeal is AppealState.ASKED,
    When.DANGEROUS: lambda case, now: (
        case.make_safe_due_at is not None and case.made_safe_at is None
    ),
}


def _freshly_closed(case: Case, now: datetime) -> bool:
    return case.ended_at is not None and now <= case.ended_at + REOPENED_WITHIN


def stops_deadline(move: Move) -> bool:
    """Say whether requesting this move stops the limit of the unit."""
    return any(step.move is move and step.deadline is DeadlineEffect.STOP for step in FLOW)


def closes_by_rule(task_id: UUID, outcome: Outcome, has_evidence: bool, share: float) -> bool:
    """Say whether a record settled on the spot closes by rule, without a verifier 按规则结案.

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


def plan(
    case: Case,
    mover: Mover,
    request: MoveRequest,
    close_profile: str,
    roles: Sequence[PhotoRole | None],
    now: datetime,
) -> Step:
    """Return the step of a request, or raise the reason against it.

    `roles` are those of the photos that come with it, `close_profile` says what closes a case of
    its category. Raises `NotAllowed` (role), `MoveNotAllowed` (state), `ReasonMissing`,
    `UnitMissing`, `EvidenceMissing`, `MoveIncomplete`.
    """
    move = request.move
    if not any(step.move is move and mover.role in step.who for step in FLOW):
        raise NotAllowed(sentence("{role}不能进行“{move}”。", role=mover.role.zh, move=move.zh))
    fitting = [step for step in FLOW if step.move is move and applies(step, case, now)]
    if not fitting:
        raise MoveNotAllowed(_why_not(case, move))
    permitted = [step for step in fitting if may_move(step, case, mover)]
    if not permitted:
        raise NotAllowed(sentence("您不能对本案件进行“{move}”。", move=move.zh))
    step = _decided(permitted, move, request.decision)
    _check_complete(step, case, request, close_profile, roles, now)
    return step


def _why_not(case: Case, move: Move) -> str:
    """Return why no step fits: the unmet condition of the table, or the state of the case."""
    near = [step.when.value for step in FLOW if step.move is move and case.state in step.leaves]
    if near:
        conditions = " 或 ".join(dict.fromkeys(near))
        return sentence("“{move}”的条件不满足：{conditions}。", move=move.zh, conditions=conditions)
    return sentence("案件现为“{state}”，不能“{move}”。", state=case.state.zh, move=move.zh)


def _decided(steps: list[Step], move: Move, decision: Decision | None) -> Step:
    """Return the row for the decision of a move that decides something."""
    if steps[0].decision is None:
        return steps[0]
    if decision is None:
        raise MoveIncomplete(sentence("请选择同意或不同意。"))
    chosen = [step for step in steps if step.decision is decision]
    if not chosen:
        raise NotAllowed(
            sentence("您不能对“{move}”选择“{decision}”。", move=move.zh, decision=decision.zh)
        )
    return chosen[0]


def _check_complete(
    step: Step,
    case: Case,
    request: MoveRequest,
    close_profile: str,
    roles: Sequence[PhotoRole | None],
    now: datetime,
) -> None:
    """Check that the request is complete; raise for the first missing part."""
    needs = step.needs
    if Need.REASON in needs and says_nothing(request.reason):
        raise ReasonMissing()
    if step.move in MOVE_REASONS and request.reason == OTHER_REASON and says_nothing(request.note):
        raise ReasonMissing(sentence("选择“其他”时，请在备注中写明原因。"))
    if Need.UNIT in needs and (request.unit_id or case.unit_id) is None:
        raise UnitMissing()
    if Need.CLOSE_EVIDENCE in needs and not evidence.closes(close_profile, roles, request.note):
        raise EvidenceMissing()
    if Need.PHOTO in needs and not evidence.photographs(roles):
        raise EvidenceMissing(sentence("请附上照片。"))
    if Need.INTO in needs and request.into is None:
        raise MoveIncomplete(sentence("请选择并入哪个案件。"))
    if Need.UNTIL not in needs:
        return
    until = midnight(request.until) if request.until else None
    if until is None or not now < until <= now + LONGEST_SHELVING:
        raise MoveIncomplete(sentence("请选择恢复日期：明天起，一年以内。"))
