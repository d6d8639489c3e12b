"""Channels 通知渠道 on the wire: the table an admin keeps, and the state of deliveries."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import EnumField, Form, Line, Moment, text_field
from schemas.places import NamedSchema
from schemas.vocabulary import ChannelKind, DeliveryState, NoticeKind


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """A channel as an admin writes it; no `secret` leaves the one that is there."""

    kind: ChannelKind
    name: str
    address: str
    secret: str | None = field(default=None, repr=False)
    kinds: list[NoticeKind] = field(default_factory=list)
    district: str | None = None
    unit_id: UUID | None = None
    active: bool = True
    version: int = 0


class ChannelFormSchema(Form):
    """See `ChannelForm`; an empty `secret` takes it away, `version` is needed for a change."""

    shape = ChannelForm

    kind = EnumField(ChannelKind, required=True)
    name = Line(64, shortest=1, required=True)
    address = text_field(500, shortest=1, required=True)
    secret = text_field(200, allow_none=True)
    kinds = fields.List(EnumField(NoticeKind), validate=validate.Length(max=50))
    district = text_field(16, allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    active = fields.Boolean()
    version = fields.Integer()


class ChannelSchema(Schema):
    """A channel as an admin reads it: never its secret, only whether there is one."""

    id = fields.UUID()
    kind = EnumField(ChannelKind)
    name = fields.String()
    address = fields.String()
    has_secret = fields.Boolean()
    kinds = fields.List(fields.String())
    district = fields.String(allow_none=True)
    unit = fields.Nested(NamedSchema, allow_none=True)
    active = fields.Boolean()
    version = fields.Integer()
    waiting = fields.Integer()
    given_up = fields.Integer()
    tries_again_at = Moment(allow_none=True)
    last_error = fields.String(allow_none=True)
    last_delivered_at = Moment(allow_none=True)


class ChannelListSchema(Schema):
    """All channels, and who mails are sent as; `mail_from` is null without a mail server."""

    items = fields.List(fields.Nested(ChannelSchema))
    next = fields.String(allow_none=True)
    mail_from = fields.String(allow_none=True)
    given_up_after_hours = fields.Integer()


class DeliverySchema(Schema):
    """One notice on one channel."""

    id = fields.UUID()
    kind = fields.String()
    title = fields.String()
    body = fields.String()
    task_id = fields.UUID(allow_none=True)
    at = Moment()
    state = EnumField(DeliveryState)
    attempts = fields.Integer()
    last_error = fields.String(allow_none=True)
    settled_at = Moment(allow_none=True)


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries to list."""

    state: DeliveryState | None = None
    limit: int = 50
    cursor: str | None = None


class DeliveryFilterSchema(Form):
    """See `DeliveryFilter`."""

    shape = DeliveryFilter

    state = EnumField(DeliveryState)
    limit = fields.Integer(validate=validate.Range(min=1, max=200))
    cursor = text_field(200)


class DeliveryPageSchema(Schema):
    """A page of deliveries, the newest first."""

    items = fields.List(fields.Nested(DeliverySchema))
    next = fields.String(allow_none=True)
