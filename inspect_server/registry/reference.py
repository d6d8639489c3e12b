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
from typing import Protocol, TypeVar
from uuid import UUID

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import (
    Base,
    CalendarDay,
    CalendarYear,
    Category,
    Community,
    Counter,
    District,
    LocalityOutline,
    Pairing,
    Point,
    RoutingRule,
    Shop,
    Street,
    Unit,
    WorkPeriod,
)
from inspect_server.models.sync import REFERENCE_EDITION
from inspect_server.registry.rules import locate, working_time
from inspect_server.registry.rules import routing as responsibility
from schemas.vocabulary import LocalityBasis

Row = TypeVar("Row", bound=Base)


class Counted(Protocol):
    """What is needed of a task or record to say where it counts."""

    @property
    def district_code(self) -> str | None:
        """The scoring district."""

    @property
    def street_code(self) -> str | None:
        """The street."""

    @property
    def community_code(self) -> str | None:
        """The community."""

    @property
    def locality_basis(self) -> LocalityBasis:
        """What street and community were taken from."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One edition of the reference data; shared between threads, never changed."""

    edition: int
    categories: Mapping[str, Category]
    calendar: working_time.WorkCalendar
    routing: responsibility.Routing
    atlas: locate.Atlas
    districts: Mapping[str, District]
    streets: Mapping[str, Street]
    communities: Mapping[str, Community]
    points: Mapping[UUID, Point]
    shops: Mapping[UUID, Shop]
    units: Mapping[UUID, Unit]

    def locality_words(self, counted: Counted) -> str:
        """Return where a case counts 属地 in words; what is presumed or undecided says so."""
        names = (
            entry.name
            for entry in (
                self.districts.get(counted.district_code or ""),
                self.streets.get(counted.street_code or ""),
                self.communities.get(counted.community_code or ""),
            )
            if entry is not None
        )
        words = " · ".join(names)
        match counted.locality_basis:
            case LocalityBasis.UNDECIDED:
                return f"{words}（街道、社区未定）" if words else "属地未定"
            case LocalityBasis.PRESUMED:
                return f"{words}（推定）"
            case _:
                return words

    def has_outline(self, district_code: str | None) -> bool:
        """Whether the city brought an outline of this district 城区界线."""
        district = self.districts.get(district_code or "")
        return district is not None and bool(district.outline.get("coordinates"))


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
    streets = {s.code: s for s in _all(session, Street, Street.code)}
    communities = {c.code: c for c in _all(session, Community, Community.code)}
    points = {p.id: p for p in _all(session, Point, Point.code)}
    shops = {s.id: s for s in _all(session, Shop, Shop.plate_code)}
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
        routing=_routing(session),
        atlas=locate.Atlas(
            boundaries=_boundaries(session, districts),
            streets=streets,
            communities=communities,
            points=points,
            shops=shops,
        ),
        districts={d.code: d for d in districts},
        streets=streets,
        communities=communities,
        points=points,
        shops=shops,
        units={u.id: u for u in _all(session, Unit, Unit.code)},
    )


def _routing(session: Session) -> responsibility.Routing:
    """Read the routing rules 派遣规则 and the pairings 包联."""
    return responsibility.Routing(
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
    )


def _boundaries(session: Session, districts: list[District]) -> locate.Boundaries:
    """Read the outlines 界线 of districts, streets and communities."""
    rows = session.execute(
        sa.select(
            LocalityOutline.street_code, LocalityOutline.community_code, LocalityOutline.geometry
        )
    ).all()
    return locate.Boundaries(
        districts=locate.Outlines((d.code, shapely.geometry.shape(d.outline)) for d in districts),
        streets=locate.Outlines(
            (street, shapely.from_wkb(geometry)) for street, _, geometry in rows if street
        ),
        communities=locate.Outlines(
            (community, shapely.from_wkb(geometry)) for _, community, geometry in rows if community
        ),
    )


def _all(session: Session, model: type[Row], order: object) -> list[Row]:
    """Read a whole table, detached: the edition outlives this session."""
    rows = list(session.scalars(sa.select(model).order_by(order)))  # type: ignore[arg-type]
    for row in rows:
        session.expunge(row)
    return rows


def _clock_time(minutes: int) -> clock_time:
    return clock_time(minutes // 60, minutes % 60)
