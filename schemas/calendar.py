"""The working calendar 工作日历 as an admin edits it: years, days, working hours, who did what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from marshmallow import Schema, fields, validate

from schemas.fields import Form, Line, Moment, text_field
from schemas.places import NamedSchema

CLOCK = "%H:%M"


class YearSchema(Schema):
    """A published year."""

    year = fields.Integer()
    source = fields.String()
    days_off = fields.Integer()
    make_up_days = fields.Integer()


class YearsSchema(Schema):
    """The published years, which the library could add, and which is missing."""

    items = fields.List(fields.Nested(YearSchema))
    next = fields.String(allow_none=True)
    importable = fields.List(fields.Integer())
    missing = fields.Integer(allow_none=True)


@dataclass(frozen=True, slots=True)
class Publication:
    """A year to publish: from the library, or from the lines of `days`."""

    year: int
    source: str
    days: str = ""
    replace: bool = False
    note: str | None = None


class PublicationSchema(Form):
    """See `Publication`; `replace` takes the place of a year that is published already."""

    shape = Publication

    year = fields.Integer(required=True, validate=validate.Range(min=2004, max=2100))
    source = fields.String(required=True, validate=validate.OneOf(["library", "list"]))
    days = text_field(20_000)
    replace = fields.Boolean()
    note = text_field(200, allow_none=True)


class PublishedSchema(Schema):
    """What a change of the calendar did: open cases whose limit will be counted again."""

    years = fields.Nested(YearsSchema)
    recounted = fields.Integer()


@dataclass(frozen=True, slots=True)
class DayForm:
    """Whether a day is worked."""

    day: date
    working: bool
    name: str | None = None
    note: str | None = None


class DayFormSchema(Form):
    """See `DayForm`; a day as Monday to Friday has it is no exception any more."""

    shape = DayForm

    day = fields.Date(required=True)
    working = fields.Boolean(required=True)
    name = Line(64, allow_none=True)
    note = text_field(200, allow_none=True)


@dataclass(frozen=True, slots=True)
class Hours:
    """One stretch of a working day."""

    begins: time
    ends: time


class HoursSchema(Form):
    """See `Hours`, as 08:00."""

    shape = Hours

    begins = fields.Time(format=CLOCK, required=True)
    ends = fields.Time(format=CLOCK, required=True)


@dataclass(frozen=True, slots=True)
class PeriodForm:
    """Working hours from a day on, until a day or until further notice."""

    starts_on: date
    hours: list[Hours]
    ends_on: date | None = None
    note: str | None = None


class PeriodFormSchema(Form):
    """See `PeriodForm`."""

    shape = PeriodForm

    starts_on = fields.Date(required=True)
    hours = fields.List(
        fields.Nested(HoursSchema), required=True, validate=validate.Length(min=1, max=6)
    )
    ends_on = fields.Date(allow_none=True)
    note = text_field(200, allow_none=True)


@dataclass(frozen=True, slots=True)
class PeriodDrop:
    """Working hours to take back, by their first day."""

    starts_on: date


class PeriodDropSchema(Form):
    """See `PeriodDrop`."""

    shape = PeriodDrop

    starts_on = fields.Date(required=True)


class HoursShownSchema(Schema):
    """One stretch of a working day."""

    begins = fields.String()
    ends = fields.String()


class PeriodSchema(Schema):
    """Working hours 作息 from a day on."""

    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)
    hours = fields.List(fields.Nested(HoursShownSchema))
    now = fields.Boolean()


class PeriodsSchema(Schema):
    """All working hours, the latest first."""

    items = fields.List(fields.Nested(PeriodSchema))
    next = fields.String(allow_none=True)


class EditSchema(Schema):
    """Who changed what."""

    id = fields.UUID()
    at = Moment()
    by = fields.Nested(NamedSchema)
    words = fields.String()
    note = fields.String(allow_none=True)


class EditPageSchema(Schema):
    """A page of edits, the newest first."""

    items = fields.List(fields.Nested(EditSchema))
    next = fields.String(allow_none=True)


class RecountedSchema(Schema):
    """How many open cases have their limit counted again."""

    recounted = fields.Integer()
