"""Observations on the wire 上报问题: what a phone sends, what its author reads back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import EnumField, Form, Moment, text_field
from schemas.photos import PhotoSchema
from schemas.places import NamedSchema, NearestSchema, Place, PlaceSchema
from schemas.rescues import ImportedSchema
from schemas.vocabulary import LocalityBasis, ObservationState, Outcome


@dataclass(frozen=True, slots=True)
class ObservationData:
    """What the observer says: the category, the place, and what was done about it."""

    category: str
    place: Place | None = None
    community: str | None = None
    point_id: UUID | None = None
    shop_id: UUID | None = None
    address: str | None = None
    note: str | None = None
    severity: int | None = None
    outcome: Outcome = Outcome.OPEN
    tags: list[str] | None = None
    # What the phone had measured, where `place` was set by hand 手动选点; `place` is what counts.
    measured: Place | None = None
    # The open case nearby that the person took for the same problem 并入附近案件.
    joins: UUID | None = None


class ObservationDataSchema(Form):
    """See `ObservationData`."""

    shape = ObservationData

    category = text_field(16, required=True)
    place = fields.Nested(PlaceSchema, allow_none=True)
    community = text_field(64, allow_none=True)
    point_id = fields.UUID(allow_none=True)
    shop_id = fields.UUID(allow_none=True)
    address = text_field(200, allow_none=True)
    note = text_field(2000, allow_none=True)
    severity = fields.Integer(strict=True, allow_none=True, validate=validate.Range(min=1, max=4))
    outcome = EnumField(Outcome)
    tags = fields.List(text_field(64), allow_none=True, validate=validate.Length(max=20))
    measured = fields.Nested(PlaceSchema, allow_none=True)
    joins = fields.UUID(allow_none=True)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an observer corrects before filing 更正; only the named fields change."""

    changed: dict[str, Any]


class AmendedFieldsSchema(Schema):
    """Any of the fields of an observation."""

    category = text_field(16)
    place = fields.Nested(PlaceSchema, allow_none=True)
    community = text_field(64, allow_none=True)
    point_id = fields.UUID(allow_none=True)
    shop_id = fields.UUID(allow_none=True)
    address = text_field(200, allow_none=True)
    note = text_field(2000, allow_none=True)
    severity = fields.Integer(strict=True, allow_none=True, validate=validate.Range(min=1, max=4))
    outcome = EnumField(Outcome)
    tags = fields.List(text_field(64), allow_none=True, validate=validate.Length(max=20))
    measured = fields.Nested(PlaceSchema, allow_none=True)


class AmendmentSchema(Form):
    """See `Amendment`."""

    shape = Amendment

    # `fields` is marshmallow's own name on a schema.
    changed = fields.Nested(AmendedFieldsSchema, required=True, data_key="fields")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An observer takes an own mistake back 撤回."""

    reason: str | None = None


class WithdrawalSchema(Form):
    """See `Withdrawal`."""

    shape = Withdrawal

    reason = text_field(200, allow_none=True)


class ObservationSchema(Schema):
    """An observation as its author and its supervisors read it."""

    id = fields.UUID()
    category = fields.String()
    state = EnumField(ObservationState)
    task_id = fields.UUID(allow_none=True)
    captured_at = Moment()
    received_at = Moment()
    outcome = EnumField(Outcome)
    data = fields.Dict()
    place = fields.Nested(PlaceSchema, allow_none=True)
    district = fields.String(allow_none=True)
    street = fields.String(allow_none=True)
    community = fields.String(allow_none=True)
    # The same three by name: a phone has no register of them.
    district_name = fields.String(allow_none=True)
    street_name = fields.String(allow_none=True)
    community_name = fields.String(allow_none=True)
    locality_basis = EnumField(LocalityBasis)
    nearest = fields.Nested(NearestSchema, allow_none=True)
    point_id = fields.UUID(allow_none=True)
    shop_id = fields.UUID(allow_none=True)
    address = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    version = fields.Integer()
    photos = fields.List(fields.Nested(PhotoSchema))
    author = fields.Nested(NamedSchema)
    task = fields.Dict(allow_none=True)
    clock = fields.Dict(allow_none=True)
    problem = fields.Dict(allow_none=True)
    # Only if an admin imported it from a rescue zip.
    imported = fields.Nested(ImportedSchema)
