"""Names in a file of outlines 界线: which entry of the registers each polygon encloses.

A name is found however its end is written (朝阳路社区, 朝阳路社区居委会), a code as it is. Where
the import says so, streets and communities that the registers lack are made.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar

from inspect_server.core.sentences import sentence
from inspect_server.models import Community, District, Street
from inspect_server.registry.formats.outlines import Drawn, FeatureWrong
from inspect_server.registry.reference import Reference
from schemas.texts import fold
from schemas.vocabulary import LocalityLevel

Entry = TypeVar("Entry", District, Street, Community)

_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,16}")
_SUFFIXES: Final = (
    "居民委员会",
    "居委会",
    "村民委员会",
    "村委会",
    "街道办事处",
    "街道办",
    "办事处",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a polygon encloses: an entry of the registers, or one to be added to them."""

    level: LocalityLevel
    code: str
    name: str


class Names:
    """The names of the registers, and those that an import adds to them."""

    def __init__(self, reference: Reference, *, add: bool) -> None:
        """`add` makes what is missing instead of refusing it."""
        self._reference = reference
        self._add = add
        self._streets: dict[str, Street] = dict(reference.streets)
        self._communities: dict[str, Community] = dict(reference.communities)
        self.added_streets: list[Street] = []
        self.added_communities: list[Community] = []

    def target(self, one: Drawn) -> Target:
        """Return what a polygon encloses. Raises `FeatureWrong`."""
        if not (one.district or one.street or one.community):
            return self._by_name_alone(one)
        district = self._district(one.district) if one.district else None
        if one.street is None and one.community is None:
            assert district is not None
            return Target(LocalityLevel.DISTRICT, district.code, district.name)
        street = self._street(one, district) if one.street else None
        if one.community is None:
            assert street is not None
            return Target(LocalityLevel.STREET, street.code, street.name)
        community = self._community(one, street, district)
        return Target(LocalityLevel.COMMUNITY, community.code, community.name)

    def _by_name_alone(self, one: Drawn) -> Target:
        """Find the one entry of all registers that has this name or code."""
        wanted = one.name or one.code or ""
        districts = self._reference.districts.values()
        found = [
            *_targets(LocalityLevel.DISTRICT, _matches(districts, wanted)),
            *_targets(LocalityLevel.STREET, _matches(self._streets.values(), wanted)),
            *_targets(LocalityLevel.COMMUNITY, _matches(self._communities.values(), wanted)),
        ]
        if len(found) != 1:
            raise FeatureWrong(
                sentence("名册里有 {many} 个同名的，请写明城区、街道。", many=len(found))
                if found
                else sentence("城区、街道、社区名册里都没有，请写明 district、street、community。")
            )
        return found[0]

    def _district(self, wanted: str) -> District:
        found = _matches(self._reference.districts.values(), wanted)
        if len(found) != 1:
            raise FeatureWrong(
                _missing(wanted, sentence("城区"), self._reference.districts.values())
            )
        return found[0]

    def _street(self, one: Drawn, district: District | None) -> Street:
        assert one.street is not None
        candidates = [
            street
            for street in self._streets.values()
            if district is None or street.district_code == district.code
        ]
        found = _matches(candidates, one.street)
        if len(found) == 1:
            return found[0]
        if found:
            raise FeatureWrong(sentence("有几个叫“{name}”的街道，请写明城区。", name=one.street))
        if not self._add:
            raise FeatureWrong(_missing(one.street, sentence("街道"), candidates))
        counted_for = district.code if district else self._district_under(one)
        code = None if one.community else one.code
        street = Street(
            code=self._free_code(code, "st", f"{counted_for}/{one.street}"),
            name=one.street,
            kind=_kind_of_street(one.street),
            district_code=counted_for,
        )
        self._streets[street.code] = street
        self.added_streets.append(street)
        return street

    def _community(self, one: Drawn, street: Street | None, district: District | None) -> Community:
        assert one.community is not None
        candidates = [
            community
            for community in self._communities.values()
            if (street is None or community.street_code == street.code)
            and (
                district is None
                or self._streets[community.street_code].district_code == district.code
            )
        ]
        found = _matches(candidates, one.community)
        if len(found) == 1:
            return found[0]
        if found:
            raise FeatureWrong(sentence("有几个叫“{name}”的社区，请写明街道。", name=one.community))
        if not self._add:
            raise FeatureWrong(_missing(one.community, sentence("社区"), candidates))
        if street is None:
            raise FeatureWrong(sentence("新增社区要写明街道。"))
        community = Community(
            code=self._free_code(one.code, "co", f"{street.code}/{one.community}"),
            name=one.community,
            street_code=street.code,
        )
        self._communities[community.code] = community
        self.added_communities.append(community)
        return community

    def _district_under(self, one: Drawn) -> str:
        """Return the district in whose outline the middle of a polygon lies."""
        middle = one.geometry.representative_point()
        code = self._reference.atlas.district_at(middle.x, middle.y)
        if code is None:
            raise FeatureWrong(sentence("新增街道要写明城区。"))
        return code

    def _free_code(self, given: str | None, prefix: str, name: str) -> str:
        """Return the code that the file brings, or one made of the name, the same every time."""
        taken = {*self._streets, *self._communities}
        if given is not None:
            if not _CODE.fullmatch(given) or given in taken:
                raise FeatureWrong(
                    sentence("编码“{code}”应为不重复的 1 至 16 个字母或数字。", code=given)
                )
            return given
        return prefix + sha256(name.encode()).hexdigest()[:12]


def _targets(level: LocalityLevel, rows: Iterable[District | Street | Community]) -> list[Target]:
    return [Target(level, row.code, row.name) for row in rows]


def _matches(register: Iterable[Entry], wanted: str) -> list[Entry]:
    """Return the entries with this code, else those with this name, however the end is written."""
    rows = list(register)
    by_code = [row for row in rows if row.code == wanted]
    return by_code or [row for row in rows if _stem(row.name) == _stem(wanted)]


def _stem(name: str) -> str:
    """Return a name without what some write and others do not: 朝阳路社区居委会, 朝阳路社区."""
    folded = "".join(fold(name).split())
    for suffix in _SUFFIXES:
        if folded.endswith(suffix):
            stem = folded.removesuffix(suffix)
            return f"{stem}街道" if suffix.startswith("街道") else stem
    return folded


def _missing(wanted: str, kind: str, register: Iterable[Any]) -> str:
    near = difflib.get_close_matches(wanted, [row.name for row in register], n=3, cutoff=0.5)
    if near:
        return sentence(
            "名册里没有叫“{name}”的{kind}；相近的有：{near}。",
            name=wanted,
            kind=kind,
            near="、".join(near),
        )
    return sentence("名册里没有叫“{name}”的{kind}。", name=wanted, kind=kind)


def _kind_of_street(name: str) -> str:
    return "town" if name.endswith("镇") else "township" if name.endswith("乡") else "street"
