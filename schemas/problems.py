"""A problem on the wire (RFC 9457)."""

from __future__ import annotations

from marshmallow import Schema, fields


class ProblemSchema(Schema):
    """What went wrong and what to do; the same object sits inside a receipt."""

    type = fields.String()
    slug = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String()
    retryable = fields.Boolean()
    retry_after = fields.Integer()
    errors = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
