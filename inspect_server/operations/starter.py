"""Loads the starter data 初始数据 (`starter_data/` beside this file) into a database, once.

A row is added if its key is missing, and never changed afterwards: edits of an admin stay, and a
newer release adds only new rows. A row that shall not count any more is ended or switched off, not
deleted: a deleted one would be added again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from inspect_server.core import access, change_log, server_state
from inspect_server.core.clock import SHANGHAI
from inspect_server.identity.passwords import HASHER, make_password
from inspect_server.models import (
    CalendarDay,
    CalendarYear,
    Category,
    Community,
    District,
    Pairing,
    Person,
    Point,
    RoutingRule,
    Shop,
    Street,
    Unit,
    WorkPeriod,
)
from inspect_server.registry import reference
from inspect_server.registry.formats import holidays
from schemas.texts import login_key
from schemas.vocabulary import Campaign, Collection, Installation, LimitUnit, RecordAs, Role

STARTER = Path(__file__).parent / "starter_data"
# Starter rows have the same ids on every machine, so a second load finds the rows of the first.
STARTER_IDS = UUID("6f6b1d0e-5f0a-5c55-9a3e-5d1c0b7a2f11")
# No case of a new installation is older.
CALENDAR_YEARS_BACK = 2
DEFAULT_PERIODS = ((8 * 60, 12 * 60), (14 * 60, 18 * 60))
_PERIODS_FROM = date(2004, 1, 1)


@dataclass(frozen=True, slots=True)
class StarterReport:
    """The number of rows that a load added, by table."""

    added: Mapping[str, int]

    @property
    def changed_nothing(self) -> bool:
        """Whether all rows existed already."""
        return not any(self.added.values())


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A demo login 演示账号 with its password, which is stored as a hash only."""

    login: str
    password: str
    role: Role
    name: str
    scope: str


def starter_id(kind: str, code: str) -> UUID:
    """Return the id of a starter row, derived from its kind and its code in the files."""
    return uuid5(STARTER_IDS, f"{kind}:{code}")


def load(session: Session, now: datetime) -> StarterReport:
    """Add the missing rows of the demonstration and log them for the phones; the caller commits.

    The order is that of the foreign keys. A second call adds nothing, unless a newer calendar
    library knows another year.
    """
    if server_state.installation(session) is None:
        server_state.declare_installation(session, Installation.DEMO)
    return _report(
        session,
        _add_rules(session, now)
        | _add_places(session)
        | {
            "units": _add(session, Unit.id, _units(), Collection.UNITS),
            "points": _add(session, Point.id, _points(), Collection.POINTS),
            "shops": _add(session, Shop.id, _shops(), Collection.SHOPS),
            "pairings": _add(session, Pairing.id, _pairings()),
            "routing_rules": _add(session, RoutingRule.id, _routing_rules()),
        },
    )


def load_rules(session: Session, now: datetime) -> StarterReport:
    """Add what every city starts with: the missing categories 问题类别 and calendar years."""
    return _report(session, _add_rules(session, now))


def load_places(session: Session) -> StarterReport:
    """Add the missing districts of 十堰 with their streets and communities."""
    return _report(session, _add_places(session))


def demo_rule_ids() -> set[UUID]:
    """Return the ids of the routing rules of the demonstration."""
    return {row["id"] for row in _routing_rules()}


def demo_pairing_ids() -> set[UUID]:
    """Return the ids of the pairings of the demonstration."""
    return {row["id"] for row in _pairings()}


def _add_rules(session: Session, now: datetime) -> dict[str, int]:
    return {
        "categories": _add(session, Category.code, _categories(), Collection.CATEGORIES),
        "category_words": _add_synonyms(session),
        "work_periods": _add_periods(session),
        "calendar_years": _add_years(session, now.astimezone(SHANGHAI).year),
    }


def _add_places(session: Session) -> dict[str, int]:
    return {
        "districts": _add(session, District.code, _districts()),
        "streets": _add(session, Street.code, _streets()),
        "communities": _add(session, Community.code, _rows("communities.csv")),
    }


def _report(session: Session, added: Mapping[str, int]) -> StarterReport:
    """Mark the reference data as edited, if something was added."""
    report = StarterReport(added)
    if not report.changed_nothing:
        session.flush()
        reference.touch(session)
    return report


def load_demo_people(session: Session, now: datetime) -> list[DemoLogin]:
    """Create the missing demo people 演示人员; the caller commits.

    Returns only those created now, as only their passwords are known. `load` must run before, for
    the districts and units.
    """
    existing = set(session.scalars(sa.select(Person.login_key)))
    logins = []
    for row in _rows("people.csv"):
        if login_key(row["login"]) in existing:
            continue
        person = Person(
            id=starter_id("person", row["login"]),
            login=row["login"],
            name=row["name"],
            role=Role(row["role"]),
            district_code=row["district"],
            unit_id=_id_of("unit", row["unit"]),
            demo=True,
            created_at=now,
        )
        password = make_password()
        person.password_hash = HASHER.hash(password)
        session.add(person)
        change_log.note(session, Collection.PEOPLE, person.id, [access.person_audience(person.id)])
        scope = _scope_name(session, person)
        logins.append(DemoLogin(row["login"], password, person.role, person.name, scope))
    session.flush()
    return logins


def _scope_name(session: Session, person: Person) -> str:
    """Return the name of the scope of a person, for the list of demo logins."""
    if person.unit_id is not None:
        return session.get_one(Unit, person.unit_id).name
    if person.district_code is not None:
        return session.get_one(District, person.district_code).name
    return "全市"


def _add(
    session: Session,
    key: InstrumentedAttribute[Any],
    rows: Iterable[dict[str, Any]],
    collection: Collection | None = None,
) -> int:
    """Insert the rows whose key is missing; rows of a collection are logged for all phones."""
    existing = set(session.scalars(sa.select(key)))
    missing = [row for row in rows if row[key.key] not in existing]
    if missing:
        session.execute(sa.insert(key.class_), missing)
    if collection is not None:
        for row in missing:
            change_log.note(session, collection, row[key.key], [access.EVERYONE])
    return len(missing)


def _add_synonyms(session: Session) -> int:
    """Give the starter's everyday words 俗称 to categories of an earlier release that have none."""
    words = {row["code"]: row["synonyms"] for row in _rows("category_words.csv")}
    bare = session.scalars(
        sa.select(Category).where(Category.synonyms.is_(None), Category.code.in_(words))
    ).all()
    for category in bare:
        category.synonyms = words[category.code]
        change_log.note(session, Collection.CATEGORIES, category.code, [access.EVERYONE])
    return len(bare)


def _add_periods(session: Session) -> int:
    """Add the usual working hours, unless an admin has set some."""
    if session.scalar(sa.select(sa.exists().select_from(WorkPeriod))):
        return 0
    session.add_all(
        WorkPeriod(starts_on=_PERIODS_FROM, start_minutes=start, end_minutes=end)
        for start, end in DEFAULT_PERIODS
    )
    return len(DEFAULT_PERIODS)


def _add_years(session: Session, this_year: int) -> int:
    """Add the years that the installed `chinesecalendar` knows and the database lacks."""
    last = holidays.last_library_year()
    existing = set(session.scalars(sa.select(CalendarYear.year)))
    missing = [y for y in range(this_year - CALENDAR_YEARS_BACK, last + 1) if y not in existing]
    for year in missing:
        session.add(CalendarYear(year=year, source=holidays.library_name()))
        days = map(asdict, holidays.library_days(year))
        _add(session, CalendarDay.day, days, Collection.CALENDAR)
    return len(missing)


def _categories() -> Iterator[dict[str, Any]]:
    """Read the categories 问题类别 in the order of the file, with the words for finding them:
    87, and 待归类 of each campaign."""
    words = {row["code"]: row for row in _rows("category_words.csv")}
    for position, row in enumerate(_rows("categories.csv"), start=1):
        yield {
            "code": row["code"],
            "campaign": Campaign(row["campaign"]),
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "initials": words[row["code"]]["initials"],
            "synonyms": words[row["code"]]["synonyms"],
            "gb_reference": row["gb_reference"],
            "severity": int(row["severity"]),
            "limit_value": Decimal(row["limit_value"]),
            "limit_unit": LimitUnit(row["limit_unit"]),
            "make_safe_hours": int(row["make_safe_hours"]) if row["make_safe_hours"] else None,
            "record_as": RecordAs(row["record_as"]),
            "evidence_open": row["evidence_open"],
            "evidence_close": row["evidence_close"],
            "limit_note": row["limit_note"],
            "unsorted": row["unsorted"] is not None,
            "position": position,
        }


def _districts() -> Iterator[dict[str, Any]]:
    """Read the four scoring districts 城区 with their outlines."""
    collection = json.loads((STARTER / "districts.geojson").read_text(encoding="utf-8"))
    for feature in collection["features"]:
        properties = feature["properties"]
        yield {
            "code": properties["code"],
            "name": properties["name"],
            "approximate": properties["approximate"],
            "position": properties["position"],
            "outline": feature["geometry"],
        }


def _streets() -> Iterator[dict[str, Any]]:
    """Read the streets 街道; 白浪街道 belongs to 经开区."""
    for row in _rows("streets.csv"):
        yield {
            "code": row["code"],
            "name": row["name"],
            "kind": row["kind"],
            "district_code": row["district"],
        }


def _units() -> Iterator[dict[str, Any]]:
    """Read the responsible and pairing units 责任单位、包联单位, all 演示."""
    for row in _rows("units.csv"):
        yield {
            "id": starter_id("unit", row["code"]),
            "code": row["code"],
            "name": row["name"],
            "kind": row["kind"],
            "district_code": row["district"],
            "demo": True,
        }


def _points() -> Iterator[dict[str, Any]]:
    """Read the points 点位, all 演示."""
    for row in _rows("points.csv"):
        yield {
            "id": starter_id("point", row["code"]),
            "code": row["code"],
            "name": row["name"],
            "type": row["type"],
            "district_code": row["district"],
            "street_code": row["street"],
            "community_code": row["community"],
            "lon": float(row["lon"]),
            "lat": float(row["lat"]),
            "address": row["address"],
            "demo": True,
        }


def _shops() -> Iterator[dict[str, Any]]:
    """Read the shops with their duty plates 门前三包责任牌, all 演示."""
    for row in _rows("shops.csv"):
        yield {
            "id": starter_id("shop", row["plate_code"]),
            "plate_code": row["plate_code"],
            "name": row["name"],
            "point_id": _id_of("point", row["point"]),
            "unit_id": _id_of("unit", row["unit"]),
            "lon": float(row["lon"]),
            "lat": float(row["lat"]),
            "address": row["address"],
            "duties": row["duties"].split("、"),
            "demo": True,
        }


def _pairings() -> Iterator[dict[str, Any]]:
    """Read the pairings 包联: which unit supports which place, from when until when."""
    for row in _rows("pairings.csv"):
        place = row["point"] or row["community"] or row["street"]
        yield {
            "id": starter_id("pairing", f"{row['unit']}:{place}:{row['starts_on']}"),
            "unit_id": _id_of("unit", row["unit"]),
            "point_id": _id_of("point", row["point"]),
            "community_code": row["community"],
            "street_code": row["street"],
            "starts_on": date.fromisoformat(row["starts_on"]),
            "ends_on": date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
        }


def _routing_rules() -> Iterator[dict[str, Any]]:
    """Read the routing rules 派遣规则; cases without a rule are in the list 待指派."""
    for row in _rows("routing.csv"):
        yield {
            "id": starter_id("routing", row["code"]),
            "category_prefix": row["category_prefix"] or "",
            "district_code": row["district"],
            "street_code": row["street"],
            "community_code": row["community"],
            "point_type": row["point_type"],
            "point_id": _id_of("point", row["point"]),
            "unit_id": _id_of("unit", row["unit"]),
            "pairing_unit_id": _id_of("unit", row["pairing_unit"]),
            "starts_on": date.fromisoformat(row["starts_on"]),
            "ends_on": date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
            "note": row["note"],
        }


def _id_of(kind: str, code: str | None) -> UUID | None:
    """Return the id of the row that a cell names; None for an empty cell."""
    return starter_id(kind, code) if code else None


def _rows(name: str) -> Iterator[dict[str, Any]]:
    """Read the lines of a starter file; an empty cell is None."""
    with (STARTER / name).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield {column: cell or None for column, cell in row.items()}
