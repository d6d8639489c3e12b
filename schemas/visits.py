"""Visits on the wire 现场复核: requested in the console, shown on a phone, recorded by an op."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marshmallow import Schema, fields

from schemas.fields import EnumField, Form, Moment, text_field
from schemas.photos import PhotoSchema
from schemas.places import NamedSchema, NearestSchema, Place, PlaceSchema
from schemas.vocabulary import LocalityBasis, SiteFinding, VisitKind, VisitState


@dataclass(frozen=True, slots=True)
class VisitRequest:
    """A visit that a supervisor requests; a repeated `visit_id` changes nothing."""

    visit_id: UUID
    observer_id: UUID
    note: str | None = None


class VisitRequestSchema(Form):
    """See `VisitRequest`."""

    shape = VisitRequest
    component = "WantedVisit"

    visit_id = fields.UUID(required=True)
    observer_id = fields.UUID(required=True)
    note = text_field(500, allow_none=True, metadata={"description": "what to look for"})


@dataclass(frozen=True, slots=True)
class Finding:
    """The data of a `visit.record` op: what was found on the spot."""

    finding: SiteFinding
    note: str | None = None
    place: Place | None = None


class FindingSchema(Form):
    """See `Finding`."""

    shape = Finding

    finding = EnumField(SiteFinding, required=True)
    note = text_field(2000, allow_none=True)
    place = fields.Nested(PlaceSchema, allow_none=True)


class VisitSchema(Schema):
    """A visit as the console shows it; its photos are among the case's evidence."""

    id = fields.UUID()
    task_id = fields.UUID()
    kind = EnumField(VisitKind)
    state = EnumField(VisitState)
    asked_by = fields.Nested(NamedSchema)
    observer = fields.Nested(NamedSchema)
    asked_at = Moment()
    note = fields.String(allow_none=True)
    due_at = Moment()
    provisional = fields.Boolean()
    overdue = fields.Boolean()
    withdrawn_at = Moment(allow_none=True)
    withdrawn_by = fields.Nested(NamedSchema, allow_none=True)
    finding = EnumField(SiteFinding, allow_none=True)
    found_note = fields.String(allow_none=True)
    place = fields.Nested(PlaceSchema, allow_none=True)
    distance_m = fields.Float(allow_none=True, metadata={"description": "from the case's place"})
    captured_at = Moment(allow_none=True, metadata={"description": "by the phone's own clock"})
    clock = fields.Dict(allow_none=True)
    received_at = Moment(allow_none=True)
    late = fields.Boolean()
    photos = fields.List(fields.UUID())
    missing_photos = fields.List(fields.UUID())


class RequestedVisitSchema(Schema):
    """A requested visit as the observer's phone keeps it: all that is needed without a network."""

    id = fields.UUID()
    task_id = fields.UUID()
    number = fields.String()
    kind = EnumField(VisitKind)
    version = fields.Integer()
    asked_at = Moment()
    note = fields.String(allow_none=True)
    due_at = Moment()
    provisional = fields.Boolean()
    category = fields.String()
    category_name = fields.String()
    district_name = fields.String(allow_none=True)
    street = fields.String(allow_none=True)
    community = fields.String(allow_none=True)
    locality_basis = EnumField(LocalityBasis)
    nearest = fields.Nested(NearestSchema, allow_none=True)
    point = fields.Nested(NamedSchema, allow_none=True)
    shop = fields.Nested(NamedSchema, allow_none=True)
    address = fields.String(allow_none=True)
    place = fields.Nested(PlaceSchema, allow_none=True)
    problem = fields.String(allow_none=True, metadata={"description": "the record's own note"})
    before = fields.List(fields.Nested(PhotoSchema))
    after = fields.List(fields.Nested(PhotoSchema))


class VisitorSchema(Schema):
    """Somebody who can be sent, and how near they are."""

    id = fields.UUID()
    name = fields.String()
    district = fields.String(allow_none=True)
    district_name = fields.String(allow_none=True)
    on_duty_here = fields.Boolean()
    distance_m = fields.Float(
        allow_none=True, metadata={"description": "from their last record within a week"}
    )
    last_record_at = Moment(allow_none=True)
    visits_open = fields.Integer()
    is_reporter = fields.Boolean()


class VisitorsSchema(Schema):
    """Who can be sent 可请人员: those on duty here first, then the nearest."""

    kind = EnumField(VisitKind)
    items = fields.List(fields.Nested(VisitorSchema))
