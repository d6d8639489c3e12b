"""Loading the starter data: complete, once, and without undoing edits of an admin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.identity.passwords import HASHER
from inspect_server.models import (
    Base,
    CalendarDay,
    CalendarYear,
    Category,
    Pairing,
    Person,
    Point,
    Shop,
    Unit,
)
from inspect_server.models import RoutingRule as RoutingRow
from inspect_server.operations import starter
from inspect_server.registry.rules.routing import Routing, RoutingRule, Situation

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)


@pytest.fixture
def empty() -> Iterator[Session]:
    """A database with tables and nothing in them."""
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def loaded(empty: Session) -> Session:
    """A database right after its first load."""
    starter.load(empty, NOW)
    return empty


def count(session: Session, model: type[Base]) -> int:
    """How many rows a table has."""
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_first_load_brings_everything(empty):
    report = starter.load(empty, NOW)
    # The words come with their categories; only those of an earlier release are given some.
    assert {name for name, added in report.added.items() if not added} == {"category_words"}
    assert report.added["categories"] == count(empty, Category) == 92
    assert report.added["points"] == count(empty, Point) >= 30
    assert report.added["shops"] == count(empty, Shop) >= 15


def test_the_second_load_changes_nothing(loaded):
    assert starter.load(loaded, NOW).changed_nothing


def test_an_edit_by_an_admin_survives_the_next_load(loaded):
    loaded.get_one(Category, "GG0402").limit_value = 6
    loaded.flush()
    starter.load(loaded, NOW)
    assert loaded.get_one(Category, "GG0402").limit_value == 6


def test_a_day_changed_by_an_admin_survives_the_next_load(loaded):
    loaded.delete(loaded.get_one(CalendarDay, date(2026, 2, 14)))
    loaded.flush()
    starter.load(loaded, NOW)
    assert loaded.get(CalendarDay, date(2026, 2, 14)) is None


def test_the_calendar_knows_the_make_up_saturday_and_spring_festival(loaded):
    assert loaded.get_one(CalendarDay, date(2026, 2, 14)).working
    assert not loaded.get_one(CalendarDay, date(2026, 2, 23)).working


def test_a_year_the_library_does_not_know_stays_unpublished(loaded):
    assert loaded.get(CalendarYear, 2026) is not None
    assert loaded.get(CalendarYear, 2027) is None


def test_the_first_load_publishes_changes_to_phones(loaded):
    collections = {note.collection.value for _made_in, note in loaded.info["changes"]}
    assert collections == {"categories", "points", "shops", "units", "calendar"}


def test_the_demo_cast_is_created_once(loaded):
    assert len(starter.load_demo_people(loaded, NOW)) == count(loaded, Person)
    assert starter.load_demo_people(loaded, NOW) == []


def test_a_demo_password_opens_the_account_and_is_not_stored(loaded):
    chen = next(each for each in starter.load_demo_people(loaded, NOW) if each.login == "chen")
    person = loaded.scalars(sa.select(Person).filter_by(login="chen")).one()
    assert HASHER.verify(person.password_hash, chen.password)
    assert chen.password not in person.password_hash


def test_two_installations_have_different_passwords(loaded):
    first = {each.password for each in starter.load_demo_people(loaded, NOW)}
    loaded.execute(sa.delete(Person))
    second = {each.password for each in starter.load_demo_people(loaded, NOW)}
    assert first.isdisjoint(second)


def test_somebody_who_took_a_demo_login_is_left_alone(loaded):
    own_account = Person(id=uuid4(), login="chen", name="陈工", role="admin", created_at=NOW)
    loaded.add(own_account)
    loaded.flush()
    assert "chen" not in {each.login for each in starter.load_demo_people(loaded, NOW)}


def routing(session: Session) -> Routing:
    """The starter's routing table in the form of the rule module."""
    return Routing(
        RoutingRule(
            id=row.id,
            unit_id=row.unit_id,
            category_prefix=row.category_prefix,
            district_code=row.district_code,
            street_code=row.street_code,
            community_code=row.community_code,
            point_id=row.point_id,
            point_type=row.point_type,
            pairing_unit_id=row.pairing_unit_id,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            note=row.note,
        )
        for row in session.scalars(sa.select(RoutingRow))
    )


@pytest.mark.parametrize(
    ("category", "unit"),
    [("GG0402", "mj-cgj"), ("GG0102", "zjj"), ("MQ0201", "mj-cgj"), ("BW0401", "mj-cgj")],
)
def test_the_cast_gets_the_common_findings_of_maojian(loaded, category, unit):
    starter.load_demo_people(loaded, NOW)
    assignment = routing(loaded).assign(
        Situation(category, date(2026, 6, 1), "maojian", "420302003", "420302003008")
    )
    assert loaded.get_one(Unit, assignment.unit_id).code == unit
    handlers = sa.select(Person).filter_by(unit_id=assignment.unit_id, role="handler")
    assert loaded.scalars(handlers).first() is not None


def test_every_campaign_is_routed_somewhere_in_maojian(loaded):
    table = routing(loaded)
    for category in ("GG0101", "BW0101", "MQ0101", "ZY0101", "WS0101"):
        assert table.assign(Situation(category, date(2026, 6, 1), "maojian", "420302003"))


def test_some_findings_have_nobody_on_purpose(loaded):
    table = routing(loaded)
    assert table.assign(Situation("WS0301", date(2026, 6, 1), "maojian", "420302003")) is None
    assert table.assign(Situation("MQ0101", date(2026, 6, 1), "yunyang", "420304111")) is None


def test_a_finding_at_a_shop_goes_to_the_unit_of_the_shop(loaded):
    shop = loaded.scalars(sa.select(Shop).filter_by(plate_code="MQ-MJ-0001")).one()
    at_the_shop = Situation(
        "MQ0101", date(2026, 6, 1), "maojian", "420302003", shop_unit_id=shop.unit_id
    )
    # The district's rule is as long; the shop's own unit comes before an area.
    assert routing(loaded).assign(at_the_shop).unit_id == shop.unit_id


def test_an_ended_pairing_and_its_successor_are_both_kept(loaded):
    ended = sa.select(Pairing).where(Pairing.ends_on.is_not(None))
    assert loaded.scalars(ended).first() is not None
