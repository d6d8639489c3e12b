"""Cases nearby on the wire 附近案件: what a phone may show before a record is saved."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema, fields, validate

from schemas.fields import EnumField, Form, text_field
from schemas.photos import PhotoLinkSchema
from schemas.vocabulary import TaskState


@dataclass(frozen=True, slots=True)
class Here:
    """Where a person stands, and the category they chose."""

    lon: float
    lat: float
    category: str | None = None


class HereSchema(Form):
    """See `Here`; in the body, so that no log holds a position."""

    shape = Here

    lon = fields.Float(required=True, validate=validate.Range(min=-180, max=180))
    lat = fields.Float(required=True, validate=validate.Range(min=-90, max=90))
    category = text_field(16, allow_none=True)


class CaseNearbySchema(Schema):
    """An open case 已有人报过: no author, no note, no number, no exact place."""

    task_id = fields.UUID()
    category = fields.String()
    category_name = fields.String()
    state = EnumField(TaskState)
    distance_m = fields.Integer()
    mine = fields.Boolean()
    # Whether a record of the chosen category may join it.
    joinable = fields.Boolean()
    # Null where the picture is of people's behaviour, or not ready.
    thumb = fields.Nested(PhotoLinkSchema, allow_none=True)


class CasesNearbySchema(Schema):
    """The open cases around, the chosen category first, then the nearest."""

    items = fields.List(fields.Nested(CaseNearbySchema))
    radius_m = fields.Integer()
