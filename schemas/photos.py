"""Photos on the wire: how a phone declares one, how the server shows one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import EnumField, Form, Moment, sha256, text_field
from schemas.places import Place, PlaceSchema
from schemas.vocabulary import (
    Derivative,
    DerivativeState,
    PhotoRole,
    PhotoSource,
    PhotoState,
)


@dataclass(frozen=True, slots=True)
class DeclaredPhoto:
    """A photo as its op declares it; the bytes come by another road."""

    photo_id: UUID
    role: PhotoRole
    sha256: str
    bytes: int
    mime: str | None = None
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = None
    place: Place | None = None
    source: PhotoSource = PhotoSource.INPUT
    exif: dict[str, Any] | None = None


class ExifSchema(Schema):
    """What the phone read from the file before it compressed it: hints only."""

    taken_at = text_field(40, allow_none=True)
    software = text_field(120, allow_none=True)
    make = text_field(120, allow_none=True)


class DeclaredPhotoSchema(Form):
    """See `DeclaredPhoto`."""

    shape = DeclaredPhoto

    photo_id = fields.UUID(required=True)
    role = EnumField(PhotoRole, required=True)
    sha256 = sha256(required=True)
    bytes = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**40))
    mime = text_field(32, allow_none=True)
    width = fields.Integer(strict=True, allow_none=True, validate=validate.Range(min=1, max=10**6))
    height = fields.Integer(strict=True, allow_none=True, validate=validate.Range(min=1, max=10**6))
    taken_at = Moment(allow_none=True)
    place = fields.Nested(PlaceSchema, allow_none=True)
    source = EnumField(PhotoSource)
    exif = fields.Nested(ExifSchema, allow_none=True)


class PhotoSchema(Schema):
    """A photo as the server shows it."""

    id = fields.UUID()
    photo_id = fields.UUID()
    role = EnumField(PhotoRole, allow_none=True)
    sha256 = fields.String()
    bytes = fields.Integer()
    mime = fields.String(allow_none=True)
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)
    taken_at = Moment(allow_none=True)
    source = EnumField(PhotoSource, allow_none=True)
    state = EnumField(PhotoState)
    derivative = EnumField(DerivativeState)
    position = fields.Integer()
    place = fields.Nested(PlaceSchema, allow_none=True)
    distance_m = fields.Float(allow_none=True)
    move_id = fields.UUID(allow_none=True)
    # Only where it came with a visit 现场复核.
    visit_id = fields.UUID()
    problem = fields.Dict(allow_none=True)


class PhotoLinkSchema(Schema):
    """Where a copy of a photo can be read for a short time."""

    url = fields.String()
    expires_at = Moment()
    copy = EnumField(Derivative)
