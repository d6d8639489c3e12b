"""Words for which a search found no category 查不到的词: sent by phones, decided by an admin."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import Schema, fields, validate

from schemas.fields import Form, text_field

LONGEST_MISS = 20
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Misses:
    """What was typed and found nothing, without who typed it."""

    texts: list[str]


class MissesSchema(Form):
    """See `Misses`; digits are masked by the server too."""

    shape = Misses

    texts = fields.List(
        text_field(LONGEST_MISS, shortest=1),
        required=True,
        validate=validate.Length(min=1, max=MOST_AT_ONCE),
    )


@dataclass(frozen=True, slots=True)
class MissDecision:
    """The category whose everyday words 俗称 get the text; none: it is left out from now on."""

    text: str
    category: str | None


class MissDecisionSchema(Form):
    """See `MissDecision`."""

    shape = MissDecision

    text = text_field(LONGEST_MISS, shortest=1, required=True)
    category = text_field(16, shortest=1, required=True, allow_none=True)


class MissSchema(Schema):
    """A text that found no category: how often, and on which days first and last."""

    text = fields.String()
    count = fields.Integer()
    first_on = fields.Date()
    last_on = fields.Date()


class MissPageSchema(Schema):
    """The texts that nobody has decided about yet, the most frequent first."""

    items = fields.List(fields.Nested(MissSchema))
    total = fields.Integer(metadata={"description": "how many wait, also those not listed"})
