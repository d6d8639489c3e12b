"""Notices 通知 on the wire: the inbox of the person who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import EnumField, Form, Moment, text_field
from schemas.vocabulary import NoticeKind


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices to list."""

    unread: bool = False
    limit: int = 30
    cursor: str | None = None


class NoticeFilterSchema(Form):
    """See `NoticeFilter`."""

    shape = NoticeFilter

    unread = fields.Boolean()
    limit = fields.Integer(validate=validate.Range(min=1, max=200))
    cursor = text_field(200)


class NoticeSchema(Schema):
    """One message for me about one thing that happened."""

    id = fields.UUID()
    kind = EnumField(NoticeKind)
    title = fields.String()
    body = fields.String()
    task_id = fields.UUID(allow_none=True)
    observation_id = fields.UUID(allow_none=True)
    at = Moment()
    read_at = Moment(allow_none=True)


class NoticePageSchema(Schema):
    """A page of my inbox, the newest first; `unread` counts the whole inbox."""

    items = fields.List(fields.Nested(NoticeSchema))
    next = fields.String(allow_none=True)
    unread = fields.Integer()


@dataclass(frozen=True, slots=True)
class ReadNotices:
    """What I have read: these, or everything up to a moment."""

    ids: list[UUID] = field(default_factory=list)
    until: datetime | None = None


class ReadNoticesSchema(Form):
    """See `ReadNotices`."""

    shape = ReadNotices

    ids = fields.List(fields.UUID(), validate=validate.Length(max=500))
    until = Moment()


class UnreadSchema(Schema):
    """How much of my inbox I have not read."""

    unread = fields.Integer()
