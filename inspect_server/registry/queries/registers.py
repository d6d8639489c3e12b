"""The registers 名册 as the console lists them, and their history; SELECTs only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core.access import Actor
from inspect_server.core.pagination import read_cursor, text, whole_number, write_cursor
from inspect_server.core.problems import NotFound
from inspect_server.identity import queries
from inspect_server.models import (
    Category,
    Community,
    Pairing,
    Person,
    Point,
    RegisterChange,
    Shop,
    Street,
    Unit,
)
from inspect_server.models import Session as DeviceSession
from inspect_server.registry.queries import places
from inspect_server.registry.reference import Reference
from schemas.registers import HistoryFilter, RegisterFilter
from schemas.texts import fold, unwanted
from schemas.vocabulary import Register, Role

# How many entries are in memory while a whole register is written out.
BATCH = 1000

Presented = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Listing:
    """How one register is listed: its order, the columns searched, and how an entry is shown."""

    model: Any
    # The last one is its key; what a cursor is made of.
    order: tuple[Any, ...]
    kinds: tuple[Callable[[Any], Any], ...]
    searched: tuple[Any, ...]
    present: Callable[[Session, Reference, Sequence[Any]], list[Presented]]
    district: Any = None
    unit: Any = None
    active: Any = None


def page(
    session: Session,
    reference: Reference,
    actor: Actor,
    register: Register,
    filters: RegisterFilter,
) -> Presented:
    """Return a page of a register, as far as this person sees it."""
    listing = _LISTINGS[register]
    query = _matching(listing, actor, register, filters)
    if filters.cursor:
        keys = read_cursor(filters.cursor, *listing.kinds)
        query = query.where(_after(listing.order, keys))
    if words := fold(filters.text or ""):
        keys = _keys_with(session, listing, query, words, filters.limit + 1)
        query = query.where(listing.order[-1].in_(keys))
    rows = list(session.scalars(query.order_by(*listing.order).limit(filters.limit + 1)))
    more, rows = len(rows) > filters.limit, rows[: filters.limit]
    return {
        "items": listing.present(session, reference, rows),
        "next": write_cursor(*_keys(listing, rows[-1])) if more else None,
    }


def first_page(
    session: Session,
    reference: Reference,
    actor: Actor,
    register: Register,
    filters: RegisterFilter,
) -> Presented:
    """Return a page; the first one says how many entries all pages have, its `total`."""
    shown = page(session, reference, actor, register, filters)
    if filters.cursor:
        return shown
    if shown["next"] is None:
        return shown | {"total": len(shown["items"])}
    return shown | {"total": count(session, actor, register, filters)}


def every(
    session: Session,
    reference: Reference,
    actor: Actor,
    register: Register,
    filters: RegisterFilter,
) -> Iterator[Presented]:
    """Yield all entries that match, with one batch in memory at a time."""
    cursor = None
    while True:
        batch = page(
            session, reference, actor, register, replace(filters, limit=BATCH, cursor=cursor)
        )
        yield from batch["items"]
        session.expunge_all()
        cursor = batch["next"]
        if cursor is None:
            return


def count(session: Session, actor: Actor, register: Register, filters: RegisterFilter) -> int:
    """Return the number of entries that match."""
    listing = _LISTINGS[register]
    matching = _matching(listing, actor, register, filters)
    if words := fold(filters.text or ""):
        return len(_keys_with(session, listing, matching, words, None))
    return session.scalar(sa.select(sa.func.count()).select_from(matching.subquery())) or 0


def one(
    session: Session, reference: Reference, actor: Actor, register: Register, entry_id: Any
) -> Presented:
    """Return one entry with its version. Raises `NotFound`, also for what is not in scope."""
    listing = _LISTINGS[register]
    # A code out of an address may hold what no database keeps as text.
    if isinstance(entry_id, str) and unwanted(entry_id) is not None:
        raise NotFound()
    query = _matching(listing, actor, register, RegisterFilter())
    row = session.scalars(query.where(listing.order[-1] == entry_id)).one_or_none()
    if row is None:
        raise NotFound()
    return listing.present(session, reference, [row])[0]


def changes(
    session: Session, reference: Reference, actor: Actor, register: Register, filters: HistoryFilter
) -> Presented:
    """Return who changed what in a register, the newest first 变更记录.

    Of people, a supervisor reads the history of one in scope. Raises `NotFound`.
    """
    if register is Register.PEOPLE and actor.role is not Role.ADMIN:
        one(session, reference, actor, register, _uuid_or_none(filters.entry))
    query = sa.select(RegisterChange).where(RegisterChange.register == register)
    if filters.entry is not None:
        query = query.where(RegisterChange.entry_id == filters.entry)
    if filters.cursor:
        (before,) = read_cursor(filters.cursor, whole_number)
        query = query.where(RegisterChange.id < before)
    rows = list(session.scalars(query.order_by(RegisterChange.id.desc()).limit(filters.limit + 1)))
    more, rows = len(rows) > filters.limit, rows[: filters.limit]
    names = _names_of(session, reference, register, {row.entry_id for row in rows})
    writers = _people_named(session, {row.by_id for row in rows})
    return {
        "items": [
            {
                "id": row.id,
                "register": row.register,
                "entry": {"id": row.entry_id, "name": names.get(row.entry_id, row.entry_id)},
                "deed": row.deed,
                "fields": row.fields,
                "by": {"id": str(row.by_id), "name": writers.get(row.by_id, "")},
                "at": row.at,
                "import_id": row.import_id,
            }
            for row in rows
        ],
        "next": write_cursor(rows[-1].id) if more else None,
    }


def _names_of(
    session: Session, reference: Reference, register: Register, ids: set[str]
) -> dict[str, str]:
    """Return the present names of entries."""
    if register is Register.CATEGORIES:
        return {i: reference.categories[i].name_zh for i in ids if i in reference.categories}
    keys = {key for i in ids if (key := _uuid_or_none(i))}
    if register is Register.PEOPLE:
        return {str(key): name for key, name in _people_named(session, keys).items()}
    if register is Register.PAIRINGS:
        pairs = session.execute(
            sa.select(Pairing.id, Unit.name)
            .join(Unit, Unit.id == Pairing.unit_id)
            .where(Pairing.id.in_(keys))
        )
        return {str(key): name for key, name in pairs}
    tables: dict[Register, Any] = {
        Register.UNITS: reference.units,
        Register.POINTS: reference.points,
        Register.SHOPS: reference.shops,
    }
    table = tables.get(register, {})
    return {str(key): table[key].name for key in keys if key in table}


def _people_named(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    rows = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _uuid_or_none(written: str | None) -> UUID | None:
    try:
        return UUID(written) if written else None
    except ValueError:
        return None


def _matching(
    listing: _Listing, actor: Actor, register: Register, filters: RegisterFilter
) -> sa.Select[Any]:
    query = sa.select(listing.model)
    if register is Register.PEOPLE:
        if actor.district_code is not None:
            query = query.where(Person.district_code == actor.district_code)
        if filters.role is not None:
            query = query.where(Person.role == filters.role)
    if filters.active is not None and listing.active is not None:
        query = query.where(listing.active if filters.active else sa.not_(listing.active))
    if filters.district is not None and listing.district is not None:
        query = query.where(listing.district == filters.district)
    if filters.unit_id is not None and listing.unit is not None:
        query = query.where(listing.unit == filters.unit_id)
    return query


def _keys_with(
    session: Session, listing: _Listing, query: sa.Select[Any], words: str, most: int | None
) -> list[Any]:
    """Return the keys of the first entries in a column of which the folded words occur.

    Compared here, not by the database: neither folds radicals or full-width letters, and SQLite
    knows upper and lower case of ASCII only.
    """
    columns = query.with_only_columns(listing.order[-1], *listing.searched)
    rows = session.execute(columns.order_by(*listing.order))
    matching = (key for key, *texts in rows if any(words in fold(text or "") for text in texts))
    keys = list(islice(matching, most))
    rows.close()
    return keys


def _after(order: Sequence[Any], keys: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Return the condition of rows after this one; the key orders equal names."""
    *leading, key = order
    *leading_values, key_value = keys
    after: sa.ColumnElement[bool] = key > key_value
    for column, value in zip(reversed(leading), reversed(leading_values), strict=True):
        after = sa.or_(column > value, sa.and_(column == value, after))
    return after


def _keys(listing: _Listing, row: Any) -> list[Any]:
    values = [getattr(row, column.key) for column in listing.order]
    return [str(value) if isinstance(value, UUID) else value for value in values]


# --- how each is shown -------------------------------------------------------------------------


def _each(show: Callable[[Any], Presented]) -> Callable[..., list[Presented]]:
    def shown(_session: Session, _reference: Reference, rows: Sequence[Any]) -> list[Presented]:
        return [show(row) for row in rows]

    return shown


def _points(_session: Session, reference: Reference, rows: Sequence[Point]) -> list[Presented]:
    return [places.point(reference, row) for row in rows]


def _people(session: Session, reference: Reference, rows: Sequence[Person]) -> list[Presented]:
    ids = [row.id for row in rows]
    devices = sa.select(DeviceSession.person_id).where(DeviceSession.person_id.in_(ids))
    signed_in = set(session.scalars(devices.distinct()))
    return [
        queries.describe_with(
            row,
            reference.units.get(row.unit_id) if row.unit_id else None,
            reference.districts.get(row.district_code) if row.district_code else None,
        )
        | {"signed_in": row.id in signed_in}
        for row in rows
    ]


def _pairings(session: Session, reference: Reference, rows: Sequence[Pairing]) -> list[Presented]:
    return [
        {
            "id": row.id,
            "unit": {"id": str(row.unit_id), "name": reference.units[row.unit_id].name},
            "point_id": row.point_id,
            "community": row.community_code,
            "street": row.street_code,
            "place_name": _place_name(reference, row),
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
            "version": row.version,
        }
        for row in rows
    ]


def _place_name(reference: Reference, row: Pairing) -> str:
    if row.point_id is not None:
        return reference.points[row.point_id].name
    if row.community_code is not None:
        return reference.communities[row.community_code].name
    return reference.streets[row.street_code or ""].name


def _paired_name(model: Any, column: Any, key: Any) -> Any:
    return sa.select(model.name).where(key == column).correlate(Pairing).scalar_subquery()


_LISTINGS: dict[Register, _Listing] = {
    Register.PEOPLE: _Listing(
        Person,
        (Person.name_key, Person.id),
        (text, UUID),
        (Person.name, Person.login, Person.code),
        _people,
        district=Person.district_code,
        unit=Person.unit_id,
        active=Person.disabled_at.is_(None),
    ),
    Register.UNITS: _Listing(
        Unit,
        (Unit.name_key, Unit.id),
        (text, UUID),
        (Unit.code, Unit.name),
        _each(places.unit),
        district=Unit.district_code,
        active=Unit.active,
    ),
    Register.POINTS: _Listing(
        Point,
        (Point.code, Point.id),
        (text, UUID),
        (Point.code, Point.name, Point.type, Point.address),
        _points,
        district=Point.district_code,
        active=Point.active,
    ),
    Register.SHOPS: _Listing(
        Shop,
        (Shop.plate_code, Shop.id),
        (text, UUID),
        (Shop.plate_code, Shop.name, Shop.address),
        _each(places.shop),
        unit=Shop.unit_id,
        active=Shop.active,
    ),
    Register.CATEGORIES: _Listing(
        Category,
        (Category.position, Category.code),
        (whole_number, text),
        (Category.code, Category.name_zh, Category.name_en, Category.initials, Category.synonyms),
        lambda _session, _reference, rows: list(rows),
        active=Category.active,
    ),
    Register.PAIRINGS: _Listing(
        Pairing,
        (Pairing.id,),
        (UUID,),
        (
            _paired_name(Unit, Pairing.unit_id, Unit.id),
            _paired_name(Point, Pairing.point_id, Point.id),
            _paired_name(Community, Pairing.community_code, Community.code),
            _paired_name(Street, Pairing.street_code, Street.code),
        ),
        _pairings,
        unit=Pairing.unit_id,
    ),
}
