"""Measures 指标: what each number of the board, the trends and the lists counts, defined once.

Each is part of the one before, so that the numbers add up by their names:
received ⊇ filed ⊇ due ⊇ closed ⊇ closed_on_time; filed ⊇ rework; received ⊇ open ⊇ overdue.

Each is a condition on the rows of tasks. What is true of few tasks is defined beside its index, in
`models.tasks`. `overdue` is defined in `deadlines`, beside the same check of one task.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from inspect_server.models import Task
from inspect_server.models.tasks import (
    APPEAL_PENDING,
    EXTENSION_PENDING,
    LATE,
    LOCALITY_UNDECIDED,
    REWORKED,
    UNFILED,
)
from inspect_server.tasks.rules.deadlines import DUE_SOON, overdue
from schemas.vocabulary import OPEN_STATES, Measure, TaskState

Condition = sa.ColumnElement[bool]

# Not yet dispatched to a unit.
UNDISPATCHED_STATES = frozenset({TaskState.FILED, TaskState.HANDED_BACK})
# The states a measure can only be true in: a list of few states is read state by state.
STATES: Mapping[Measure, frozenset[TaskState]] = {
    Measure.REJECTED: frozenset({TaskState.REJECTED}),
    Measure.CLOSED: frozenset({TaskState.CLOSED}),
    Measure.CLOSED_ON_TIME: frozenset({TaskState.CLOSED}),
    Measure.OPEN: OPEN_STATES,
    Measure.OVERDUE: OPEN_STATES,
    Measure.DUE_SOON: OPEN_STATES,
    Measure.UNASSIGNED: UNDISPATCHED_STATES,
    Measure.UNPLACED: OPEN_STATES,
    Measure.LOCALITY_UNDECIDED: OPEN_STATES,
    Measure.EXTENSION_PENDING: frozenset({TaskState.HANDLING, TaskState.REWORK}),
    Measure.APPEAL_PENDING: frozenset({TaskState.CLOSED}),
}
# What is true of so few tasks that a list begins with it.
FEW = frozenset({Measure.EXTENSION_PENDING, Measure.APPEAL_PENDING, Measure.LOCALITY_UNDECIDED})


def condition(measure: Measure, now: datetime) -> Condition:
    """Return the condition under which a task counts for a measure."""
    match measure:
        case Measure.RECEIVED:
            return received()
        case Measure.FILED:
            return filed()
        case Measure.REJECTED:
            return Task.state == TaskState.REJECTED
        case Measure.DUE:
            return sa.or_(closed(), due_and_open(now))
        case Measure.CLOSED:
            return closed()
        case Measure.CLOSED_ON_TIME:
            return sa.and_(closed(), sa.not_(LATE))
        case Measure.REWORK:
            return sa.and_(REWORKED, received())
        case Measure.OPEN:
            return is_open()
        case Measure.OVERDUE:
            return overdue(now)
        case Measure.DUE_SOON:
            soon = Task.due_at.between(now, now + DUE_SOON)
            return sa.and_(is_open(), soon, Task.clock_stopped_at.is_(None))
        case Measure.UNASSIGNED:
            return unassigned()
        case Measure.UNPLACED:
            return sa.and_(is_open(), Task.district_code.is_(None))
        case Measure.LOCALITY_UNDECIDED:
            return locality_undecided()
        case Measure.EXTENSION_PENDING:
            return extension_pending()
        case Measure.APPEAL_PENDING:
            return appeal_pending()


def received() -> Condition:
    """收到: every report but the void ones 作废."""
    return Task.state != TaskState.VOID


def filed() -> Condition:
    """立案: filed, or closed without filing because it was settled on the spot 当场办结."""
    return sa.and_(sa.or_(sa.not_(UNFILED), closed()), received())


def extension_pending() -> Condition:
    """延期申请待审批: the unit asked for more time, and one of two approvals is missing."""
    return sa.and_(EXTENSION_PENDING, Task.state.in_(STATES[Measure.EXTENSION_PENDING]))


def appeal_pending() -> Condition:
    """申诉待处理: the unit appealed against the closed case, and nobody decided yet."""
    return sa.and_(APPEAL_PENDING, closed())


def locality_undecided() -> Condition:
    """属地未定: open, and neither a person nor the registers say in which street it lies."""
    return sa.and_(LOCALITY_UNDECIDED, is_open())


def is_open() -> Condition:
    """在办: in none of the final states."""
    return Task.state.in_(OPEN_STATES)


def closed() -> Condition:
    """结案: passed verification and was not reopened since."""
    return Task.state == TaskState.CLOSED


def due_and_open(now: datetime) -> Condition:
    """应结案而未结案: dispatched, its limit has ended, and it is still open."""
    return sa.and_(Task.dispatched_at.is_not(None), is_open(), Task.due_at <= now)


def unassigned() -> Condition:
    """待指派: to be dispatched, and no rule names a unit."""
    return sa.and_(Task.state.in_(UNDISPATCHED_STATES), Task.unit_id.is_(None))


def missed_its_limit(now: datetime) -> Condition:
    """超期 of a day: the limit passed before the unit submitted, whether closed since or not."""
    # An open task that was submitted late has stopped its limit, and was late all the same.
    missed = sa.or_(overdue(now), Task.submitted_at > Task.due_at)
    return sa.or_(sa.and_(closed(), LATE), sa.and_(is_open(), missed))
