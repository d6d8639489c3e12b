"""Measures: what a condition counts, equal for SQL rows and for one task."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Base, Task
from inspect_server.tasks.rules import deadlines, measures
from schemas.vocabulary import OPEN_STATES, Campaign, Measure, Outcome, TaskState

NOW = datetime(2026, 4, 1, 2, tzinfo=UTC)
BEFORE, AFTER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


@pytest.fixture
def session() -> Iterator[Session]:
    """Tasks in every state, with every relation of limit and time of submission."""
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as opened:
        for state, due_at, stopped, submitted in product(
            TaskState,
            (None, BEFORE, AFTER),
            (None, BEFORE),
            (None, BEFORE - timedelta(hours=1), NOW),
        ):
            opened.add(task(state, due_at=due_at, clock_stopped_at=stopped, submitted_at=submitted))
        opened.flush()
        yield opened
    engine.dispose()


def task(state: TaskState, **more: Any) -> Task:
    return Task(
        id=uuid4(),
        observation_id=uuid4(),
        reporter_id=uuid4(),
        state=state,
        category_code="MQ0201",
        campaign=next(iter(Campaign)),
        severity=1,
        outcome=Outcome.OPEN,
        opened_at=NOW,
        **more,
    )


def counted(session: Session, condition: sa.ColumnElement[bool]) -> set[int]:
    return set(session.scalars(sa.select(Task.serial).where(condition)))


def matching_ids(session: Session, holds: Any) -> set[int]:
    return {one.serial for one in session.scalars(sa.select(Task)) if holds(one)}


def test_overdue_means_the_same_of_rows_and_of_one_task(session: Session) -> None:
    overdue = counted(session, deadlines.overdue(NOW))
    assert overdue == matching_ids(session, lambda one: deadlines.is_overdue(one, NOW))
    assert overdue == counted(session, measures.condition(Measure.OVERDUE, NOW))


def test_closed_on_time_is_closed_and_not_submitted_after_its_limit(session: Session) -> None:
    def on_time(one: Task) -> bool:
        if one.state is not TaskState.CLOSED:
            return False
        if one.due_at is None:
            return True
        return one.submitted_at is not None and one.submitted_at <= one.due_at

    assert counted(session, measures.condition(Measure.CLOSED_ON_TIME, NOW)) == matching_ids(
        session, on_time
    )


def test_a_measure_is_true_in_its_states_only(session: Session) -> None:
    for measure, states in measures.STATES.items():
        serials = counted(session, measures.condition(measure, NOW))
        assert serials <= matching_ids(session, lambda one, states=states: one.state in states), (
            measure
        )


def test_every_task_is_either_open_or_ended(session: Session) -> None:
    is_open = counted(session, measures.condition(Measure.OPEN, NOW))
    assert is_open == matching_ids(session, lambda one: one.state in OPEN_STATES)
    received = counted(session, measures.condition(Measure.RECEIVED, NOW))
    assert received == matching_ids(session, lambda one: one.state is not TaskState.VOID)
