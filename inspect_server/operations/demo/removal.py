"""Removes the demonstration 清除演示: its rows here, its objects afterwards by the caller.

The rows go in one transaction: a kill leaves all of them or none. Objects go after the commit, so a
kill between leaves objects that no row refers to, which the cleanup of photos removes as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log, server_state
from inspect_server.models import (
    Base,
    Change,
    Invitation,
    Notice,
    Pairing,
    Person,
    Photo,
    RegisterChange,
    RoutingRule,
    Visit,
)
from inspect_server.operations.demo.demo_rows import (
    IS_DEMO_PAIRING,
    IS_DEMO_PHOTO,
    IS_DEMO_RULE,
    OBSERVATIONS,
    PEOPLE,
    PEOPLE_REMOVED,
    POINTS,
    REMOVALS,
    SHOPS,
    TASKS,
    UNITS,
    UNITS_REMOVED,
    Removal,
    count_rows,
)
from inspect_server.registry import reference
from schemas.vocabulary import Collection, Installation

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """What was removed, and the objects of the store that no row refers to any more."""

    object_keys: frozenset[str]
    # Demo people who signed a change that stays: disabled, without a login.
    kept_people: Sequence[str]


def counts(session: Session) -> dict[str, int]:
    """Return how many rows of each announced table would go, without those that have none."""
    return {
        removal.label: number
        for removal in (PEOPLE_REMOVED, UNITS_REMOVED, *reversed(REMOVALS))
        if removal.label and (number := count_rows(session, removal))
    }


def remove(session: Session) -> RemovalReport:
    """Remove the demonstration; the installation is a real city then. The caller commits.

    1. tell the phones  2. delete what hangs on cases, then cases, then places  3. units and
    people; a person who signed a change that stays keeps the name only.
    """
    keys = _object_keys(session)
    entries = _entry_ids(session)
    _tell_phones(session, entries)
    for removal in REMOVALS:
        _delete(session, removal)
    no_author = sa.update(Invitation).where(Invitation.created_by_id.in_(PEOPLE))
    _run(session, no_author.values(created_by_id=None))
    no_pairing = sa.update(RoutingRule).where(RoutingRule.pairing_unit_id.in_(UNITS))
    _run(session, no_pairing.values(pairing_unit_id=None))
    _forget_changes(session, entries)
    in_units = sa.update(Person).where(Person.demo, Person.unit_id.in_(UNITS))
    _run(session, in_units.values(unit_id=None))
    _delete(session, UNITS_REMOVED)
    kept = _remove_people(session)
    server_state.declare_installation(session, Installation.CITY)
    reference.touch(session)
    return RemovalReport(keys, kept)


def _object_keys(session: Session) -> frozenset[str]:
    columns = (Photo.object_key, Photo.review_key, Photo.thumb_key)
    return frozenset(
        key
        for column in columns
        for key in session.scalars(sa.select(column).where(IS_DEMO_PHOTO, column.is_not(None)))
        if key
    )


def _entry_ids(session: Session) -> dict[Collection | None, set[UUID]]:
    """Return the ids of the entries of registers that go, by the collection of the phones."""
    return {
        Collection.UNITS: set(session.scalars(UNITS)),
        Collection.POINTS: set(session.scalars(POINTS)),
        Collection.SHOPS: set(session.scalars(SHOPS)),
        Collection.PEOPLE: set(session.scalars(PEOPLE)),
        None: {
            *session.scalars(sa.select(Pairing.id).where(IS_DEMO_PAIRING)),
            *session.scalars(sa.select(RoutingRule.id).where(IS_DEMO_RULE)),
        },
    }


def _tell_phones(session: Session, entries: dict[Collection | None, set[UUID]]) -> None:
    """Log the deletion of each entity that phones may hold, for whom its last change was for.

    The log of demo people and units itself goes: they pull nothing any more.
    """
    lost = {access.person_audience(one) for one in entries[Collection.PEOPLE]}
    lost |= {access.unit_audience(one) for one in entries[Collection.UNITS]}
    gone: dict[Collection, set[str]] = {
        collection: {str(one) for one in ids}
        for collection, ids in entries.items()
        if collection is not None
    }
    for collection, ids in (
        (Collection.OBSERVATIONS, OBSERVATIONS),
        (Collection.TASKS, TASKS),
        (Collection.VISITS, sa.select(Visit.id).where(Visit.task_id.in_(TASKS))),
        (
            Collection.NOTICES,
            sa.select(Notice.id).where(
                sa.or_(Notice.task_id.in_(TASKS), Notice.observation_id.in_(OBSERVATIONS))
            ),
        ),
    ):
        gone[collection] = {str(one) for one in session.scalars(ids)}
    held = sa.select(Change.audience, Change.collection, Change.entity_id, Change.version)
    for audience, collection, entity_id, version in session.execute(
        held.where(~Change.deleted, Change.collection.in_(list(gone)))
    ).all():
        if audience not in lost and entity_id in gone[collection]:
            change_log.note(
                session, collection, entity_id, [audience], version=version + 1, deleted=True
            )
    for part in _portions(sorted(lost)):
        _run(session, sa.delete(Change).where(Change.audience.in_(part)))


def _forget_changes(session: Session, entries: dict[Collection | None, set[UUID]]) -> None:
    """Delete the history of the entries that go."""
    for part in _portions(sorted(str(one) for ids in entries.values() for one in ids)):
        _run(session, sa.delete(RegisterChange).where(RegisterChange.entry_id.in_(part)))


def _remove_people(session: Session) -> list[str]:
    """Delete the demo people; those who signed a change that stays are disabled without a login.

    Which tables name a person is read from the models, so one of a later release counts too.
    """
    signed: set[UUID] = set()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.target_fullname == "person.id" for key in column.foreign_keys):
                rows = session.scalars(sa.select(column).where(column.in_(PEOPLE)).distinct())
                signed.update(rows)
    names = sorted(session.scalars(sa.select(Person.name).where(Person.id.in_(signed))))
    disabled: dict[str, Any] = {
        "login": None,
        "login_key": None,
        "password_hash": None,
        "demo": False,
        "disabled_at": sa.func.coalesce(Person.disabled_at, Person.created_at),
        "version": Person.version + 1,
    }
    _run(session, sa.update(Person).where(Person.id.in_(signed)).values(disabled))
    _delete(session, PEOPLE_REMOVED)
    return names


def _delete(session: Session, removal: Removal) -> None:
    _run(session, sa.delete(removal.model).where(removal.condition))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})


def _portions(values: Iterable[str]) -> Iterable[list[str]]:
    listed = list(values)
    for first in range(0, len(listed), AT_ONCE):
        yield listed[first : first + AT_ONCE]
