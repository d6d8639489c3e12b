"""Registers 名册: what an admin may write into each, who else uses an entry, and who changed what.

Every register is one `Kind`: its table, what tells its entries apart, and the checks a new entry
has to pass. One entry at a time is put here, whole tables in `imports`; both by the same checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.core import access, change_log
from inspect_server.core.access import Actor
from inspect_server.core.clock import SHANGHAI
from inspect_server.core.problems import Invalid, NotFound, StaleVersion, StillUsed
from inspect_server.identity.passwords import HASHER, make_password
from inspect_server.models import (
    Category,
    Pairing,
    Person,
    Point,
    RegisterChange,
    RoutingRule,
    Shop,
    Task,
    Unit,
)
from inspect_server.models import Session as DeviceSession
from inspect_server.registry import reference
from inspect_server.registry.reference import Reference
from schemas.registers import (
    CategoryEntry,
    PairingEntry,
    PersonEntry,
    PointEntry,
    ShopEntry,
    UnitEntry,
)
from schemas.vocabulary import OPEN_STATES, Campaign, Collection, Register, RegisterDeed, Role

# An entry by its wire names, and what is wrong with it: (field, what to do 中文).
Values = dict[str, Any]
Refusal = tuple[str, str]

CAMPAIGN_CODES = {
    "GG": Campaign.PUBLIC_FACILITIES,
    "BW": Campaign.UNCIVIL_BEHAVIOUR,
    "MQ": Campaign.FRONTAGE_DUTY,
    "ZY": Campaign.VOLUNTEER_GRID,
    "WS": Campaign.APPLICATION_FILES,
}
_CATEGORY_CODE = re.compile(r"\A[A-Z]{2}[0-9]{4}\Z")
_COLUMNS = {"district": "district_code", "street": "street_code", "community": "community_code"}


@dataclass(frozen=True, slots=True)
class Known:
    """What an entry is checked against."""

    reference: Reference
    today: date


@dataclass(frozen=True, slots=True)
class Kind:
    """One register: its table and the rules of its entries."""

    register: Register
    model: Any
    # Wire names of what may be written, the first one names the entry to a person.
    fields: tuple[str, ...]
    values: Callable[[Known, Any], tuple[Values, list[Refusal]]]
    key: str = "id"
    # What no two entries may share, and what tells them apart where all of that is empty.
    unique: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    # What phones pull, if they do.
    collection: Collection | None = None
    # A phone is told that an entry switched off is gone; categories say so themselves.
    gone_when_off: bool = False


def known(session: Session, now: datetime) -> Known:
    """Read what entries are checked against.

    Before any row is loaded: reading an edition detaches what the session holds.
    """
    return Known(reference.latest(session), now.astimezone(SHANGHAI).date())


def put(
    session: Session, actor: Actor, kind: Kind, entry_id: Any, entry: Any, now: datetime
) -> tuple[Any, bool]:
    """Write one entry: a new one without a version, a change with the version that was seen.

    Writing what stands there already changes nothing. Returns the row and whether it is new.
    Raises `NotFound`, `Invalid`, `StaleVersion`, `StillUsed`.
    """
    asked = known(session, now)
    if kind.register is Register.CATEGORIES:
        _refuse(_category_code(entry_id, entry.campaign))
    row = session.get(kind.model, entry_id, with_for_update=True, populate_existing=True)
    if row is None and entry.version is not None:
        raise NotFound()
    values, refusals = kind.values(asked, entry)
    if row is not None and values == read(kind, row):
        return row, False
    before = read(kind, row) if row is not None else None
    refusals += _clashes(session, kind, entry_id, values)
    refusals += forbidden(kind, actor, asked, entry_id, before, values)
    _refuse(refusals)
    if row is None:
        row = kind.model(**{kind.key: entry_id}, **stored(kind, values, None, now), version=1)
        if kind.register is Register.CATEGORIES:
            row.position = 1 + (session.scalar(sa.select(sa.func.max(Category.position))) or 0)
        session.add(row)
        difference = {name: [None, value] for name, value in values.items() if value is not None}
        deed = RegisterDeed.CREATED
    else:
        if entry.version != row.version:
            raise StaleVersion("这一条刚被别人改过;请重新打开后再改。")
        if before and before.get("active") and not values["active"]:
            _refuse_while_used(session, kind, entry_id, asked.today)
        difference = differing(before or {}, values)
        for name, value in stored(kind, values, row, now).items():
            setattr(row, name, value)
        row.version += 1
        deed = RegisterDeed.CHANGED
    session.flush()
    session.add(change(kind, entry_id, deed, difference, actor, now))
    tell(session, kind, [(entry_id, row.version, bool(values.get("active", True)))])
    return row, deed is RegisterDeed.CREATED


def _refuse(refusals: list[Refusal]) -> None:
    if refusals:
        raise Invalid(
            errors=[{"pointer": f"/{field}", "detail": detail} for field, detail in refusals]
        )


def read(kind: Kind, row: Any) -> Values:
    """Return what stands in a row, by wire names."""
    return {name: _read_one(row, name) for name in kind.fields}


def _read_one(row: Any, name: str) -> Any:
    if name == "active" and isinstance(row, Person):
        return row.disabled_at is None
    value = getattr(row, _COLUMNS.get(name, name))
    return list(value) if isinstance(value, list | tuple) else value


def stored(kind: Kind, values: Mapping[str, Any], row: Any, now: datetime) -> Values:
    """Return the columns these values are kept in; `row` is the one to be changed."""
    columns = {_COLUMNS.get(name, name): value for name, value in values.items()}
    if kind.register is Register.PEOPLE:
        if row is None:
            columns["created_at"] = now
        if "active" in columns:
            since = row.disabled_at if row is not None else None
            columns["disabled_at"] = None if columns.pop("active") else since or now
    return columns


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what is another value now: by field, before and after."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if value != before.get(name)
    }


def change(
    kind: Kind,
    entry_id: Any,
    deed: RegisterDeed,
    difference: Mapping[str, list[Any]],
    actor: Actor,
    now: datetime,
) -> RegisterChange:
    """Return the line of the history that says who did this 变更记录."""
    return RegisterChange(**change_columns(kind, entry_id, deed, difference, actor, now))


def change_columns(
    kind: Kind,
    entry_id: Any,
    deed: RegisterDeed,
    difference: Mapping[str, list[Any]],
    actor: Actor,
    now: datetime,
    import_id: UUID | None = None,
) -> Values:
    """Return a line of the history as columns, for many at once."""
    return {
        "register": kind.register,
        "entry_id": str(entry_id),
        "deed": deed,
        "fields": {name: [_plain(v) for v in pair] for name, pair in difference.items()},
        "by_id": actor.id,
        "at": now,
        "import_id": import_id,
    }


def _plain(value: Any) -> Any:
    """What JSON can hold."""
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    return value


def tell(session: Session, kind: Kind, entries: Iterable[tuple[Any, int, bool]]) -> None:
    """Let every process read the register anew and the phones pull what changed.

    `entries` are (id, version, active).
    """
    if kind.register is Register.PEOPLE:
        for person_id, version, _ in entries:
            own = [access.person_audience(person_id)]
            change_log.note(session, Collection.PEOPLE, person_id, own, version=version)
        return
    reference.touch(session)
    if kind.collection is None:
        return
    for entry_id, version, active in entries:
        change_log.note(
            session,
            kind.collection,
            entry_id,
            [access.EVERYONE],
            version=version,
            deleted=kind.gone_when_off and not active,
        )


def forbidden(
    kind: Kind,
    actor: Actor,
    asked: Known,
    entry_id: Any,
    before: Values | None,
    values: Values,
) -> list[Refusal]:
    """Return what this change would do that nobody may: lock oneself out, rewrite the past."""
    if kind.register is Register.PEOPLE and entry_id == actor.id:
        refused = "不能改自己的角色,也不能停用自己;请另一位管理员来改"
        if values["role"] is not actor.role:
            return [("role", refused)]
        if not values["active"]:
            return [("active", refused)]
    if kind.register is Register.PAIRINGS and before is not None:
        return _past_of_a_pairing(asked.today, before, values)
    return _chosen_while_off(asked, before or {}, values)


def _chosen_while_off(asked: Known, before: Values, values: Values) -> list[Refusal]:
    """An entry keeps what it named before that was switched off; nobody chooses it anew."""
    registers: dict[str, Mapping[Any, Any]] = {
        "unit_id": asked.reference.units,
        "point_id": asked.reference.points,
    }
    return [
        (name, f"“{known_ones[values[name]].name}”已停用,请另选")
        for name, known_ones in registers.items()
        if values.get(name) in known_ones
        and values[name] != before.get(name)
        and not known_ones[values[name]].active
    ]


def _past_of_a_pairing(today: date, before: Values, values: Values) -> list[Refusal]:
    """A score follows the pairing that was in force on the day: what began only ends."""
    if before["starts_on"] > today:
        return []
    changed = [name for name in differing(before, values) if name != "ends_on"]
    if changed:
        return [(changed[0], "已生效的包联只能改止期;换单位或地点,请结束它再新增一条")]
    yesterday = today - timedelta(days=1)
    ended = before["ends_on"]
    if values["ends_on"] is not None and values["ends_on"] < min(ended or yesterday, yesterday):
        return [("ends_on", "止期不能早于昨天:过去的包联已计入考评")]
    if ended is not None and ended < yesterday and values["ends_on"] != ended:
        return [("ends_on", "这条包联已结束;请新增一条")]
    return []


def _clashes(session: Session, kind: Kind, entry_id: Any, values: Values) -> list[Refusal]:
    """What another entry has already; codes that differ in case only look the same on a plate."""
    refusals: list[Refusal] = []
    for name in kind.unique:
        if values[name] is None:
            continue
        column = getattr(kind.model, name)
        other = session.scalar(
            sa.select(kind.model)
            .where(sa.func.lower(column) == values[name].lower())
            .where(getattr(kind.model, kind.key) != entry_id)
            .limit(1)
        )
        if other is not None:
            refusals.append((name, f"“{values[name]}”已被“{other.name}”使用"))
    if kind.register is Register.PAIRINGS:
        refusals += _overlaps(session, entry_id, values)
    return refusals


def _overlaps(session: Session, entry_id: UUID, values: Values) -> list[Refusal]:
    """The same unit beside the same place twice on one day would count twice."""
    places = [Pairing.point_id, Pairing.community_code, Pairing.street_code]
    same = [
        column == values[name] if values[name] is not None else column.is_(None)
        for column, name in zip(places, ("point_id", "community", "street"), strict=True)
    ]
    query = sa.select(Pairing).where(
        Pairing.id != entry_id,
        Pairing.unit_id == values["unit_id"],
        *same,
        sa.or_(Pairing.ends_on.is_(None), Pairing.ends_on >= values["starts_on"]),
    )
    if values["ends_on"] is not None:
        query = query.where(Pairing.starts_on <= values["ends_on"])
    other = session.scalar(query.limit(1))
    if other is None:
        return []
    span = f"{other.starts_on} 至 {other.ends_on or '今'}"
    return [("starts_on", f"同一单位与同一地点已有 {span} 的包联,日期重叠")]


def _refuse_while_used(session: Session, kind: Kind, entry_id: Any, today: date) -> None:
    used = uses(session, kind, entry_id, today)
    if used:
        raise StillUsed(f"还有 {'、'.join(used)} 用到它;请先改派或结束它们,再停用。")


def uses(session: Session, kind: Kind, entry_id: Any, today: date) -> list[str]:
    """Say in words what in force still names this entry."""
    lasting = [
        sa.or_(model.ends_on.is_(None), model.ends_on >= today) for model in (RoutingRule, Pairing)
    ]
    questions: list[tuple[str, Any, tuple[Any, ...]]] = []
    if kind.register is Register.UNITS:
        ruled = sa.or_(RoutingRule.unit_id == entry_id, RoutingRule.pairing_unit_id == entry_id)
        handler = (Person.role == Role.HANDLER, Person.disabled_at.is_(None))
        questions = [
            ("条派遣规则", RoutingRule, (ruled, lasting[0])),
            ("条包联", Pairing, (Pairing.unit_id == entry_id, lasting[1])),
            ("名处置人员", Person, (Person.unit_id == entry_id, *handler)),
            ("家门店", Shop, (Shop.unit_id == entry_id, Shop.active)),
            ("件未结案件", Task, (Task.unit_id == entry_id, Task.state.in_(OPEN_STATES))),
        ]
    if kind.register is Register.POINTS:
        questions = [
            ("条派遣规则", RoutingRule, (RoutingRule.point_id == entry_id, lasting[0])),
            ("条包联", Pairing, (Pairing.point_id == entry_id, lasting[1])),
            ("家门店", Shop, (Shop.point_id == entry_id, Shop.active)),
        ]
    counted = [
        (session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)), words)
        for words, model, where in questions
    ]
    return [f"{number} {words}" for number, words in counted if number]


# --- what people need beside their entry -------------------------------------------------------


def reset_password(
    session: Session, actor: Actor, person_id: UUID, now: datetime
) -> tuple[str, str]:
    """Give a person a new password, which is told once 重设密码. Raises `NotFound`, `Invalid`."""
    person = _person(session, person_id)
    if person.login is None:
        detail = "没有登录名;请先填写登录名,或用邀请登录"
        raise Invalid(detail, errors=[{"pointer": "/login", "detail": detail}])
    password = make_password()
    person.password_hash = HASHER.hash(password)
    session.add(change(PEOPLE, person_id, RegisterDeed.PASSWORD_RESET, {}, actor, now))
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
        session.add(change(PEOPLE, person_id, RegisterDeed.SIGNED_OUT, {}, actor, now))
    return len(ended)


def _person(session: Session, person_id: UUID) -> Person:
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound()
    return person


# --- the checks of each register ---------------------------------------------------------------


def _unit(asked: Known, entry: UnitEntry) -> tuple[Values, list[Refusal]]:
    return {
        "code": entry.code,
        "name": entry.name,
        "kind": str(entry.kind),
        "district": entry.district,
        "active": entry.active,
    }, _unknown_district(asked, entry.district)


def _point(asked: Known, entry: PointEntry) -> tuple[Values, list[Refusal]]:
    refusals = _unknown_district(asked, entry.district)
    street, more = _street_of(asked, entry)
    refusals += more
    district = entry.district
    if street is not None:
        counted_for = asked.reference.streets[street].district_code
        if district not in (None, counted_for):
            name = asked.reference.districts[counted_for].name
            refusals.append(("district", f"所选街道属于{name},与城区不符"))
        district = counted_for
    district = district or asked.reference.district_at(entry.lon, entry.lat)
    if district is None and not refusals:
        refusals.append(("district", "坐标不在任何城区内,请填写城区,并检查经纬度是否填反"))
    return {
        "code": entry.code,
        "name": entry.name,
        "type": entry.type,
        "lon": entry.lon,
        "lat": entry.lat,
        "district": district,
        "street": street,
        "community": entry.community,
        "address": entry.address,
        "active": entry.active,
    }, refusals


def _street_of(asked: Known, entry: PointEntry) -> tuple[str | None, list[Refusal]]:
    """The street that was named, or that of the community."""
    if entry.street is not None and entry.street not in asked.reference.streets:
        return None, [("street", f"没有编码为“{entry.street}”的街道")]
    if entry.community is None:
        return entry.street, []
    community = asked.reference.communities.get(entry.community)
    if community is None:
        return entry.street, [("community", f"没有编码为“{entry.community}”的社区")]
    if entry.street not in (None, community.street_code):
        name = asked.reference.streets[community.street_code].name
        return community.street_code, [("community", f"所选社区属于{name},与街道不符")]
    return community.street_code, []


def _shop(asked: Known, entry: ShopEntry) -> tuple[Values, list[Refusal]]:
    refusals = _unusable_unit(asked, entry.unit_id)
    point = asked.reference.points.get(entry.point_id) if entry.point_id else None
    if entry.point_id is not None and point is None:
        refusals.append(("point_id", "没有这个点位"))
    lon, lat = entry.lon, entry.lat
    if lon is None and lat is None and point is not None:
        lon, lat = point.lon, point.lat
    if lon is None or lat is None:
        refusals.append(("lon" if lon is None else "lat", "请填写经纬度,或选择所在点位"))
    return {
        "plate_code": entry.plate_code,
        "name": entry.name,
        "point_id": entry.point_id,
        "unit_id": entry.unit_id,
        "lon": lon,
        "lat": lat,
        "address": entry.address,
        "duties": list(entry.duties),
        "active": entry.active,
    }, refusals


def _entry_of_a_person(asked: Known, entry: PersonEntry) -> tuple[Values, list[Refusal]]:
    refusals = _unknown_district(asked, entry.district) + _unusable_unit(asked, entry.unit_id)
    if entry.role is Role.HANDLER and entry.unit_id is None:
        refusals.append(("unit_id", "处置人员必须有单位"))
    return {
        "name": entry.name,
        "role": entry.role,
        "code": entry.code,
        "login": entry.login,
        "district": entry.district,
        "unit_id": entry.unit_id,
        "trusted": entry.trusted,
        "active": entry.active,
    }, refusals


def _category(_asked: Known, entry: CategoryEntry) -> tuple[Values, list[Refusal]]:
    values = {name: getattr(entry, name) for name in CATEGORIES.fields}
    return values, []


def _category_code(code: str, campaign: Campaign) -> list[Refusal]:
    """A category's code begins with the two letters of its campaign."""
    if not _CATEGORY_CODE.match(code) or code[:2] not in CAMPAIGN_CODES:
        return [("code", "编码应为专项行动的两个字母加四位数字,如 GG0199")]
    if CAMPAIGN_CODES[code[:2]] is not campaign:
        return [("campaign", f"{code[:2]} 开头的类别属于“{CAMPAIGN_CODES[code[:2]].zh}”")]
    return []


def _pairing(asked: Known, entry: PairingEntry) -> tuple[Values, list[Refusal]]:
    refusals = _unusable_unit(asked, entry.unit_id)
    found = asked.reference
    if entry.point_id is not None and entry.point_id not in found.points:
        refusals.append(("point_id", "没有这个点位"))
    if entry.community is not None and entry.community not in found.communities:
        refusals.append(("community", f"没有编码为“{entry.community}”的社区"))
    if entry.street is not None and entry.street not in found.streets:
        refusals.append(("street", f"没有编码为“{entry.street}”的街道"))
    return {name: getattr(entry, name) for name in PAIRINGS.fields}, refusals


def _unknown_district(asked: Known, code: str | None) -> list[Refusal]:
    if code is None or code in asked.reference.districts:
        return []
    return [("district", f"没有编码为“{code}”的城区")]


def _unusable_unit(asked: Known, unit_id: UUID | None) -> list[Refusal]:
    if unit_id is None or unit_id in asked.reference.units:
        return []
    return [("unit_id", "没有这个单位")]


UNITS = Kind(
    Register.UNITS,
    Unit,
    ("name", "code", "kind", "district", "active"),
    _unit,
    unique=("code",),
    collection=Collection.UNITS,
    gone_when_off=True,
)
POINTS = Kind(
    Register.POINTS,
    Point,
    ("name", "code", "type", "district", "street", "community", "lon", "lat", "address", "active"),
    _point,
    unique=("code",),
    collection=Collection.POINTS,
    gone_when_off=True,
)
SHOPS = Kind(
    Register.SHOPS,
    Shop,
    (
        "name",
        "plate_code",
        "point_id",
        "unit_id",
        "lon",
        "lat",
        "address",
        "duties",
        "active",
    ),
    _shop,
    unique=("plate_code",),
    collection=Collection.SHOPS,
    gone_when_off=True,
)
PEOPLE = Kind(
    Register.PEOPLE,
    Person,
    ("name", "code", "login", "role", "district", "unit_id", "trusted", "active"),
    _entry_of_a_person,
    unique=("code", "login"),
    alike=("name", "role", "district", "unit_id"),
)
CATEGORIES = Kind(
    Register.CATEGORIES,
    Category,
    (
        "name_zh",
        "name_en",
        "campaign",
        "initials",
        "gb_reference",
        "severity",
        "limit_value",
        "limit_unit",
        "make_safe_hours",
        "record_as",
        "evidence_open",
        "evidence_close",
        "limit_note",
        "auto_file",
        "auto_dispatch",
        "spot_check_percent",
        "active",
    ),
    _category,
    key="code",
    collection=Collection.CATEGORIES,
)
PAIRINGS = Kind(
    Register.PAIRINGS,
    Pairing,
    ("unit_id", "point_id", "community", "street", "starts_on", "ends_on"),
    _pairing,
)
KINDS: Mapping[Register, Kind] = {
    kind.register: kind for kind in (PEOPLE, UNITS, POINTS, SHOPS, CATEGORIES, PAIRINGS)
}
