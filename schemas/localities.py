"""The locality 属地 of a case on the wire: set by a supervisor, or found again for many cases."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema, fields, validate

from schemas.fields import Form, text_field, version_field


@dataclass(frozen=True, slots=True)
class LocalityForm:
    """The street and the community that a supervisor sets; `version` is that of the task seen."""

    version: int
    street: str
    community: str | None = None


class LocalityFormSchema(Form):
    """See `LocalityForm`; both are codes."""

    shape = LocalityForm

    version = version_field(required=True)
    street = text_field(16, required=True)
    community = text_field(16, allow_none=True)


@dataclass(frozen=True, slots=True)
class LocalitiesFrom:
    """Where to go on finding localities again: behind this number of a case."""

    after: int = 0


class LocalitiesFromSchema(Form):
    """See `LocalitiesFrom`."""

    shape = LocalitiesFrom

    after = fields.Integer(
        strict=True,
        validate=validate.Range(min=0, max=2**31 - 1),
        metadata={"description": "`next` of the answer before; 0 begins"},
    )


class LocalitiesFoundSchema(Schema):
    """What a part of the cases became, by basis; `next` is null when all were looked at."""

    looked_at = fields.Integer()
    changed = fields.Integer()
    confirmed = fields.Integer()
    outline = fields.Integer()
    presumed = fields.Integer()
    undecided = fields.Integer()
    next = fields.Integer(allow_none=True)
