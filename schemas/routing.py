"""Routing rules 派遣规则 on the wire: kept by an admin, and tried on past records first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marshmallow import Schema, fields, validate

from schemas.fields import Form, Moment, text_field
from schemas.places import NamedSchema


@dataclass(frozen=True, slots=True)
class RuleForm:
    """One line of the routing table; what is not given means "any".

    Without `unit_id` the task goes to the unit of the shop where it was reported. `replaces` is the
    rule that ends the day before this one begins.
    """

    starts_on: date
    category_prefix: str = ""
    district: str | None = None
    street: str | None = None
    community: str | None = None
    point_type: str | None = None
    point_id: UUID | None = None
    unit_id: UUID | None = None
    pairing_unit_id: UUID | None = None
    ends_on: date | None = None
    note: str | None = None
    replaces: UUID | None = None


class RuleFormSchema(Form):
    """See `RuleForm`."""

    shape = RuleForm

    starts_on = fields.Date(required=True)
    category_prefix = text_field(16)
    district = text_field(16, allow_none=True)
    street = text_field(16, allow_none=True)
    community = text_field(16, allow_none=True)
    point_type = text_field(32, allow_none=True)
    point_id = fields.UUID(allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    pairing_unit_id = fields.UUID(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    note = text_field(200, allow_none=True)
    replaces = fields.UUID(allow_none=True)


@dataclass(frozen=True, slots=True)
class RuleEnd:
    """The last day of a rule."""

    ends_on: date
    note: str | None = None


class RuleEndSchema(Form):
    """See `RuleEnd`."""

    shape = RuleEnd

    ends_on = fields.Date(required=True)
    note = text_field(200, allow_none=True)


@dataclass(frozen=True, slots=True)
class EndedRule:
    """A rule and its last day, to be tried."""

    id: UUID
    ends_on: date


class EndedRuleSchema(Form):
    """See `EndedRule`."""

    shape = EndedRule

    id = fields.UUID(required=True)
    ends_on = fields.Date(required=True)


@dataclass(frozen=True, slots=True)
class Trial:
    """What to try: a rule that is added or takes another's place, or one that ends."""

    rule: RuleForm | None = None
    ends: EndedRule | None = None


class TrialSchema(Form):
    """See `Trial`."""

    shape = Trial

    rule = fields.Nested(RuleFormSchema, allow_none=True)
    ends = fields.Nested(EndedRuleSchema, allow_none=True)


class RuleSchema(Schema):
    """One line of the routing table, with names beside codes."""

    id = fields.UUID()
    category_prefix = fields.String()
    category_name = fields.String(allow_none=True)
    district = fields.Nested(NamedSchema, allow_none=True)
    street = fields.Nested(NamedSchema, allow_none=True)
    community = fields.Nested(NamedSchema, allow_none=True)
    point = fields.Nested(NamedSchema, allow_none=True)
    point_type = fields.String(allow_none=True)
    unit = fields.Nested(NamedSchema, allow_none=True)
    pairing_unit = fields.Nested(NamedSchema, allow_none=True)
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)
    note = fields.String(allow_none=True)
    in_force = fields.Boolean()


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """Which rules to list."""

    ended: bool = False
    limit: int = 200
    cursor: str | None = None


class RuleFilterSchema(Form):
    """See `RuleFilter`; without `ended` only rules in force or to come."""

    shape = RuleFilter

    ended = fields.Boolean()
    limit = fields.Integer(validate=validate.Range(min=1, max=1000))
    cursor = text_field(200)


class RulePageSchema(Schema):
    """A page of the routing table, by category."""

    items = fields.List(fields.Nested(RuleSchema))
    next = fields.String(allow_none=True)


class CaseNumberSchema(Schema):
    """A case by its number."""

    id = fields.UUID()
    number = fields.String()


class RerouteSchema(Schema):
    """Records that would go from one unit to another; null is the 待指派 list."""

    origin = fields.Nested(NamedSchema, allow_none=True, data_key="from")
    target = fields.Nested(NamedSchema, allow_none=True, data_key="to")
    count = fields.Integer()
    cases = fields.List(fields.Nested(CaseNumberSchema))


class DryRunSchema(Schema):
    """Where past records would go, were they reported on the day the change begins."""

    as_of = fields.Date()
    records = fields.Integer()
    first_at = Moment(allow_none=True)
    unchanged = fields.Integer()
    moved = fields.Integer()
    unassigned_before = fields.Integer()
    unassigned_after = fields.Integer()
    pairing_changed = fields.Integer()
    routes = fields.List(fields.Nested(RerouteSchema))
