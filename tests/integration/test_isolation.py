"""Tests share one application and one database: a test does not see another's changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core import clock, failpoints
from inspect_server.core.database import limiter
from inspect_server.models import Category, Counter, Notice, Observation, Person, Task, WorkPeriod
from inspect_server.models import Session as SignedIn
from inspect_server.photos.events import photo_changed
from inspect_server.registry import reference
from media.store import ObjectStore
from tests.support.case_walks import dispatched
from tests.support.clock import FakeClock
from tests.support.rows import Rows

LIVE = "health.livez"


def listener(*_: Any, **__: Any) -> None:
    """A listener a test connects and forgets."""


def replaced_view() -> str:
    """A view a test puts in place of another."""
    return "surprise"


# The second of the two runs must not see the changes of the first.
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_does_not_see_changes_of_the_previous_one(
    turn: str,
    app: Flask,
    rows: Rows,
    fake_clock: FakeClock,
    object_store: ObjectStore,
    request: pytest.FixtureRequest,
) -> None:
    _rows_are_the_templates(rows)
    _app_is_new(app, fake_clock, object_store)
    assert "XX0001" not in rows.read(reference.current).categories

    # Inserted, by way of the service: records, cases, sessions, notices, numbers, changes.
    people = [request.getfixturevalue(name) for name in ("observer", "supervisor")]
    assert dispatched(*people)["number"].endswith("00001")
    rows.write(_edit)
    assert "XX0001" in rows.read(reference.current).categories
    _change_the_app(app, fake_clock)


def _rows_are_the_templates(rows: Rows) -> None:
    for model in (Task, Observation, Notice, SignedIn):
        assert rows.count(model) == 0, model.__name__
    assert rows.count(Person, Person.name == "another name") == 0
    assert rows.count(WorkPeriod) > 0
    assert rows.count(Counter, Counter.value > 1000) == 0


def _edit(session: Session) -> None:
    """Change and delete rows the template has, and insert one it has not."""
    session.execute(sa.update(Person).where(Person.login == "sun").values(name="another name"))
    session.execute(sa.delete(WorkPeriod))
    session.execute(sa.update(Counter).values(value=Counter.value + 1000))
    columns = [column.name for column in Category.__table__.columns if column.name != "code"]
    one = sa.select(sa.literal("XX0001"), *(getattr(Category, name) for name in columns)).limit(1)
    session.execute(sa.insert(Category).from_select(["code", *columns], one))
    reference.touch(session)


def _app_is_new(app: Flask, fake_clock: FakeClock, object_store: ObjectStore) -> None:
    assert abs(fake_clock() - clock.now()) < timedelta(minutes=1)
    assert app.extensions["clock"] is fake_clock
    assert "LEFT_BY_A_TEST" not in app.config
    uploads = app.extensions["uploads"]
    assert app.extensions["store"] is uploads._store is object_store
    assert not uploads.spool.folder.joinpath("left").exists()
    assert not any(hasattr(one, "left") for one in app.extensions["worker"].handlers)
    assert app.test_client().get("/livez").json == {"status": "ok"}
    assert listener not in photo_changed.receivers.values()
    assert limiter.storage.get("LIMITER/left") == 0
    failpoints.reach("commit.done")


def _change_the_app(app: Flask, fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2031-06-15T10:00:00+08:00")
    app.config["LEFT_BY_A_TEST"] = True
    uploads = app.extensions["uploads"]
    uploads._store = app.extensions["store"] = object()
    uploads.spool.folder.mkdir(parents=True, exist_ok=True)
    uploads.spool.folder.joinpath("left").touch()
    for handler in app.extensions["worker"].handlers:
        handler.left = True
    app.view_functions[LIVE] = replaced_view
    photo_changed.connect(listener, weak=False)
    limiter.storage.incr("LIMITER/left", 3600)
    failpoints.arm(failpoints.parse("commit.done=error@1"), uploads.spool.folder)
