"""Who may see what: by the rules alone, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from inspect_server.core import access
from inspect_server.core.access import Actor
from schemas.vocabulary import Derivative, Role, ScopeLevel

REPORTER, SOMEBODY = uuid4(), uuid4()
UNIT, OTHER_UNIT = uuid4(), uuid4()
HERE, THERE = "maojian", "zhangwan"


def actor(
    role: Role, district: str | None = HERE, unit: UUID | None = None, who: UUID = SOMEBODY
) -> Actor:
    return Actor(who, "某人", role, district, unit, "device", uuid4())


@dataclass(frozen=True)
class Task:
    """A task with the fields that decide access."""

    reporter_id: UUID = REPORTER
    district_code: str | None = HERE
    unit_id: UUID | None = UNIT
    dispatched_at: datetime | None = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.STEWARD, Role.VOLUNTEER])
def test_a_reporter_sees_the_own_tasks_only(role: Role) -> None:
    assert access.sees_task(actor(role, who=REPORTER), Task())
    assert not access.sees_task(actor(role), Task())


def test_a_handler_sees_the_units_tasks_from_the_dispatch_on() -> None:
    wang = actor(Role.HANDLER, unit=UNIT)
    assert access.sees_task(wang, Task())
    assert not access.sees_task(wang, Task(dispatched_at=None))
    assert not access.sees_task(wang, Task(unit_id=OTHER_UNIT))
    assert not access.sees_task(wang, Task(unit_id=None))


def test_a_handler_without_a_unit_sees_nothing() -> None:
    without_unit = actor(Role.HANDLER, unit=None)
    assert not access.sees_task(without_unit, Task())
    assert not access.sees_task(without_unit, Task(unit_id=None, dispatched_at=None))


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ARBITER, Role.ADMIN])
def test_an_overseer_sees_the_own_district_and_what_lies_nowhere(role: Role) -> None:
    assert access.sees_task(actor(role), Task())
    assert access.sees_task(actor(role), Task(district_code=None))
    assert not access.sees_task(actor(role), Task(district_code=THERE))


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ARBITER, Role.ADMIN])
def test_an_overseer_of_the_city_sees_every_district(role: Role) -> None:
    for district in (HERE, THERE, None):
        assert access.sees_task(actor(role, None), Task(district_code=district))


@pytest.mark.parametrize("role", [role for role in Role if role not in access.OVERSEERS])
def test_nobody_else_oversees_anything(role: Role) -> None:
    assert not access.oversees(actor(role), HERE)
    assert not access.oversees(actor(role, None), None)


@pytest.mark.parametrize("copy", list(Derivative))
def test_the_author_sees_every_copy_of_the_own_photo(copy: Derivative) -> None:
    author = actor(Role.OBSERVER, who=REPORTER)
    assert access.sees_copy(author, REPORTER, copy, None)


@pytest.mark.parametrize("copy", list(Derivative))
def test_a_photo_of_no_task_is_its_authors_alone(copy: Derivative) -> None:
    assert not access.sees_copy(actor(Role.SUPERVISOR), REPORTER, copy, None)


@pytest.mark.parametrize("copy", [Derivative.REVIEW, Derivative.THUMB])
def test_a_handler_gets_the_copies(copy: Derivative) -> None:
    assert access.sees_copy(actor(Role.HANDLER, unit=UNIT), REPORTER, copy, Task())


def test_a_handler_does_not_get_the_original() -> None:
    wang = actor(Role.HANDLER, unit=UNIT)
    assert not access.sees_copy(wang, REPORTER, Derivative.ORIGINAL, Task())


def test_a_reporter_sees_the_after_photo_but_not_its_original() -> None:
    chen = actor(Role.OBSERVER, who=REPORTER)
    assert access.sees_copy(chen, SOMEBODY, Derivative.REVIEW, Task())
    assert not access.sees_copy(chen, SOMEBODY, Derivative.ORIGINAL, Task())


def test_an_overseer_gets_the_original_in_scope_only() -> None:
    like = actor(Role.SUPERVISOR)
    assert access.sees_copy(like, REPORTER, Derivative.ORIGINAL, Task())
    assert not access.sees_copy(like, REPORTER, Derivative.ORIGINAL, Task(district_code=THERE))


@pytest.mark.parametrize("role,district,level", [
    (Role.OBSERVER, HERE, ScopeLevel.SELF), (Role.VOLUNTEER, None, ScopeLevel.SELF),
    (Role.HANDLER, HERE, ScopeLevel.UNIT), (Role.HANDLER, None, ScopeLevel.UNIT),
    (Role.SUPERVISOR, HERE, ScopeLevel.DISTRICT), (Role.SUPERVISOR, None, ScopeLevel.CITY),
    (Role.ADMIN, None, ScopeLevel.CITY), (Role.ARBITER, THERE, ScopeLevel.DISTRICT),
])  # fmt: skip
def test_how_far_a_role_sees(role: Role, district: str | None, level: ScopeLevel) -> None:
    assert access.scope_of(role, district) is level
