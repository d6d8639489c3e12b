"""The register of people 人员: its rules, new passwords and lost phones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.problems import Invalid, NotFound
from inspect_server.core.sentences import sentence
from inspect_server.identity.passwords import HASHER, make_password
from inspect_server.models import Person
from inspect_server.models import Session as DeviceSession
from inspect_server.registry.services.registers.history import change_row
from inspect_server.registry.services.registers.shape import (
    COLUMNS,
    Change,
    CheckContext,
    Refusal,
    RegisterSpec,
    Values,
    check_district,
    check_unit,
    entry_values,
    refuse_switched_off,
)
from schemas.register_entries import PersonEntry
from schemas.texts import look_alike_key
from schemas.vocabulary import Register, RegisterAction, Role


def _check(context: CheckContext, entry: PersonEntry) -> tuple[Values, list[Refusal]]:
    refusals = check_district(context, entry.district) + check_unit(context, entry.unit_id)
    if entry.role is Role.HANDLER and entry.unit_id is None:
        refusals.append(Refusal("unit_id", sentence("处置人员必须有单位")))
    return entry_values(entry), refusals


def _forbidden(actor: Actor, context: CheckContext, change: Change) -> list[Refusal]:
    """Refuse to change the own role or to disable oneself: one admin has to remain."""
    if change.entry_id == actor.id:
        detail = sentence("不能改自己的角色，也不能停用自己；请另一位管理员来改")
        if change.after["role"] is not actor.role:
            return [Refusal("role", detail)]
        if not change.after["active"]:
            return [Refusal("active", detail)]
    return refuse_switched_off(actor, context, change)


def _read_value(row: Person, name: str) -> Any:
    if name == "active":
        return row.disabled_at is None
    return getattr(row, COLUMNS.get(name, name))


def _columns(values: Mapping[str, Any], row: Person | None, now: datetime) -> Values:
    """Return the columns of a person; a disabled one keeps the first moment of disabling."""
    columns = {COLUMNS.get(name, name): value for name, value in values.items()}
    if row is None:
        columns["created_at"] = now
    if "active" in columns:
        since = row.disabled_at if row is not None else None
        columns["disabled_at"] = None if columns.pop("active") else since or now
    return columns


PEOPLE = RegisterSpec(
    Register.PEOPLE,
    Person,
    PersonEntry,
    _check,
    unique=("code", "login"),
    look_alike={"login": look_alike_key},
    alike=("name", "role", "district", "unit_id"),
    near=("name", "role", "district"),
    forbidden=_forbidden,
    read_value=_read_value,
    columns=_columns,
)


def reset_password(
    session: Session, actor: Actor, person_id: UUID, now: datetime
) -> tuple[str, str]:
    """Give a person a new one-time password, which is shown once 重设密码.

    Sessions that are under way go on: a phone with unsent records is not interrupted. Raises
    `NotFound`, `Invalid`.
    """
    person = _person(session, person_id)
    if person.login is None:
        detail = sentence("没有账号；请先填写账号，或用邀请登录")
        raise Invalid(detail, errors=[{"pointer": "/login", "detail": detail}])
    password = make_password()
    person.password_hash, person.password_is_one_time = HASHER.hash(password), True
    session.add(change_row(PEOPLE, person_id, RegisterAction.PASSWORD_RESET, {}, actor, now))
    return person.login, password


def sign_out_everywhere(session: Session, actor: Actor, person_id: UUID, now: datetime) -> int:
    """End every session of a person, as when a phone was lost 退出全部设备. Raises `NotFound`."""
    _person(session, person_id)
    ended = session.scalars(
        sa.update(DeviceSession)
        .where(DeviceSession.person_id == person_id, DeviceSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(DeviceSession.id)
    ).all()
    if ended:
        session.add(change_row(PEOPLE, person_id, RegisterAction.SIGNED_OUT, {}, actor, now))
    return len(ended)


def _person(session: Session, person_id: UUID) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound()
    return person
