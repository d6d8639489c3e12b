"""The board of a month 按月 on the wire."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema, fields, validate

from schemas.fields import Form, Moment

MONTH = r"\A20[0-9]{2}-(0[1-9]|1[0-2])\Z"


@dataclass(frozen=True, slots=True)
class MonthFilter:
    """The month that is asked for: `2026-11`; the current one if there is none."""

    month: str | None = None


class MonthFilterSchema(Form):
    """See `MonthFilter`."""

    shape = MonthFilter

    month = fields.String(validate=validate.Regexp(MONTH))


class MonthRatesSchema(Schema):
    """Rates, 0 to 1; null where there is nothing to take them of."""

    filed = fields.Float(allow_none=True)
    rework = fields.Float(allow_none=True)
    closed = fields.Float(allow_none=True)
    on_time = fields.Float(allow_none=True)


class MonthCountsSchema(Schema):
    """The counts of a month and the rates of them; all null for a district out of scope."""

    received = fields.Integer(allow_none=True)
    filed = fields.Integer(allow_none=True)
    rework = fields.Integer(allow_none=True)
    due = fields.Integer(allow_none=True)
    closed = fields.Integer(allow_none=True)
    closed_on_time = fields.Integer(allow_none=True)
    overdue = fields.Integer(allow_none=True)
    rates = fields.Nested(MonthRatesSchema)


class MonthUnitSchema(MonthCountsSchema):
    """One unit; its code is `-` for the cases that have none."""

    code = fields.String()
    name = fields.String()


class MonthDistrictSchema(MonthUnitSchema):
    """One district; its code is `-` for the cases that lie in none."""

    in_scope = fields.Boolean()


class MonthSchema(Schema):
    """Districts and units of a month 按月, side by side and without a rank."""

    as_of = Moment()
    month = fields.String()
    from_on = fields.Date()
    to_on = fields.Date()
    districts = fields.List(fields.Nested(MonthDistrictSchema))
    units = fields.List(fields.Nested(MonthUnitSchema))
    totals = fields.Nested(MonthCountsSchema)
    definitions = fields.Dict(keys=fields.String(), values=fields.String())
