"""Saved filters 常用筛选 of the task list on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marshmallow import Schema, fields

from schemas.fields import Form, Line, Moment, text_field


@dataclass(frozen=True, slots=True)
class FilterForm:
    """A filter to save; its id is made by the console, so saving it twice saves it once."""

    id: UUID
    name: str
    query: str


class FilterFormSchema(Form):
    """See `FilterForm`; `query` is the query of the console's URL."""

    shape = FilterForm
    component = "WantedFilter"

    id = fields.UUID(required=True)
    name = Line(40, shortest=1, required=True)
    query = text_field(2000, required=True)


class SavedFilterSchema(Schema):
    """A saved filter."""

    id = fields.UUID()
    name = fields.String()
    query = fields.String()
    saved_at = Moment()


class SavedFiltersSchema(Schema):
    """The filters of one person, by name."""

    items = fields.List(fields.Nested(SavedFilterSchema))
