"""Cases that a unit handed back 退回的案件, on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from schemas.fields import Moment
from schemas.tasks import TaskEventSchema


class PastTaskSchema(Schema):
    """A case that my unit handed back 退回的案件: what the unit did, and nothing that came later.

    `version` is that of the hand-back.
    """

    component = "PastTask"

    id = fields.UUID()
    number = fields.String()
    version = fields.Integer()
    category = fields.String()
    category_name = fields.String()
    dispatched_at = Moment(allow_none=True)
    handed_back_at = Moment()
    events = fields.List(fields.Nested(TaskEventSchema))


class PastTaskPageSchema(Schema):
    """A page of the cases my unit handed back, the newest first."""

    component = "PastTasks"

    items = fields.List(fields.Nested(PastTaskSchema))
    next = fields.String(allow_none=True)
