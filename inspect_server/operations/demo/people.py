"""The people of the history 演示人员: reporters, supervisors and handlers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Person
from inspect_server.operations.starter import starter_id
from inspect_server.registry.reference import Reference
from schemas.vocabulary import Role

REPORTERS_A_DISTRICT = 6


@dataclass(frozen=True, slots=True)
class DemoActor:
    """A person who makes steps, with what the flow table checks."""

    id: UUID
    role: Role
    unit_id: UUID | None = None
    district_code: str | None = None


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """All people of the history, by district and by unit."""

    reporters: Mapping[str, Sequence[UUID]]
    supervisors: Mapping[str | None, DemoActor]
    handlers: Mapping[UUID, DemoActor]


@dataclass(frozen=True, slots=True)
class _Position:
    """The role of a person, with district or unit."""

    role: Role
    district_code: str | None = None
    unit_id: UUID | None = None


def find_or_create_people(session: Session, reference: Reference, now: datetime) -> DemoPeople:
    """Return all people of the history; missing ones are created, without a login."""
    city = _find_or_create(session, now, _Position(Role.SUPERVISOR), "市创文办（演示）")
    reporters: dict[str, list[UUID]] = {}
    supervisors: dict[str | None, DemoActor] = {None: city}
    for code, district in reference.districts.items():
        existing = sa.select(Person.id).where(
            Person.demo, Person.role == Role.OBSERVER, Person.district_code == code
        )
        reporters[code] = list(session.scalars(existing.order_by(Person.id)))
        for number in range(len(reporters[code]) + 1, REPORTERS_A_DISTRICT + 1):
            name = f"{district.name}观察员{number:02d}（演示）"
            reporters[code].append(_create(session, now, _Position(Role.OBSERVER, code), name).id)
        supervisors[code] = _find(session, _Position(Role.SUPERVISOR, code)) or city
    handlers = {
        unit.id: _find_or_create(
            session, now, _Position(Role.HANDLER, unit_id=unit.id), f"{unit.name}处置员"[:64]
        )
        for unit in reference.units.values()
    }
    return DemoPeople(reporters, supervisors, handlers)


def _find_or_create(session: Session, now: datetime, position: _Position, name: str) -> DemoActor:
    return _find(session, position) or _create(session, now, position, name)


def _find(session: Session, position: _Position) -> DemoActor | None:
    query = sa.select(Person).where(
        Person.demo, Person.role == position.role, Person.unit_id == position.unit_id
    )
    if position.unit_id is None:
        query = query.where(Person.district_code == position.district_code)
    person = session.scalars(query.order_by(Person.created_at, Person.id)).first()
    if person is None:
        return None
    return DemoActor(person.id, position.role, person.unit_id, person.district_code)


def _create(session: Session, now: datetime, position: _Position, name: str) -> DemoActor:
    person = Person(
        id=starter_id("person", f"history:{name}"),
        name=name,
        role=position.role,
        district_code=position.district_code,
        unit_id=position.unit_id,
        demo=True,
        created_at=now,
    )
    session.add(person)
    session.flush()
    return DemoActor(person.id, position.role, position.unit_id)
