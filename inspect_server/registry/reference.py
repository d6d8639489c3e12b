"""Reference data 基础数据, the input of the rules: read once per process and edit.

Categories, calendar, routing, districts, points and shops change seldom and are needed for
every record. A counter row says which edition is current; one small query compares it.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time as clock_time
from typing import TypeVar
from uuid import UUID

import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from inspect_server.models import (
    Base,
    CalendarDay,
    CalendarYear,
    Category,
    Community,
    Counter,
    District,
    Pairing,
    Point,
    RoutingRule,
    Shop,
    Street,
    Unit,
    WorkPeriod,
)
from inspect_server.models.sync import REFERENCE_EDITION
from inspect_server.registry.rules import routing as responsibility
from inspect_server.registry.rules import working_time

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Reference:
    """One edition of the reference data; shared between threads, never changed."""

    edition: int
    categories: Mapping[str, Category]
    calendar: working_time.WorkCalendar
    routing: responsibility.Routing
    # In the order of the search: the approximate outline lies inside another district.
    outlines: tuple[tuple[str, BaseGeometry], ...]
    districts: Mapping[str, District]
    streets: Mapping[str, Street]
    communities: Mapping[str, Community]
    points: Mapping[UUID, Point]
    shops: Mapping[UUID, Shop]
    units: Mapping[UUID, Unit]

    def district_at(self, lon: float, lat: float) -> str | None:
        """Return the scoring district a position lies in, or None."""
        spot = shapely.Point(lon, lat)
        for code, outline in self.outlines:
            if outline.covers(spot):
                return code
        return None

    def has_outline(self, district_code: str | None) -> bool:
        """Whether this district has an outline 城区界线."""
        return any(code == district_code and not shape.is_empty for code, shape in self.outlines)


# How long an edition is used without checking for a newer one.
TRUSTED_SECONDS = 1.0

_editions: weakref.WeakKeyDictionary[sa.Engine | sa.Connection, tuple[Reference, float]] = (
    weakref.WeakKeyDictionary()
)


def current(session: Session) -> Reference:
    """Return the current edition; an edit of another process takes effect within a second."""
    bind = session.get_bind()
    edition_read, read_at = _editions.get(bind, (None, 0.0))
    moment = time.monotonic()
    if edition_read is not None and moment - read_at < TRUSTED_SECONDS:
        return edition_read
    edition = session.scalar(sa.select(Counter.value).where(Counter.name == REFERENCE_EDITION)) or 0
    if edition_read is None or edition_read.edition != edition:
        edition_read = _read(session, edition)
    _editions[bind] = (edition_read, moment)
    return edition_read


def latest(session: Session) -> Reference:
    """Return the current edition, read again: what a phone pulls must not be old."""
    bind = session.get_bind()
    edition, _ = _editions.get(bind, (None, 0.0))
    if edition is not None:
        _editions[bind] = (edition, 0.0)
    return current(session)


def touch(session: Session) -> None:
    """Mark the reference data as edited: every process reads it again."""
    _editions.pop(session.get_bind(), None)
    session.execute(
        sa.update(Counter).where(Counter.name == REFERENCE_EDITION).values(value=Counter.value + 1)
    )


def _read(session: Session, edition: int) -> Reference:
    districts = _all(session, District, District.position)
    outlines = sorted(districts, key=lambda d: not d.approximate)
    return Reference(
        edition=edition,
        categories={c.code: c for c in _all(session, Category, Category.position)},
        calendar=working_time.WorkCalendar(
            periods=tuple(
                working_time.WorkPeriod(
                    begins=_clock_time(p.start_minutes),
                    ends=_clock_time(p.end_minutes),
                    first_on=p.starts_on,
                    last_on=p.ends_on,
                )
                for p in _all(session, WorkPeriod, WorkPeriod.id)
            ),
            days={d.day: d.working for d in _all(session, CalendarDay, CalendarDay.day)},
            published_years=frozenset(session.scalars(sa.select(CalendarYear.year))),
        ),
        routing=responsibility.Routing(
            [
                responsibility.RoutingRule(
                    id=r.id,
                    unit_id=r.unit_id,
                    category_prefix=r.category_prefix,
                    district_code=r.district_code,
                    street_code=r.street_code,
                    community_code=r.community_code,
                    point_id=r.point_id,
                    point_type=r.point_type,
                    pairing_unit_id=r.pairing_unit_id,
                    starts_on=r.starts_on,
                    ends_on=r.ends_on,
                    note=r.note,
                )
                for r in _all(session, RoutingRule, RoutingRule.id)
            ],
            [
                responsibility.Pairing(
                    id=p.id,
                    unit_id=p.unit_id,
                    street_code=p.street_code,
                    community_code=p.community_code,
                    point_id=p.point_id,
                    starts_on=p.starts_on,
                    ends_on=p.ends_on,
                )
                for p in _all(session, Pairing, Pairing.id)
            ],
        ),
        outlines=tuple((d.code, _outline(d)) for d in outlines),
        districts={d.code: d for d in districts},
        streets={s.code: s for s in _all(session, Street, Street.code)},
        communities={c.code: c for c in _all(session, Community, Community.code)},
        points={p.id: p for p in _all(session, Point, Point.code)},
        shops={s.id: s for s in _all(session, Shop, Shop.plate_code)},
        units={u.id: u for u in _all(session, Unit, Unit.code)},
    )


def _all(session: Session, model: type[Row], order: object) -> list[Row]:
    """Read a whole table, detached: the edition outlives this session."""
    rows = list(session.scalars(sa.select(model).order_by(order)))  # type: ignore[arg-type]
    for row in rows:
        session.expunge(row)
    return rows


def _clock_time(minutes: int) -> clock_time:
    return clock_time(minutes // 60, minutes % 60)


def _outline(district: District) -> BaseGeometry:
    outline = shapely.geometry.shape(district.outline)
    shapely.prepare(outline)
    return outline
