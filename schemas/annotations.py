"""Annotations 圈注 on the wire: what a reviewer drew over a photo, which itself never changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.fields import EnumField, Form
from schemas.vocabulary import StrokeKind

MOST_ANNOTATIONS = 4
MOST_STROKES = 20
MOST_POINTS = 200
# Of one move: it travels to phones with the case, and a drawing is no photograph.
MOST_POINTS_IN_ALL = 800
# A ten-thousandth of an edge is finer than a pixel of the review copy.
DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Stroke:
    """One line 笔画: points as fractions of the upright photo, from its top left corner.

    A pen's line goes through its points; an ellipse lies in the rectangle of its two; an arrow
    points at its second.
    """

    kind: StrokeKind
    points: list[list[float]]


@dataclass(frozen=True, slots=True)
class Annotation:
    """What was drawn over one photo."""

    photo_id: UUID
    strokes: list[Stroke]

    def document(self) -> dict[str, Any]:
        """Write it the way a JSON column keeps it and the wire shows it."""
        return {
            "photo_id": str(self.photo_id),
            "strokes": [{"kind": str(s.kind), "points": s.points} for s in self.strokes],
        }


class Spot(fields.Field[list[float]]):
    """A point of a photo: two fractions, 0 to 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[float]:
        if not isinstance(value, list) or len(value) != 2:
            raise ValidationError("应为 [x, y]")
        return [self._fraction(part) for part in value]

    @staticmethod
    def _fraction(part: Any) -> float:
        is_number = isinstance(part, int | float) and not isinstance(part, bool)
        if not is_number or not math.isfinite(part) or not 0 <= part <= 1:
            raise ValidationError("应为 0 到 1 之间的数")
        return round(float(part), DECIMALS)


class StrokeSchema(Form):
    """See `Stroke`."""

    shape = Stroke

    kind = EnumField(StrokeKind, required=True)
    points = fields.List(
        Spot(metadata={"type": "array", "items": {"type": "number"}}),
        required=True,
        validate=validate.Length(min=2, max=MOST_POINTS),
    )

    @validates_schema
    def _has_its_points(self, data: dict[str, Any], **_: Any) -> None:
        if data["kind"] is not StrokeKind.PEN and len(data["points"]) != 2:
            raise ValidationError("圆圈和箭头各有两个点", "points")


class AnnotationSchema(Form):
    """See `Annotation`."""

    shape = Annotation

    photo_id = fields.UUID(required=True)
    strokes = fields.List(
        fields.Nested(StrokeSchema),
        required=True,
        validate=validate.Length(min=1, max=MOST_STROKES),
    )


def are_few(annotations: Sequence[Annotation]) -> None:
    """Refuse a photo named twice, and more points than a phone should be sent."""
    if len({one.photo_id for one in annotations}) < len(annotations):
        raise ValidationError("同一张照片只能有一份圈注")
    points = sum(len(stroke.points) for one in annotations for stroke in one.strokes)
    if points > MOST_POINTS_IN_ALL:
        raise ValidationError(f"圈注太复杂：{points} 个点，最多 {MOST_POINTS_IN_ALL} 个")
