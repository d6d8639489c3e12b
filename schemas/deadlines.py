"""A deadline 时限 on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields

from schemas.fields import Moment


class DeadlineSchema(Schema):
    """A deadline and the reason for it, in words of both languages."""

    due_at = Moment()
    provisional = fields.Boolean()
    explanation = fields.List(fields.String())
    explanation_en = fields.List(fields.String())
