"""People 人员 in the form of the API. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session as DatabaseSession

from inspect_server.core.access import Actor, scope_of
from inspect_server.models import District, Person, Unit
from schemas.people import PersonSchema
from schemas.vocabulary import ScopeLevel

_person_schema = PersonSchema()


def describe(session: DatabaseSession, person: Person) -> dict[str, object]:
    """Return a person in the form of `PersonSchema`."""
    unit = session.get(Unit, person.unit_id) if person.unit_id else None
    district = session.get(District, person.district_code) if person.district_code else None
    return describe_with(person, unit, district)


def describe_with(
    person: Person, unit: Unit | None, district: District | None
) -> dict[str, object]:
    """Return a person in the form of `PersonSchema`, from rows that are already loaded."""
    level = scope_of(person.role, person.district_code)
    match level:
        case ScopeLevel.UNIT:
            scope_id, scope_name = (str(unit.id), unit.name) if unit else (None, "")
        case ScopeLevel.DISTRICT:
            scope_id, scope_name = (district.code, district.name) if district else (None, "")
        case ScopeLevel.SELF:
            scope_id, scope_name = str(person.id), person.name
        case _:
            scope_id, scope_name = None, ScopeLevel.CITY.zh
    return {
        "id": person.id,
        "name": person.name,
        "login": person.login,
        "role": person.role,
        "scope": {"level": level, "id": scope_id, "name": scope_name},
        "unit": {"id": str(unit.id), "name": unit.name} if unit else None,
        "district": {"code": district.code, "name": district.name} if district else None,
        "demo": person.demo,
        "code": person.code,
        "trusted": person.trusted,
        "active": person.disabled_at is None,
        "version": person.version,
    }


def pull_people(
    session: DatabaseSession, reference: object, actor: Actor, ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return the person who pulls, if `ids` has that id; a phone pulls nobody else."""
    me = session.get(Person, actor.id)
    if me is None or str(me.id) not in ids:
        return {}
    return {str(me.id): _person_schema.dump(describe(session, me))}
