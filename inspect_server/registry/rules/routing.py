"""Who answers for a finding 责任单位, and who is paired 包联单位; pure, loads nothing.

Routing is a table of dated rules. For one situation every rule that fits is a candidate and
the most specific wins; what "more specific" means is `_rank`, in this order:

1. the very point 点位 (a railway station has its own administration),
2. the longer category (GG0101 before GG01 before GG): the competent department before the area,
3. the shop's own unit 门店所属单位 before a unit by area,
4. the smaller area: community 社区, street 街道, scoring district 城区, whole city,
5. a point type before any place,
6. the rule that came into force last, then the smallest id, so that the same rules give the
   same answer whatever order they were loaded in.

No candidate means nobody: the task waits in the 待指派 list for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """One line of the routing table 派遣规则; an empty prefix or None means "any".

    `category_prefix` is an exact code or the beginning of one. `unit_id` None hands the finding
    to the unit of the shop it was made at, and so fits only findings at a shop with a unit.
    `pairing_unit_id` names a pairing unit for this kind of finding, before any pairing by area.
    """

    id: UUID
    unit_id: UUID | None
    category_prefix: str = ""
    district_code: str | None = None
    street_code: str | None = None
    community_code: str | None = None
    point_id: UUID | None = None
    point_type: str | None = None
    pairing_unit_id: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Pairing:
    """One dated pairing 包联: a unit beside a point, a community or a street."""

    id: UUID
    unit_id: UUID
    street_code: str | None = None
    community_code: str | None = None
    point_id: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a finding tells about its kind, place and Shanghai day."""

    category_code: str
    on: date
    district_code: str | None = None
    street_code: str | None = None
    community_code: str | None = None
    point_id: UUID | None = None
    point_type: str | None = None
    shop_unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """The answer: which unit, beside which pairing unit, by which rule, and why in words."""

    unit_id: UUID
    pairing_unit_id: UUID | None
    rule_id: UUID
    reason_zh: str


class Routing:
    """The whole routing table, sorted once so that a finding meets only rules of its kind."""

    def __init__(self, rules: Iterable[RoutingRule], pairings: Iterable[Pairing] = ()) -> None:
        """Sort the rules by rank and file them under their category."""
        self._rules = tuple(rules)
        self._by_category: dict[str, list[RoutingRule]] = {}
        for rule in self._rules:
            self._by_category.setdefault(rule.category_prefix, []).append(rule)
        for filed in self._by_category.values():
            filed.sort(key=_rank, reverse=True)
        self._pairings = sorted(pairings, key=_pairing_rank, reverse=True)

    def changed(
        self, added: Iterable[RoutingRule] = (), last_days: Mapping[UUID, date] | None = None
    ) -> Routing:
        """The table as it would be with some rules more and some ended on a day."""
        ends = last_days or {}
        rules = (replace(r, ends_on=ends[r.id]) if r.id in ends else r for r in self._rules)
        return Routing([*rules, *added], self._pairings)

    def assign(self, situation: Situation) -> Assignment | None:
        """The unit that answers for this finding, or None for the 待指派 list."""
        candidates = [
            rule
            for length in range(len(situation.category_code) + 1)
            if (rule := self._best_of(situation.category_code[:length], situation))
        ]
        if not candidates:
            return None
        rule = max(candidates, key=_rank)
        unit_id = rule.unit_id or situation.shop_unit_id
        assert unit_id is not None, "_fits refuses a shop rule without a shop's unit"
        paired = rule.pairing_unit_id or self.paired_unit(situation)
        return Assignment(unit_id, paired, rule.id, _reason(rule))

    def paired_unit(self, situation: Situation) -> UUID | None:
        """The pairing unit 包联单位 in force there on that day, the smallest area first."""
        for pairing in self._pairings:
            if _is_in_force(pairing, situation.on) and _covers(pairing, situation):
                return pairing.unit_id
        return None

    def _best_of(self, category: str, situation: Situation) -> RoutingRule | None:
        """The most specific fitting rule filed under exactly this category or beginning."""
        for rule in self._by_category.get(category, ()):
            if _fits(rule, situation):
                return rule
        return None


def _fits(rule: RoutingRule, situation: Situation) -> bool:
    """Whether a rule of the right category holds on that day at that place."""
    if rule.unit_id is None and situation.shop_unit_id is None:
        return False
    if rule.point_type is not None and rule.point_type != situation.point_type:
        return False
    if rule.district_code not in (None, situation.district_code):
        return False
    return _is_in_force(rule, situation.on) and _covers(rule, situation)


def _is_in_force(entry: RoutingRule | Pairing, day: date) -> bool:
    """Both days of validity are included."""
    return (entry.starts_on or date.min) <= day <= (entry.ends_on or date.max)


def _covers(entry: RoutingRule | Pairing, situation: Situation) -> bool:
    """Whether every part of the place that the entry names is the finding's."""
    return (
        entry.street_code in (None, situation.street_code)
        and entry.community_code in (None, situation.community_code)
        and entry.point_id in (None, situation.point_id)
    )


def _area_depth(entry: RoutingRule | Pairing) -> int:
    """3 community, 2 street, 1 district, 0 the whole city."""
    if entry.community_code is not None:
        return 3
    if entry.street_code is not None:
        return 2
    return 1 if isinstance(entry, RoutingRule) and entry.district_code is not None else 0


def _rank(rule: RoutingRule) -> tuple[bool, int, bool, int, bool, date, int]:
    """The order of specificity as the module's first lines tell it; higher wins."""
    return (
        rule.point_id is not None,
        len(rule.category_prefix),
        rule.unit_id is None,
        _area_depth(rule),
        rule.point_type is not None,
        rule.starts_on or date.min,
        -rule.id.int,
    )


def _pairing_rank(pairing: Pairing) -> tuple[bool, int, date, int]:
    """Point before community before street before district; then the latest, then the id."""
    return (
        pairing.point_id is not None,
        _area_depth(pairing),
        pairing.starts_on or date.min,
        -pairing.id.int,
    )


# The grounds of a rule, the most telling first, and the same in English.
_POINT, _SHOP_UNIT, _COMMUNITY = "所在点位", "门店所属单位", "所在社区"
_STREET, _DISTRICT, _POINT_TYPE = "所在街道", "所在城区", "点位类型"
_WHOLE_CITY, CATEGORY = "全市兜底", "类别 "
GROUNDS_IN_ENGLISH = {
    _POINT: "its point",
    _SHOP_UNIT: "the unit of the shop",
    _COMMUNITY: "its community",
    _STREET: "its street",
    _DISTRICT: "its district",
    _POINT_TYPE: "the type of point",
    _WHOLE_CITY: "the rule for the whole city",
}
# As it is stored with cases, in the punctuation of any year.
STORED_REASON = re.compile(
    r"按派遣规则(?P<title>「.*」)?[(（]依据[:：](?P<grounds>.*)[)）]", re.DOTALL
)


def _reason(rule: RoutingRule) -> str:
    """Why this unit, in words an office worker can check against the table."""
    grounds = [
        ground
        for holds, ground in (
            (rule.point_id is not None, _POINT),
            (rule.category_prefix != "", f"{CATEGORY}{rule.category_prefix}"),
            (rule.unit_id is None, _SHOP_UNIT),
            (rule.community_code is not None, _COMMUNITY),
            (rule.street_code is not None, _STREET),
            (rule.district_code is not None, _DISTRICT),
            (rule.point_type is not None, _POINT_TYPE),
        )
        if holds
    ]
    title = f"「{rule.note}」" if rule.note else ""
    return f"按派遣规则{title}（依据：{'、'.join(grounds) or _WHOLE_CITY}）"
