"""The change log: a note is kept or rolled back with the savepoint in which it was made."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core import change_log
from inspect_server.core.database import db, transaction
from inspect_server.models import Change
from schemas.vocabulary import Collection

AUDIENCE = "person:test"


class Failed(Exception):
    """Ends a savepoint or a transaction."""


def note(session: Session, entity_id: str) -> None:
    change_log.note(session, Collection.TASKS, entity_id, [AUDIENCE])


def fail() -> None:
    raise Failed


def published(app: Flask) -> set[str]:
    """The entities of the published notes."""
    with app.app_context():
        query = sa.select(Change.entity_id).where(Change.audience == AUDIENCE)
        return set(db.session.scalars(query))


def test_a_failed_savepoint_drops_its_notes(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        note(session, "before")
        with pytest.raises(Failed), session.begin_nested():
            note(session, "failed")
            with session.begin_nested():
                note(session, "released inside the failed one")
            fail()
        with session.begin_nested():
            note(session, "kept")
        note(session, "after")
    assert published(app) == {"before", "kept", "after"}


def test_a_transaction_that_fails_leaves_no_note_to_the_next(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(Failed), transaction() as session:
            note(session, "failed")
            with session.begin_nested():
                note(session, "released in the failed transaction")
            fail()
        with transaction() as session:
            note(session, "next")
    assert published(app) == {"next"}
