"""Which drawings 圈注 the schema accepts: small ones within their photo."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from schemas.tasks import MoveRequestSchema
from tests.support.actors import new_id

pytestmark = pytest.mark.one_database

CIRCLE = {"kind": "ellipse", "points": [[0.25, 0.5], [0.75, 0.875]]}


def drawn(photo_id: str, *strokes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"photo_id": photo_id, "strokes": list(strokes)}]


def load(annotations: Any) -> Any:
    request = {"move_id": new_id(), "move": "fail", "version": 1, "annotations": annotations}
    return MoveRequestSchema().load(request)


POINTS = [[0.5, 0.5]] * 201
INVALID: dict[str, Any] = {
    "a point outside": drawn(new_id(), {"kind": "pen", "points": [[0, 0], [1.01, 0]]}),
    "a negative point": drawn(new_id(), {"kind": "pen", "points": [[-0.1, 0], [1, 0]]}),
    "words for numbers": drawn(new_id(), {"kind": "pen", "points": [["0", "1"], [1, 0]]}),
    "a truth value": drawn(new_id(), {"kind": "pen", "points": [[True, 0], [1, 0]]}),
    "three dimensions": drawn(new_id(), {"kind": "pen", "points": [[0, 0, 0], [1, 0]]}),
    "one point": drawn(new_id(), {"kind": "pen", "points": [[0, 0]]}),
    "a circle of three": drawn(new_id(), {"kind": "ellipse", "points": [[0, 0]] * 3}),
    "an unknown kind": drawn(new_id(), {"kind": "text", "points": [[0, 0], [1, 1]]}),
    "a long line": drawn(new_id(), {"kind": "pen", "points": POINTS}),
    "many strokes": drawn(new_id(), *[CIRCLE] * 21),
    "too much in all": drawn(new_id(), *[{"kind": "pen", "points": POINTS[:200]}] * 5),
    "one photo twice": drawn(photo := new_id()) + drawn(photo),
    "five photos": [one for _ in range(5) for one in drawn(new_id())],
    "no strokes": [{"photo_id": new_id(), "strokes": []}],
    "more than is known": [{"photo_id": new_id(), "strokes": [CIRCLE | {"colour": "red"}]}],
}


@pytest.mark.parametrize("annotations", INVALID.values(), ids=INVALID)
def test_a_drawing_is_small_and_within_its_photo(annotations: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError) as error:
        load(annotations)
    assert list(error.value.normalized_messages()) == ["annotations"]


def test_a_drawing_is_kept_to_a_ten_thousandth_of_an_edge() -> None:
    request = load(drawn(new_id(), {"kind": "pen", "points": [[0.123456789, 1], [0, 0.5]]}))
    assert request.annotations[0].document()["strokes"] == [
        {"kind": "pen", "points": [[0.1235, 1.0], [0.0, 0.5]]}
    ]
