"""Migrations of rows that are there: nothing that was stored is lost or no longer found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from inspect_server.core import access, migrate
from inspect_server.models import (
    Change,
    Counter,
    Observation,
    Person,
    Task,
    TaskEvent,
    Unit,
)
from inspect_server.models.sync import CHANGE_LOG
from schemas.vocabulary import (
    Campaign,
    Collection,
    ObservationState,
    Outcome,
    PlaceSource,
    TaskState,
)
from tests.support import database as engines


@pytest.fixture
def engine(database: engines.Template) -> Iterator[sa.Engine]:
    """A copy of the demonstration city."""
    with database.copy() as url:
        engine = migrate.open_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        yield engine
        engine.dispose()


def before(engine: sa.Engine, name: str) -> None:
    """Migrate down to what stood before the migration of this name."""
    with engine.connect() as connection:
        config = migrate._config(connection)
        revisions = ScriptDirectory.from_config(config).walk_revisions()
        (revision,) = (one for one in revisions if Path(one.path).stem.endswith(f"_{name}"))
        command.downgrade(config, str(revision.down_revision))
        connection.commit()


def newest(engine: sa.Engine) -> None:
    """Migrate up to the newest schema."""
    with engine.connect() as connection:
        command.upgrade(migrate._config(connection), "head")
        connection.commit()


def test_of_two_logins_that_differ_by_case_the_older_one_gets_the_key(engine: sa.Engine) -> None:
    before(engine, "login_keys")
    with engine.begin() as connection:
        copied = "name, name_key, role, trusted, demo, version"
        connection.execute(
            sa.text(
                f"INSERT INTO person (id, login, created_at, {copied})"
                f" SELECT :id, 'CHEN', '2199-01-01 00:00:00', {copied}"
                " FROM person WHERE login = 'chen'"
            ),
            {"id": "0" * 31 + "1"},
        )
    newest(engine)
    with engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT login, login_key FROM person WHERE login IN ('chen', 'CHEN', 'like')")
        )
        assert dict(map(tuple, rows)) == {"chen": "chen", "CHEN": None, "like": "like"}


def test_people_and_units_get_their_sort_keys(engine: sa.Engine) -> None:
    keys = sa.text("SELECT name, name_key FROM person UNION ALL SELECT name, name_key FROM unit")
    with engine.connect() as connection:
        pairs = sorted(map(tuple, connection.execute(keys)))
    assert all(key for _, key in pairs)
    before(engine, "sort_keys")
    newest(engine)
    with engine.connect() as connection:
        assert sorted(map(tuple, connection.execute(keys))) == pairs


def _dispatched_and_handed_back(session: Session) -> tuple[UUID, UUID]:
    """A case that a unit handed back, as releases before wrote it; returns case and unit."""
    chen = session.scalars(sa.select(Person).where(Person.login == "chen")).one()
    unit = session.scalars(sa.select(Unit).order_by(Unit.name_key)).first()
    assert unit is not None
    at = datetime(2026, 3, 4, 2, tzinfo=UTC)
    observation = Observation(
        id=uuid4(),
        author_id=chen.id,
        device_id="phone",
        op_id=uuid4(),
        state=ObservationState.COMPLETE,
        category_code="MQ0201",
        outcome=Outcome.OPEN,
        severity=3,
        place_source=PlaceSource.NONE,
        data={},
        captured_at=at,
        received_at=at,
    )
    task = Task(
        id=uuid4(),
        observation_id=observation.id,
        reporter_id=chen.id,
        state=TaskState.HANDED_BACK,
        version=2,
        category_code="MQ0201",
        campaign=next(iter(Campaign)),
        severity=3,
        outcome=Outcome.OPEN,
        opened_at=at,
    )
    session.add(observation)
    session.flush()
    session.add(task)
    session.flush()
    for version, move, to_state, unit_id in (
        (1, "dispatch", TaskState.DISPATCHED, unit.id),
        (2, "hand_back", TaskState.HANDED_BACK, None),
    ):
        session.add(
            TaskEvent(
                id=uuid4(),
                task_id=task.id,
                version=version,
                move=move,
                to_state=to_state,
                unit_id=unit_id,
                at=at,
            )
        )
    session.commit()
    return task.id, unit.id


def test_what_was_handed_back_before_is_the_units_again(engine: sa.Engine) -> None:
    with Session(engine) as session:
        task_id, unit_id = _dispatched_and_handed_back(session)
    before(engine, "handed_back")
    newest(engine)
    with Session(engine) as session:
        events = sa.select(TaskEvent.unit_id).where(TaskEvent.task_id == task_id)
        assert set(session.scalars(events)) == {unit_id}
        published = sa.select(Change).where(Change.collection == Collection.PAST_TASKS)
        (change,) = session.scalars(published)
        assert change.audience == access.unit_audience(unit_id)
        assert (change.entity_id, change.version) == (str(task_id), 2)
        # The counter knows its number: the next change gets another one.
        counter = sa.select(Counter.value).where(Counter.name == CHANGE_LOG)
        assert session.scalar(counter) == change.seq
