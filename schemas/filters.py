"""Saved filters on the wire 常用筛选: what a person keeps of the desk's list, by name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marshmallow import Schema, fields

from schemas.fields import Form, Moment, words


@dataclass(frozen=True, slots=True)
class WantedFilter:
    """A filter to keep; its id is made at the desk, so keeping it twice keeps it once."""

    id: UUID
    name: str
    query: str


class WantedFilterSchema(Form):
    """See `WantedFilter`; `query` is that of the desk's address."""

    shape = WantedFilter

    id = fields.UUID(required=True)
    name = words(40, shortest=1, required=True)
    query = words(2000, required=True)


class SavedFilterSchema(Schema):
    """A filter somebody kept."""

    id = fields.UUID()
    name = fields.String()
    query = fields.String()
    saved_at = Moment()


class SavedFiltersSchema(Schema):
    """The filters of one person, by name."""

    items = fields.List(fields.Nested(SavedFilterSchema))
