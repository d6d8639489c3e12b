"""Sync on the wire 同步: a batch of ops, its receipts, and the pages of a pull."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import EnumField, Form, Moment, text_field, version_field
from schemas.photos import DeclaredPhoto, DeclaredPhotoSchema
from schemas.vocabulary import Collection, OpStatus

MAX_OPS = 100
MAX_RECEIPTS = 500


@dataclass(frozen=True, slots=True)
class PhoneClock:
    """How far the phone's clock was off at the last exchange, and how long ago that was."""

    offset_ms: int | None = None
    age_ms: int | None = None


_EVER = validate.Range(min=-(10**15), max=10**15)


class PhoneClockSchema(Form):
    """See `PhoneClock`."""

    shape = PhoneClock

    offset_ms = fields.Integer(allow_none=True, validate=_EVER)
    age_ms = fields.Integer(allow_none=True, validate=_EVER)


@dataclass(frozen=True, slots=True)
class Op:
    """One op 操作 of a phone; its `data` is loaded by the schema of its kind."""

    op_id: UUID
    schema: int
    kind: str
    entity_id: UUID
    captured_at: datetime
    data: dict[str, Any]
    base_version: int | None = None
    after: list[UUID] = field(default_factory=list)
    clock: PhoneClock | None = None
    photos: list[DeclaredPhoto] = field(default_factory=list)


class OpSchema(Form):
    """See `Op`. Every schema number ever shipped stays acceptable for push."""

    shape = Op

    op_id = fields.UUID(required=True)
    schema = fields.Integer(required=True, strict=True, validate=validate.OneOf((1,)))
    kind = text_field(64, required=True)
    entity_id = fields.UUID(required=True)
    captured_at = Moment(required=True)
    data = fields.Dict(keys=fields.String(), required=True)
    base_version = version_field(allow_none=True)
    after = fields.List(fields.UUID(), validate=validate.Length(max=MAX_OPS))
    clock = fields.Nested(PhoneClockSchema, allow_none=True)
    photos = fields.List(fields.Nested(DeclaredPhotoSchema))


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of ops; they stay raw JSON, so that one invalid op does not affect the others."""

    epoch: str | None
    device_id: str
    batch_id: str
    ops: list[Any]
    sent_at: datetime | None = None


class BatchSchema(Form):
    """See `Batch`."""

    shape = Batch

    epoch = fields.String(required=True, allow_none=True)
    device_id = text_field(64, required=True)
    batch_id = text_field(64, required=True)
    sent_at = Moment(allow_none=True)
    ops = fields.List(fields.Raw(allow_none=True), required=True)


class OpResultSchema(Schema):
    """The result of one op."""

    op_id = fields.Raw()
    status = EnumField(OpStatus)
    version = fields.Integer()
    problem = fields.Dict()
    server = fields.Dict()
    retry_after = fields.Integer()
    wanted = fields.List(fields.UUID())


class SyncAnswerSchema(Schema):
    """The fields of every sync answer."""

    server_now = Moment()
    epoch = fields.String()
    backed_up_to = Moment(allow_none=True)


class PushAnswerSchema(SyncAnswerSchema):
    """One result per op, in the order of the ops."""

    results = fields.List(fields.Nested(OpResultSchema))


@dataclass(frozen=True, slots=True)
class ReceiptsQuery:
    """The ids of which a phone asks receipts 回执."""

    ops: list[UUID] = field(default_factory=list)
    photos: list[UUID] = field(default_factory=list)


class ReceiptsQuerySchema(Form):
    """See `ReceiptsQuery`."""

    shape = ReceiptsQuery
    component = "Asked"

    ops = fields.List(fields.UUID(), validate=validate.Length(max=MAX_RECEIPTS))
    photos = fields.List(fields.UUID(), validate=validate.Length(max=MAX_RECEIPTS))


class ReceiptsSchema(SyncAnswerSchema):
    """The status of every id that was asked for."""

    ops = fields.Dict(keys=fields.String(), values=fields.String())
    photos = fields.Dict(keys=fields.String(), values=fields.String())


@dataclass(frozen=True, slots=True)
class PullFrom:
    """The cursor after which a pull continues, and the size of its page."""

    cursor: str | None = None
    limit: int = 500


class PullFromSchema(Form):
    """See `PullFrom`."""

    shape = PullFrom

    cursor = text_field(400)
    limit = fields.Integer(validate=validate.Range(min=1, max=500))


class ChangeSchema(Schema):
    """One entity in its present state, or its deletion."""

    seq = fields.Integer()
    collection = EnumField(Collection)
    id = fields.String()
    op = fields.String()
    version = fields.Integer()
    data = fields.Dict(allow_none=True)


class PullAnswerSchema(SyncAnswerSchema):
    """A page of changes; `reset` lists the collections the phone has to replace."""

    changes = fields.List(fields.Nested(ChangeSchema))
    cursor = fields.String()
    more = fields.Boolean()
    reset = fields.List(fields.String())
