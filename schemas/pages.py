"""Pages on the wire: lists of register entries, the board, the quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from schemas.fields import Form, Moment, Spoken, words
from schemas.photos import PhotoSchema
from schemas.places import (
    CalendarDaySchema,
    CommunitySchema,
    DistrictSchema,
    NamedSchema,
    StreetSchema,
)
from schemas.rescues import ImportedSchema
from schemas.vocabulary import QuarantineState


@dataclass(frozen=True, slots=True)
class PageFrom:
    """Where a list goes on."""

    limit: int = 200
    cursor: str | None = None


class PageFromSchema(Form):
    """See `PageFrom`."""

    shape = PageFrom

    limit = fields.Integer(validate=validate.Range(min=1, max=1000))
    cursor = words(200)


def page_of(schema: type[Schema], name: str) -> type[Schema]:
    """Return the schema of a page of these things."""
    parts: dict[str, Any] = {
        "items": fields.List(fields.Nested(schema)),
        "next": fields.String(allow_none=True),
        "__doc__": f"A page of {name}; `next` asks for the one after.",
    }
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


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Which quarantined items to list."""

    state: QuarantineState = QuarantineState.OPEN
    limit: int = 50
    cursor: str | None = None


class QuarantineFilterSchema(Form):
    """See `QuarantineFilter`."""

    shape = QuarantineFilter

    state = Spoken(QuarantineState)
    limit = fields.Integer(validate=validate.Range(min=1, max=200))
    cursor = words(200)


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
    state = Spoken(QuarantineState)
    note = fields.String(allow_none=True)
    # Only where an admin brought it in by a rescue zip.
    imported = fields.Nested(ImportedSchema)


QuarantinePageSchema = page_of(QuarantinedSchema, "Quarantined")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person did about a quarantined item."""

    note: str


class ResolutionSchema(Form):
    """See `Resolution`."""

    shape = Resolution

    note = words(2000, shortest=1, required=True)
