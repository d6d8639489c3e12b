"""Registers on the wire 名册: entries as an admin writes them, their history, imports, sheets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.fields import Form, Moment, Spoken, is_text, words
from schemas.pages import page_of
from schemas.people import PersonSchema
from schemas.places import (
    CategorySchema,
    NamedSchema,
    PairingSchema,
    PointSchema,
    ShopSchema,
    UnitSchema,
)
from schemas.vocabulary import (
    Campaign,
    ImportMode,
    LimitUnit,
    RecordAs,
    Register,
    RegisterDeed,
    Role,
    UnitKind,
)


class Line(fields.String):
    """One line of text as people write it in a table: trimmed, without control characters."""

    def __init__(self, longest: int, *, shortest: int = 0, **kwargs: Any) -> None:
        """`shortest` 1 means that something has to stand there."""
        length = validate.Length(
            min=shortest,
            max=longest,
            error=f"不能超过 {longest} 个字" if not shortest else f"应为 1 至 {longest} 个字",
        )
        super().__init__(validate=[length, is_text, _is_one_line], **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        return None if self.allow_none and not text else text

    def _validate(self, value: Any) -> None:
        if value is not None:
            super()._validate(value)


def _is_one_line(value: str) -> None:
    if not value.isprintable():
        raise ValidationError("不能含换行或控制字符")


def _is_code(value: str) -> None:
    if any(sign.isspace() for sign in value):
        raise ValidationError("不能含空格")


class Code(Line):
    """A short mark 编码 without spaces, that tells entries apart."""

    def __init__(self, longest: int = 32, **kwargs: Any) -> None:
        """Required unless told otherwise."""
        super().__init__(longest, shortest=0 if kwargs.get("allow_none") else 1, **kwargs)
        self.validators.append(_is_code)


def _degrees(most: int, **kwargs: Any) -> fields.Float:
    within = validate.Range(-most, most, error=f"应在 -{most} 到 {most} 之间")
    return fields.Float(validate=within, **kwargs)


def _is_a_limit(value: Decimal) -> None:
    # A range of decimals would be described as text, which is no number.
    if not 0 <= value <= 9999:
        raise ValidationError("应在 0 到 9999 之间")


class EntryForm(Form):
    """An entry as a whole; `version` is what the writer saw, none for a new one."""

    version = fields.Integer(allow_none=True, strict=True, validate=validate.Range(min=1))


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A unit 责任单位/包联单位."""

    code: str
    name: str
    kind: UnitKind
    district: str | None = None
    active: bool = True
    version: int | None = None


class UnitEntrySchema(EntryForm):
    """See `UnitEntry`."""

    shape = UnitEntry

    code = Code(required=True)
    name = Line(64, shortest=1, required=True)
    kind = Spoken(UnitKind, required=True)
    district = Code(16, allow_none=True)
    active = fields.Boolean()


@dataclass(frozen=True, slots=True)
class PointEntry:
    """A point 点位; without a district it gets the one it lies in."""

    code: str
    name: str
    type: str
    lon: float
    lat: float
    district: str | None = None
    street: str | None = None
    community: str | None = None
    address: str | None = None
    active: bool = True
    version: int | None = None


class PointEntrySchema(EntryForm):
    """See `PointEntry`; degrees WGS-84."""

    shape = PointEntry

    code = Code(required=True)
    name = Line(64, shortest=1, required=True)
    type = Line(32, shortest=1, required=True)
    lon = _degrees(180, required=True)
    lat = _degrees(90, required=True)
    district = Code(16, allow_none=True)
    street = Code(16, allow_none=True)
    community = Code(16, allow_none=True)
    address = Line(200, allow_none=True)
    active = fields.Boolean()


@dataclass(frozen=True, slots=True)
class ShopEntry:
    """A shop 门店; without a position it gets that of its point."""

    plate_code: str
    name: str
    point_id: UUID | None = None
    unit_id: UUID | None = None
    lon: float | None = None
    lat: float | None = None
    address: str | None = None
    duties: tuple[str, ...] = ()
    active: bool = True
    version: int | None = None


class ShopEntrySchema(EntryForm):
    """See `ShopEntry`."""

    shape = ShopEntry

    plate_code = Code(required=True)
    name = Line(64, shortest=1, required=True)
    point_id = fields.UUID(allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    lon = _degrees(180, allow_none=True)
    lat = _degrees(90, allow_none=True)
    address = Line(200, allow_none=True)
    duties = fields.List(Line(16, shortest=1), validate=validate.Length(max=9))
    active = fields.Boolean()


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person 人员; a telephone number is never kept."""

    name: str
    role: Role
    code: str | None = None
    login: str | None = None
    district: str | None = None
    unit_id: UUID | None = None
    # What this person reports is filed without being looked at 自动立案.
    trusted: bool = False
    active: bool = True
    version: int | None = None


class PersonEntrySchema(EntryForm):
    """See `PersonEntry`."""

    shape = PersonEntry

    name = Line(64, shortest=1, required=True)
    role = Spoken(Role, required=True)
    code = Code(allow_none=True)
    login = Code(64, allow_none=True)
    district = Code(16, allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    trusted = fields.Boolean()
    active = fields.Boolean()


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """A minor category 小类; its code is its address and never changes."""

    campaign: Campaign
    name_zh: str
    name_en: str
    severity: int
    limit_value: Decimal
    limit_unit: LimitUnit
    record_as: RecordAs
    evidence_open: str
    evidence_close: str
    initials: str = ""
    gb_reference: str | None = None
    make_safe_hours: int | None = None
    limit_note: str | None = None
    auto_file: bool = False
    auto_dispatch: bool = False
    spot_check_percent: int = 10
    active: bool = True
    version: int | None = None


class CategoryEntrySchema(EntryForm):
    """See `CategoryEntry`; evidence profiles are the letters A–F and a–f, joined by `+`."""

    shape = CategoryEntry

    campaign = Spoken(Campaign, required=True)
    name_zh = Line(64, shortest=1, required=True)
    name_en = Line(120, shortest=1, required=True)
    initials = Line(64)
    gb_reference = Line(64, allow_none=True)
    severity = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, 4, error="应为 1 至 4")
    )
    limit_value = fields.Decimal(places=2, required=True, validate=_is_a_limit)
    limit_unit = Spoken(LimitUnit, required=True)
    make_safe_hours = fields.Integer(
        allow_none=True, strict=True, validate=validate.Range(1, 999, error="应为 1 至 999 小时")
    )
    record_as = Spoken(RecordAs, required=True)
    evidence_open = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[A-F](\+[A-F]){0,3}\Z", error="应为 A 至 F,可用 + 相连"),
    )
    evidence_close = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[a-f](\+[a-f]){0,3}\Z", error="应为 a 至 f,可用 + 相连"),
    )
    limit_note = Line(200, allow_none=True)
    auto_file = fields.Boolean()
    auto_dispatch = fields.Boolean()
    spot_check_percent = fields.Integer(
        strict=True, validate=validate.Range(0, 100, error="应为 0 至 100")
    )
    active = fields.Boolean()


@dataclass(frozen=True, slots=True)
class PairingEntry:
    """A unit beside one place 包联, from a day on."""

    unit_id: UUID
    starts_on: date
    ends_on: date | None = None
    point_id: UUID | None = None
    community: str | None = None
    street: str | None = None
    version: int | None = None


class PairingEntrySchema(EntryForm):
    """See `PairingEntry`; exactly one of point, community and street."""

    shape = PairingEntry

    unit_id = fields.UUID(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(allow_none=True)
    point_id = fields.UUID(allow_none=True)
    community = Code(16, allow_none=True)
    street = Code(16, allow_none=True)

    @validates_schema
    def one_place_and_a_span(self, data: dict[str, Any], **_: object) -> None:
        """One place, and a last day that is not before the first."""
        if sum(data.get(name) is not None for name in ("point_id", "community", "street")) != 1:
            raise ValidationError("请选择点位、社区、街道中的一个", "point_id")
        ends_on = data.get("ends_on")
        if ends_on is not None and ends_on < data["starts_on"]:
            raise ValidationError("止期不能早于起期", "ends_on")


# --- what is read ------------------------------------------------------------------------------


class Kept(Schema):
    """What an admin needs beside an entry: its version, and whether it is in force."""

    version = fields.Integer()
    active = fields.Boolean()


class KeptUnitSchema(UnitSchema, Kept):
    """A unit with its version."""


class KeptPointSchema(PointSchema, Kept):
    """A point with its version."""


class KeptShopSchema(ShopSchema, Kept):
    """A shop with its version."""


class KeptCategorySchema(CategorySchema, Kept):
    """A category with its version, and what happens to its cases by themselves."""

    auto_file = fields.Boolean()
    auto_dispatch = fields.Boolean()
    spot_check_percent = fields.Integer()


class KeptPairingSchema(PairingSchema, Kept):
    """A pairing with its version."""


class KeptPersonSchema(PersonSchema, Kept):
    """A person with number and version."""

    code = fields.String(allow_none=True)
    trusted = fields.Boolean()
    # Whether any device of this person ever signed in.
    signed_in = fields.Boolean()


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """Which entries of a register; a field a register does not have is passed over."""

    text: str | None = None
    active: bool | None = None
    district: str | None = None
    unit_id: UUID | None = None
    role: Role | None = None
    limit: int = 200
    cursor: str | None = None


class RegisterFilterSchema(Form):
    """See `RegisterFilter`."""

    shape = RegisterFilter

    text = words(64)
    active = fields.Boolean()
    district = words(16)
    unit_id = fields.UUID()
    role = Spoken(Role)
    limit = fields.Integer(validate=validate.Range(min=1, max=1000))
    cursor = words(200)


class PasswordSchema(Schema):
    """A password just made; it is shown once and kept nowhere."""

    login = fields.String()
    password = fields.String()


@dataclass(frozen=True, slots=True)
class ChangesFrom:
    """Whose history to read, and where it goes on."""

    entry: str | None = None
    limit: int = 50
    cursor: str | None = None


class ChangesFromSchema(Form):
    """See `ChangesFrom`."""

    shape = ChangesFrom

    entry = words(64)
    limit = fields.Integer(validate=validate.Range(min=1, max=200))
    cursor = words(200)


class RegisterChangeSchema(Schema):
    """Who changed what, and when 变更记录."""

    id = fields.Integer()
    register = Spoken(Register)
    entry = fields.Nested(NamedSchema)
    deed = Spoken(RegisterDeed)
    fields_ = fields.Dict(data_key="fields", attribute="fields")
    by = fields.Nested(NamedSchema)
    at = Moment()
    import_id = fields.UUID(allow_none=True)


RegisterChangePageSchema = page_of(RegisterChangeSchema, "RegisterChange")


@dataclass(frozen=True, slots=True)
class ImportAsked:
    """What to do with the rows that can be read."""

    mode: ImportMode = ImportMode.DRY_RUN


class ImportAskedSchema(Form):
    """See `ImportAsked`."""

    shape = ImportAsked

    mode = Spoken(ImportMode)


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """Whether only the headings are wanted."""

    template: bool = False


class ExportAskedSchema(Form):
    """See `ExportAsked`."""

    shape = ExportAsked

    template = fields.Boolean()


@dataclass(frozen=True, slots=True)
class InviteMany:
    """Whom to invite at once: everybody in force whom all of these describe."""

    role: Role | None = None
    district: str | None = None
    unit_id: UUID | None = None
    ids: tuple[UUID, ...] | None = None
    # Only those whose phone never signed in.
    never_signed_in: bool = True
    sheet: bool = True


class InviteManySchema(Form):
    """See `InviteMany`; `sheet` false gives a table instead of pages with QR codes."""

    shape = InviteMany

    role = Spoken(Role)
    district = words(16)
    unit_id = fields.UUID()
    ids = fields.List(fields.UUID(), validate=validate.Length(max=2000))
    never_signed_in = fields.Boolean()
    sheet = fields.Boolean()
