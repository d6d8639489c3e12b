"""A demo history 演示历史: realistic, by the rules, small on the disk, and marked."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from inspect_server.core import change_log
from inspect_server.core.access import Actor
from inspect_server.core.database import db, write_tx
from inspect_server.models import (
    Base,
    Category,
    Counter,
    Observation,
    Person,
    Photo,
    Task,
    TaskEvent,
    TaskMove,
)
from inspect_server.models.sync import CHANGE_LOG
from inspect_server.operations import starter
from inspect_server.operations.demo import fill as demo
from inspect_server.operations.demo.photo_pool import POOL, read_pool
from inspect_server.operations.demo.settings import PROBLEMS
from inspect_server.registry import reference
from inspect_server.reporting.board import board
from inspect_server.tasks.rules.flow import FLOW
from media.store import ObjectStore
from schemas.vocabulary import (
    OPEN_STATES,
    Move,
    ObservationState,
    PhotoRole,
    PhotoState,
    Role,
    SystemEvent,
    TaskState,
)

NOW = datetime(2026, 6, 10, 7, 30, tzinfo=UTC)
RECORDS = 1500


def manifest() -> list[dict[str, str]]:
    """The lines of the photo pool's manifest."""
    with (POOL / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def history() -> Iterator[Session]:
    """A history large enough for every state and rate, in a database of its own."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Counter(name=CHANGE_LOG, value=0))
        starter.load(session, NOW)
        starter.load_demo_people(session, NOW)

        def transact_here(work: Callable[[Session], Any]) -> Any:
            done = work(session)
            change_log.publish(session)
            return done

        demo.write_history(read_pool(), RECORDS, NOW, 7, lambda _: None, transact_here)
        session.commit()
        yield session
    engine.dispose()


def count(session: Session, model: type[Base], *conditions: sa.ColumnElement[bool]) -> int:
    """How many rows there are."""
    counted = sa.select(sa.func.count()).select_from(model).where(*conditions)
    return session.scalar(counted) or 0


def test_the_rates_are_near_the_published_check_figures(history):
    actor = Actor(uuid4(), "市创文办", Role.SUPERVISOR, None, None, "desk", uuid4())
    rates = board(history, reference.current(history), actor, NOW)["totals"]["rates"]
    assert rates["filed"] == pytest.approx(0.945, abs=0.02)
    assert rates["closed"] == pytest.approx(0.937, abs=0.03)
    assert rates["on_time"] == pytest.approx(0.758, abs=0.04)


def test_every_event_is_a_step_of_the_flow_table(history):
    legal = {(str(step.move), state, step.reaches) for step in FLOW for state in step.leaves}
    system_events = {str(member) for member in SystemEvent}
    taken = {
        (event.move, event.from_state, event.to_state)
        for event in history.scalars(sa.select(TaskEvent))
        if event.move not in system_events
    }
    assert taken and taken <= legal


def test_the_last_event_has_the_state_of_the_task(history):
    tasks = {task.id: task for task in history.scalars(sa.select(Task))}
    last: dict[object, TaskEvent] = {}
    for event in history.scalars(sa.select(TaskEvent).order_by(TaskEvent.version)):
        last[event.task_id] = event
    assert {(e.to_state, e.version) for e in last.values()} == {
        (tasks[task_id].state, tasks[task_id].version) for task_id in last
    }
    assert all(tasks[task_id].state is event.to_state for task_id, event in last.items())
    assert set(last) == set(tasks)


def test_versions_are_gapless_and_time_never_runs_back(history):
    events = history.scalars(sa.select(TaskEvent).order_by(TaskEvent.task_id, TaskEvent.version))
    previous = None
    for event in events:
        if previous is not None and previous.task_id == event.task_id:
            assert event.version == previous.version + 1
            assert event.at >= previous.at
        else:
            assert event.version == 1
        previous = event


def test_nothing_happens_after_now(history):
    assert count(history, TaskEvent, TaskEvent.at > NOW) == 0


def test_closed_cases_have_an_after_photo_or_a_note(history):
    photographed = sa.select(Photo.task_id).where(
        Photo.role.in_((PhotoRole.AFTER, PhotoRole.DOCUMENT)), Photo.state == PhotoState.STORED
    )
    by_words = sa.select(Category.code).where(Category.evidence_close.in_(("d", "e")))
    bare = count(
        history,
        Task,
        Task.state == TaskState.CLOSED,
        Task.dispatched_at.is_not(None),
        Task.id.not_in(photographed),
        Task.category_code.not_in(by_words),
    )
    assert bare == 0


def test_a_case_is_never_checked_by_the_unit_that_handled_it(history):
    judged = (
        sa.select(sa.func.count())
        .select_from(TaskEvent)
        .join(Person, Person.id == TaskEvent.actor_id)
        .where(TaskEvent.move.in_((str(Move.PASS), str(Move.FAIL))), Person.unit_id.is_not(None))
    )
    assert history.scalar(judged) == 0


def test_the_console_has_work_waiting(history):
    for state in (TaskState.REPORTED, TaskState.HANDLING, TaskState.VERIFYING):
        assert count(history, Task, Task.state == state) > 0
    assert count(history, Task, Task.unit_id.is_(None), Task.state == TaskState.FILED) > 0


def test_a_record_is_incomplete_exactly_when_a_photo_is_missing(history):
    missing = set(
        history.scalars(sa.select(Photo.observation_id).where(Photo.state == PhotoState.DECLARED))
    )
    incomplete = sa.select(Observation.id).where(Observation.state == ObservationState.INCOMPLETE)
    assert set(history.scalars(incomplete)) == missing


def test_a_submission_keeps_its_move_and_its_photos(history):
    submitted = count(history, TaskEvent, TaskEvent.move == str(Move.SUBMIT))
    assert count(history, TaskMove) == submitted
    moves = sa.select(TaskMove.id)
    sent = count(history, Photo, Photo.op_id.in_(moves))
    assert sent == count(history, Photo, Photo.observation_id.is_(None)) > 0


def test_open_cases_have_a_deadline_and_ended_ones_an_end(history):
    running = OPEN_STATES - {TaskState.AWAITING_EVIDENCE, TaskState.VERIFYING}
    assert count(history, Task, Task.state.in_(running), Task.due_at.is_(None)) == 0
    assert count(history, Task, Task.state.not_in(OPEN_STATES), Task.ended_at.is_(None)) == 0


def test_everything_is_marked_as_demonstration(history):
    assert (
        count(history, Task, sa.not_(Task.demo))
        == count(history, Observation, sa.not_(Observation.demo))
        == 0
    )
    assert count(history, Task) == RECORDS


@pytest.fixture
def store(app: Flask) -> ObjectStore:
    """The app's own object store."""
    object_store: ObjectStore = app.extensions["store"]
    return object_store


@pytest.fixture
def fill(app: Flask, store: ObjectStore) -> Iterator[Callable[..., demo.DemoReport]]:
    """Fill a history into the app's own database and store."""

    def filled(records: int = 60, seed: int = 7) -> demo.DemoReport:
        return demo.fill(store, records, NOW, seed, lambda _: None, write_tx)

    with app.app_context():
        yield filled


def test_ten_thousand_records_take_no_more_photographs_than_ten(fill, store):
    fill(10)
    before = len(list(store.list_keys("")))
    fill(60, seed=8)
    assert len(list(store.list_keys(""))) == before


def test_a_photo_row_points_to_bytes_with_its_hash(fill, store):
    fill(5)
    photo = db.session.scalars(sa.select(Photo).filter_by(state=PhotoState.STORED)).first()
    assert hashlib.sha256(store.get(photo.object_key)).hexdigest() == photo.sha256
    assert store.head(photo.review_key).bytes > store.head(photo.thumb_key).bytes > 0


def test_a_second_filling_adds_to_the_first(fill):
    fill(20)
    fill(30)
    assert count(db.session, Task) == 50


def test_a_reviewer_sees_a_demo_photo(fill, supervisor):
    fill(40)
    in_maojian = (
        sa.select(Photo)
        .join(Task, Task.id == Photo.task_id)
        .where(Task.district_code == "maojian", Photo.state == PhotoState.STORED)
    )
    photo = db.session.scalars(in_maojian).first()
    answer = supervisor.get(f"/photos/{photo.id}/thumb", headers={"Accept": "application/json"})
    assert answer.status_code == 200


def test_progress_counts_to_the_end(app, store):
    progress: list[int] = []
    with app.app_context():
        demo.fill(store, 30, NOW, 1, progress.append, write_tx)
    assert sum(progress) == 30


def test_the_disk_use_is_reported_in_megabytes():
    assert "100000 条" in demo.describe_disk_use(100_000)
    assert demo.disk_use(100_000) < 1_000_000_000


@pytest.mark.parametrize("line", manifest(), ids=lambda row: row["file"])
def test_a_pool_photo_is_what_the_manifest_says(line):
    with Image.open(POOL / line["file"]) as picture:
        assert (picture.format, picture.size) == (
            "JPEG",
            (int(line["width"]), int(line["height"])),
        )


def test_the_pool_holds_nothing_the_manifest_does_not_name():
    named = {line["file"] for line in manifest()}
    assert {path.name for path in POOL.glob("*.jpg")} == named


def test_every_kind_of_the_history_has_its_pictures():
    shown = {(line["scene"], line["role"]) for line in manifest()}
    scenes = {problem.scene for problem in PROBLEMS if problem.scene}
    assert {(scene, role) for scene in scenes for role in ("before", "after")} <= shown


def test_the_pool_is_small():
    assert sum(path.stat().st_size for path in POOL.glob("*.jpg")) < 9_500_000
