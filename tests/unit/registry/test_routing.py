"""Routing 派遣规则: the most specific rule wins, and the day decides."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_server.registry.rules.routing import (
    Assignment,
    Pairing,
    Routing,
    RoutingRule,
    Situation,
)
from inspect_server.tasks.queries.details import reason_in_english


def unit(number: int) -> UUID:
    """A unit known by its number."""
    return UUID(int=1000 + number)


def rule(number: int, **fits: object) -> RoutingRule:
    """Rule N, which routes to unit N unless `more` says otherwise."""
    return RoutingRule(**{"id": UUID(int=number), "unit_id": unit(number)} | fits)


STATION = UUID(int=7)
MANHOLE = Situation(
    category_code="GG0101",
    on=date(2026, 6, 1),
    district_code="maojian",
    street_code="420302003",
    community_code="420302003001",
    point_id=STATION,
    point_type="火车站",
    shop_unit_id=unit(99),
)


def assigned(*rules: RoutingRule, situation: Situation = MANHOLE) -> int | None:
    """The number of the unit that gets the finding."""
    assignment = Routing(rules).assign(situation)
    return assignment.unit_id.int - 1000 if assignment else None


def test_without_a_rule_nobody_is_assigned():
    assert assigned() is None


def test_a_rule_without_conditions_takes_everything():
    assert assigned(rule(1)) == 1


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        pytest.param(
            {"category_prefix": "GG0101"}, {"point_id": STATION}, id="point over category"
        ),
        pytest.param(
            {"category_prefix": "GG01"}, {"category_prefix": "GG0101"}, id="exact over beginning"
        ),
        pytest.param(
            {"category_prefix": "GG"}, {"category_prefix": "GG01"}, id="major over campaign"
        ),
        pytest.param(
            {"community_code": "420302003001"}, {"category_prefix": "GG"}, id="kind over area"
        ),
        pytest.param({"community_code": "420302003001"}, {"unit_id": None}, id="shop over area"),
        pytest.param(
            {"street_code": "420302003"}, {"community_code": "420302003001"}, id="community"
        ),
        pytest.param({"district_code": "maojian"}, {"street_code": "420302003"}, id="street"),
        pytest.param({}, {"district_code": "maojian"}, id="district over city"),
        pytest.param({"point_type": "火车站"}, {"district_code": "maojian"}, id="area over type"),
        pytest.param({}, {"point_type": "火车站"}, id="type over anything"),
        pytest.param({}, {"starts_on": date(2026, 1, 1)}, id="newer over older"),
    ],
)
def test_the_more_specific_rule_wins(weaker, stronger):
    winner = rule(2, **stronger)
    assert Routing([rule(1, **weaker), winner]).assign(MANHOLE).rule_id == winner.id


def test_equal_rules_are_settled_by_the_smaller_id():
    assert assigned(rule(2), rule(1)) == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"category_prefix": "MQ"},
        {"category_prefix": "GG0102"},
        {"district_code": "zhangwan"},
        {"street_code": "420302001"},
        {"community_code": "420302003002"},
        {"point_id": UUID(int=8)},
        {"point_type": "医院"},
        {"starts_on": date(2026, 6, 2)},
        {"ends_on": date(2026, 5, 31)},
    ],
)
def test_a_rule_for_something_else_does_not_fit(elsewhere):
    assert assigned(rule(1, **elsewhere)) is None


def test_both_days_of_a_rule_are_included():
    only_that_day = rule(1, starts_on=date(2026, 6, 1), ends_on=date(2026, 6, 1))
    assert assigned(only_that_day) == 1


def test_a_shop_rule_hands_to_the_unit_of_the_shop():
    assert assigned(rule(1, unit_id=None)) == 99


def test_a_shop_rule_does_not_fit_where_no_shop_is():
    on_the_street = replace(MANHOLE, shop_unit_id=None)
    assert assigned(rule(1, unit_id=None), rule(2), situation=on_the_street) == 2


def test_a_finding_without_a_place_meets_only_rules_without_a_place():
    without_place = Situation("GG0101", date(2026, 6, 1))
    assert (
        assigned(
            rule(1, district_code="maojian"), rule(2, category_prefix="GG"), situation=without_place
        )
        == 2
    )


def test_the_nearest_pairing_in_force_is_named():
    pairings = [
        Pairing(UUID(int=1), unit(11), street_code="420302003"),
        Pairing(UUID(int=2), unit(12), community_code="420302003001"),
        Pairing(UUID(int=3), unit(13), point_id=STATION, ends_on=date(2026, 5, 31)),
    ]
    assert Routing([rule(1)], pairings).assign(MANHOLE).pairing_unit_id == unit(12)


def test_a_rule_may_name_the_pairing_unit_itself():
    by_area = Pairing(UUID(int=1), unit(11), street_code="420302003")
    routing = Routing([rule(1, pairing_unit_id=unit(21))], [by_area])
    assert routing.assign(MANHOLE).pairing_unit_id == unit(21)


def test_no_pairing_leaves_the_unit_alone():
    elsewhere = [Pairing(UUID(int=1), unit(11), street_code="420302001")]
    assert Routing([rule(1)], elsewhere).assign(MANHOLE).pairing_unit_id is None


def test_the_pairing_is_known_even_when_no_unit_is():
    routing = Routing([], [Pairing(UUID(int=1), unit(11))])
    assert routing.paired_unit(MANHOLE) == unit(11)


def test_an_assignment_says_why():
    table = Routing(
        [rule(1, category_prefix="GG01", district_code="maojian", note="井盖道路归住建")]
    )
    assert table.assign(MANHOLE) == Assignment(
        unit(1), None, UUID(int=1), "按派遣规则「井盖道路归住建」（依据：类别 GG01、所在城区）"
    )


rules = st.builds(
    rule,
    number=st.integers(min_value=1, max_value=9999),
    category_prefix=st.sampled_from(["", "GG", "GG01", "GG0101", "MQ"]),
    district_code=st.sampled_from([None, "maojian", "zhangwan"]),
    street_code=st.sampled_from([None, "420302003", "420302001"]),
    point_type=st.sampled_from([None, "火车站", "医院"]),
)


@given(table=st.lists(rules, unique_by=lambda each: each.id), seed=st.randoms())
def test_the_order_of_loading_never_changes_the_answer(table, seed: random.Random):
    shuffled = table.copy()
    seed.shuffle(shuffled)
    assert Routing(shuffled).assign(MANHOLE) == Routing(table).assign(MANHOLE)


@given(table=st.lists(rules, unique_by=lambda each: each.id))
def test_somebody_is_assigned_exactly_when_a_rule_fits(table):
    alone = [each for each in table if Routing([each]).assign(MANHOLE)]
    winner = Routing(table).assign(MANHOLE)
    assert (winner.rule_id in {each.id for each in alone}) if winner else not alone


@pytest.mark.parametrize(
    ("fits", "english"),
    [
        ({}, "By routing rule, because of the rule for the whole city"),
        ({"category_prefix": "GG01"}, "By routing rule, because of category GG01"),
        (
            {"category_prefix": "GG", "district_code": "maojian", "note": "井盖归住建"},
            "By routing rule「井盖归住建」, because of category GG, its district",
        ),
        ({"point_id": STATION, "unit_id": None}, "By routing rule, because of its point, the unit"),
        ({"street_code": "420302003", "point_type": "火车站"}, "its street, the type of point"),
    ],
)
def test_every_reason_has_its_english(fits: dict[str, object], english: str):
    assignment = Routing([rule(1, **fits)]).assign(MANHOLE)
    assert assignment is not None
    translated = reason_in_english(assignment.reason_zh)
    assert english in str(translated)
    in_full_width = assignment.reason_zh.translate(str.maketrans("():", "（）："))
    assert reason_in_english(in_full_width) == translated


@pytest.mark.parametrize("reason", [None, "", "由督查员指定", "按派遣规则"])
def test_another_reason_stays_as_it_is(reason: str | None):
    assert reason_in_english(reason) == reason
