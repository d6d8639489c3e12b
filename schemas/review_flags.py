"""Review flags on the wire 疑点: why cases have to be looked at one by one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import Form

# So many cases are decided at once; a page of the list has no more.
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class SeveralTasks:
    """The cases somebody is about to decide at once."""

    ids: list[UUID]


class SeveralTasksSchema(Form):
    """See `SeveralTasks`."""

    shape = SeveralTasks

    ids = fields.List(
        fields.UUID(), required=True, validate=validate.Length(min=1, max=MOST_AT_ONCE)
    )


class ReviewFlagsSchema(Schema):
    """Why a case has to be looked at by itself 疑点; `version` is the one that was looked at."""

    component = "Doubt"

    id = fields.UUID()
    number = fields.String()
    version = fields.Integer()
    doubts = fields.List(fields.String())
    doubts_en = fields.List(fields.String())


class ReviewFlagsPageSchema(Schema):
    """The review flags of several cases; cases out of sight are absent."""

    component = "Doubts"

    items = fields.List(fields.Nested(ReviewFlagsSchema))
