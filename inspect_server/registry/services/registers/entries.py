"""Writes one entry of a register 名册, by the checks that whole tables pass too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.problems import Invalid, NotFound, StaleVersion, StillUsed
from inspect_server.core.sentences import listed, sentence
from inspect_server.registry import reference
from inspect_server.registry.services.registers.history import change_row, created, differing
from inspect_server.registry.services.registers.shape import (
    Change,
    Refusal,
    RegisterSpec,
    Values,
    read_context,
)
from schemas.vocabulary import Collection, Register, RegisterAction


def put(
    session: Session, actor: Actor, spec: RegisterSpec, entry_id: Any, entry: Any, now: datetime
) -> tuple[Any, bool]:
    """Write one entry: a new one without a version, a change with the version that was read.

    Writing the present values changes nothing. Returns the row and whether it is new.
    Raises `NotFound`, `Invalid`, `StaleVersion`, `StillUsed`.
    """
    context = read_context(session, now)
    _refuse(spec.check_key(entry_id, entry))
    row: Any = session.get(spec.model, entry_id, with_for_update=True, populate_existing=True)
    if row is None and entry.version is not None:
        raise NotFound()
    values, refusals = spec.check(context, entry)
    before = spec.read(row) if row is not None else None
    if row is not None and values == before:
        return row, False
    refusals += _conflicts(session, spec, entry_id, values)
    if not refusals:
        refusals += _look_alikes(session, spec, entry_id, values, before)
    refusals += spec.forbidden(actor, context, Change(entry_id, before, values))
    _refuse(refusals)
    if before is None:
        columns = spec.columns(values, None, now) | spec.first_columns(session)
        row = spec.model(**{spec.key: entry_id}, **columns, version=1)
        session.add(row)
        action, difference = RegisterAction.CREATED, created(values)
    else:
        if entry.version != row.version:
            raise StaleVersion(sentence("这一条刚被别人改过；请重新打开后再改。"))
        if before.get("active") and not values["active"]:
            _refuse_while_used(session, spec, entry_id, context.today)
        for name, value in spec.columns(values, row, now).items():
            setattr(row, name, value)
        row.version += 1
        action, difference = RegisterAction.CHANGED, differing(before, values)
    session.flush()
    session.add(change_row(spec, entry_id, action, difference, actor, now))
    publish(session, spec, [(entry_id, row.version, bool(values.get("active", True)))])
    return row, action is RegisterAction.CREATED


def _refuse(refusals: list[Refusal]) -> None:
    if refusals:
        raise Invalid(
            errors=[{"pointer": f"/{field}", "detail": detail} for field, detail in refusals]
        )


def publish(session: Session, spec: RegisterSpec, entries: Iterable[tuple[Any, int, bool]]) -> None:
    """Let every process read the register anew and the phones pull what changed.

    `entries` are (id, version, active).
    """
    if spec.register is Register.PEOPLE:
        for person_id, version, _ in entries:
            own = [access.person_audience(person_id)]
            change_log.note(session, Collection.PEOPLE, person_id, own, version=version)
        return
    reference.touch(session)
    if spec.collection is None:
        return
    for entry_id, version, active in entries:
        change_log.note(
            session,
            spec.collection,
            entry_id,
            [access.EVERYONE],
            version=version,
            deleted=spec.gone_when_off and not active,
        )


def _conflicts(
    session: Session, spec: RegisterSpec, entry_id: Any, values: Values
) -> list[Refusal]:
    """Refuse codes that another entry has; the case of letters does not distinguish codes."""
    refusals: list[Refusal] = []
    for name in spec.unique:
        if values[name] is None:
            continue
        column = getattr(spec.model, name)
        other = session.scalar(
            sa.select(spec.model)
            .where(sa.func.lower(column) == values[name].lower())
            .where(getattr(spec.model, spec.key) != entry_id)
            .limit(1)
        )
        if other is not None:
            detail = sentence("“{value}”已被“{name}”使用", value=values[name], name=other.name)
            refusals.append(Refusal(name, detail))
    return refusals + spec.conflicts(session, entry_id, values)


def _look_alikes(
    session: Session, spec: RegisterSpec, entry_id: Any, values: Values, before: Values | None
) -> list[Refusal]:
    """Refuse a new value that people take for that of another entry, as `wang0` for `wango`."""
    refusals: list[Refusal] = []
    for name, key_of in spec.look_alike.items():
        value = values[name]
        if value is None or (before is not None and value == before[name]):
            continue
        column = getattr(spec.model, name)
        others = session.execute(
            sa.select(column, spec.model.name).where(
                column.is_not(None), getattr(spec.model, spec.key) != entry_id
            )
        )
        refusals += [
            Refusal(name, look_alike_detail(value, other, owner))
            for other, owner in others
            if key_of(other) == key_of(value)
        ]
    return refusals


def look_alike_detail(value: str, other: str, owner: str) -> str:
    """Say that a value looks like that of another entry."""
    return sentence(
        "“{value}”与“{owner}”的“{other}”容易看错；请换一个", value=value, owner=owner, other=other
    )


def _refuse_while_used(session: Session, spec: RegisterSpec, entry_id: Any, today: date) -> None:
    used = uses(session, spec, entry_id, today)
    if used:
        raise StillUsed(
            sentence("还有 {used} 用到它；请先改派或结束它们，再停用。", used=listed(used))
        )


def uses(session: Session, spec: RegisterSpec, entry_id: Any, today: date) -> list[str]:
    """List what still uses this entry, as texts such as `3 个点位`."""
    counted = [
        (session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)), noun)
        for noun, model, where in spec.uses(entry_id, today)
    ]
    return [
        sentence("{number} {noun}", number=number, noun=noun) for number, noun in counted if number
    ]
