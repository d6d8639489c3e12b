"""Pages on the wire: lists of register entries, the board, the quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import EnumField, Form, Moment, text_field
from schemas.photos import PhotoSchema
from schemas.places import (
    CalendarDaySchema,
    CommunitySchema,
    DistrictSchema,
    NamedSchema,
    StreetSchema,
)
from schemas.rescues import ImportedSchema
from schemas.vocabulary import Installation, QuarantineState, SetupStep, TrendGroup


@dataclass(frozen=True, slots=True)
class PageFrom:
    """Where a list goes on."""

    limit: int = 200
    cursor: str | None = None


class PageFromSchema(Form):
    """See `PageFrom`."""

    shape = PageFrom

    limit = fields.Integer(validate=validate.Range(min=1, max=1000))
    cursor = text_field(200)


def page_of(schema: type[Schema], name: str, counted: bool = False) -> type[Schema]:
    """Return the schema of a page of these things; counted ones say how many there are in all."""
    parts: dict[str, Any] = {
        "items": fields.List(fields.Nested(schema)),
        "next": fields.String(allow_none=True),
        "__doc__": f"A page of {name}; `next` asks for the one after.",
    }
    if counted:
        described = {"description": "of all pages; on the first page only"}
        parts["total"] = fields.Integer(metadata=described)
    return type(f"{name}PageSchema", (Schema,), parts)


DistrictPageSchema = page_of(DistrictSchema, "District")
StreetPageSchema = page_of(StreetSchema, "Street")
CommunityPageSchema = page_of(CommunitySchema, "Community")
CalendarPageSchema = page_of(CalendarDaySchema, "CalendarDay")


class BoardSchema(Schema):
    """The four districts side by side, and what needs me now 工作台."""

    as_of = Moment()
    days = fields.List(fields.Dict())
    totals = fields.Dict()
    districts = fields.List(fields.Dict())
    needs_me = fields.Dict()
    definitions = fields.Dict()


class SetupStepSchema(Schema):
    """One step of setting up a city: how many there are, and whether that is enough to go on."""

    step = EnumField(SetupStep)
    count = fields.Integer()
    done = fields.Boolean()


class SetupSchema(Schema):
    """How far a city is set up 开城进度."""

    installation = EnumField(Installation, allow_none=True)
    city_name = fields.String(allow_none=True)
    steps = fields.List(fields.Nested(SetupStepSchema))


# A fortnight, a month, a quarter: what the screen offers.
TREND_DAYS = (14, 30, 90)


@dataclass(frozen=True, slots=True)
class TrendFilter:
    """How far trends reach back, what they are divided by, and whose they are."""

    days: int = 30
    by: TrendGroup = TrendGroup.DISTRICT
    district: str | None = None
    unit: UUID | None = None
    category: str | None = None


class TrendFilterSchema(Form):
    """See `TrendFilter`; `district`, `unit` and `category` narrow as they do a list."""

    shape = TrendFilter

    days = fields.Integer(validate=validate.OneOf(TREND_DAYS))
    by = EnumField(TrendGroup)
    district = text_field(16)
    unit = fields.UUID()
    category = fields.String(validate=validate.Regexp(r"\A[A-Z0-9]{2,16}\Z"))


class TrendCountsSchema(Schema):
    """What came, was closed and fell overdue in a day or a period."""

    reported = fields.Integer()
    closed = fields.Integer()
    closed_on_time = fields.Integer()
    due = fields.Integer()
    overdue = fields.Integer()


class TrendDaySchema(TrendCountsSchema):
    """The counts of one day of the city."""

    on = fields.Date()


class TrendTotalsSchema(TrendCountsSchema):
    """The counts of a period, and what is open now."""

    open = fields.Integer()
    overdue_now = fields.Integer()


class TrendPartSchema(TrendTotalsSchema):
    """One district, unit or category: `code` is `-` for what belongs to none."""

    code = fields.String()
    name = fields.String()
    states = fields.Dict()


class TrendsSchema(Schema):
    """The days of a period 趋势, and the groups it divides into."""

    as_of = Moment()
    from_on = fields.Date()
    to_on = fields.Date()
    by = EnumField(TrendGroup)
    days = fields.List(fields.Nested(TrendDaySchema))
    totals = fields.Nested(TrendTotalsSchema, allow_none=True)
    in_scope = fields.Boolean(
        metadata={"description": "false: nothing of it is for the reader; no numbers then"}
    )
    groups = fields.List(fields.Nested(TrendPartSchema))
    definitions = fields.Dict()


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Which quarantined items to list."""

    state: QuarantineState = QuarantineState.OPEN
    limit: int = 50
    cursor: str | None = None


class QuarantineFilterSchema(Form):
    """See `QuarantineFilter`."""

    shape = QuarantineFilter

    state = EnumField(QuarantineState)
    limit = fields.Integer(validate=validate.Range(min=1, max=200))
    cursor = text_field(200)


class QuarantinedSchema(Schema):
    """Something a phone sent that could not be applied, verbatim."""

    id = fields.UUID()
    op_id = fields.UUID(allow_none=True)
    kind = fields.String(allow_none=True)
    entity_id = fields.UUID(allow_none=True)
    person = fields.Nested(NamedSchema)
    device = fields.String()
    reason = fields.String()
    problem = fields.Dict()
    body = fields.Raw()
    photos = fields.List(fields.Nested(PhotoSchema))
    received_at = Moment()
    state = EnumField(QuarantineState)
    note = fields.String(allow_none=True)
    # Only if an admin imported it from a rescue zip.
    imported = fields.Nested(ImportedSchema)


QuarantinePageSchema = page_of(QuarantinedSchema, "Quarantined", counted=True)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person did about a quarantined item."""

    note: str


class ResolutionSchema(Form):
    """See `Resolution`."""

    shape = Resolution

    note = text_field(2000, shortest=1, required=True)
