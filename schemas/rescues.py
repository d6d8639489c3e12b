"""Rescue zips 抢救包 on the wire: the manifest a phone writes, and the report of an import."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields, validate

from schemas.fields import EnumField, Form, Moment, sha256, text_field
from schemas.places import NamedSchema
from schemas.vocabulary import Rescued

FORMAT = "inspect-rescue"
# Every version ever shipped stays acceptable.
VERSIONS = (1,)


class _ManifestPart(Form):
    """Part of a manifest; a newer phone may add fields."""

    class Meta:
        """Ignore unknown fields."""

        unknown = EXCLUDE


@dataclass(frozen=True, slots=True)
class Author:
    """The person whose outbox it is."""

    id: UUID
    name: str


class AuthorSchema(_ManifestPart):
    """See `Author`."""

    shape = Author

    id = fields.UUID(required=True)
    name = text_field(64, required=True)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of the zip, with the SHA-256 of its bytes."""

    name: str
    bytes: int
    sha256: str


class PackedFileSchema(_ManifestPart):
    """See `PackedFile`."""

    shape = PackedFile

    name = text_field(120, required=True)
    bytes = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=2**40))
    sha256 = sha256(required=True)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest 清单 of the zip."""

    format: str
    version: int
    device_id: str
    person: Author
    made_at: datetime
    app_version: str
    files: list[PackedFile] = field(default_factory=list)
    epoch: str | None = None


class ManifestSchema(_ManifestPart):
    """See `Manifest`."""

    shape = Manifest

    format = fields.String(required=True, validate=validate.Equal(FORMAT))
    version = fields.Integer(required=True, strict=True, validate=validate.OneOf(VERSIONS))
    device_id = text_field(64, required=True, shortest=1)
    person = fields.Nested(AuthorSchema, required=True)
    made_at = Moment(required=True)
    app_version = text_field(32, required=True)
    files = fields.List(fields.Nested(PackedFileSchema), required=True)
    epoch = text_field(64, allow_none=True)


class ImportedSchema(Schema):
    """Who imported it from a rescue zip, and when 由管理员导入; handlers see no name."""

    by = fields.Nested(NamedSchema)
    at = Moment()


class RescuedOpSchema(Schema):
    """The result of one op of the zip."""

    op_id = fields.Raw(allow_none=True)
    kind = fields.Raw(allow_none=True)
    entity_id = fields.Raw(allow_none=True)
    captured_at = fields.Raw(allow_none=True)
    status = EnumField(Rescued)
    version = fields.Integer()
    problem = fields.Dict()
    task_id = fields.UUID(allow_none=True)


class RescuedPhotoSchema(Schema):
    """The result of one photo that a record of the zip declares."""

    photo_id = fields.UUID()
    op_id = fields.UUID(allow_none=True)
    draft_id = fields.UUID(allow_none=True)
    role = fields.String()
    status = EnumField(Rescued)
    problem = fields.Dict()


class RescuedDraftSchema(Schema):
    """The result of one draft 草稿 of the zip."""

    draft_id = fields.Raw(allow_none=True)
    status = EnumField(Rescued)
    problem = fields.Dict()


class RescuedFileSchema(Schema):
    """A file of the zip that could not be read or is not expected."""

    name = fields.String()
    status = EnumField(Rescued)
    problem = fields.Dict()


class RescueAnswerSchema(Schema):
    """The result of each entry of a rescue zip; `again` if the zip was imported before."""

    rescue_id = fields.UUID()
    again = fields.Boolean()
    imported = fields.Nested(ImportedSchema)
    person = fields.Nested(NamedSchema)
    device_id = fields.String()
    made_at = Moment()
    app_version = fields.String()
    ops = fields.List(fields.Nested(RescuedOpSchema))
    photos = fields.List(fields.Nested(RescuedPhotoSchema))
    drafts = fields.List(fields.Nested(RescuedDraftSchema))
    files = fields.List(fields.Nested(RescuedFileSchema))
    # By list, the number of entries with each status.
    summary = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer())
    )
    # Whether the import has changed anything on the server.
    changed = fields.Boolean()
