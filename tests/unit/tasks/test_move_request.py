"""A move request as a row keeps it: what an earlier build stored is read, under the same keys."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from inspect_server.models import TaskMove
from inspect_server.tasks.services import move_request
from schemas.annotations import Annotation, Stroke
from schemas.photos import DeclaredPhoto
from schemas.places import Place
from schemas.tasks import MoveRequest
from schemas.vocabulary import Decision, Move, PhotoRole, PhotoSource, PlaceSource, StrokeKind

MOVE, UNIT, CASE, PHOTO = (UUID(int=number) for number in (1, 2, 3, 4))
# As a build before `MoveRequest` wrote it, with every key it knew.
STORED = {
    "reason": "other",
    "note": "门前",
    "unit_id": str(UNIT),
    "place": {"lon": 110.7, "lat": 32.5, "accuracy_m": 8.0, "source": "gnss", "fixed_at": None},
    "photos": [str(PHOTO)],
    "decision": "approve",
    "into": str(CASE),
    "until": "2026-05-01",
    "as_rule": True,
    "annotations": [
        {"photo_id": str(PHOTO), "strokes": [{"kind": "pen", "points": [[0.1, 0.2], [0.3, 0.4]]}]}
    ],
}
REQUEST = MoveRequest(
    move_id=MOVE,
    move=Move.SHELVE,
    version=7,
    reason="other",
    note="门前",
    unit_id=UNIT,
    place=Place(110.7, 32.5, 8.0, PlaceSource.GNSS, None),
    photos=[DeclaredPhoto(PHOTO, PhotoRole.AFTER, "ab", 3, PhotoSource.INPUT)],
    decision=Decision.APPROVE,
    into=CASE,
    until=date(2026, 5, 1),
    as_rule=True,
    annotations=[Annotation(PHOTO, [Stroke(StrokeKind.PEN, [[0.1, 0.2], [0.3, 0.4]])])],
    digest="d",
)


def row(stored: dict[str, object]) -> TaskMove:
    return TaskMove(id=MOVE, move="shelve", seen_version=7, digest="d", request=stored)


def test_a_request_is_kept_under_the_keys_of_earlier_builds() -> None:
    later = {"confirmed": [], "category": None}
    assert move_request.to_json(REQUEST) == STORED | later


def test_a_request_is_read_from_what_an_earlier_build_kept() -> None:
    read = move_request.from_row(row(STORED))
    for name in ("move_id", "move", "version", "reason", "note", "unit_id", "decision", "into"):
        assert getattr(read, name) == getattr(REQUEST, name)
    assert (read.until, read.as_rule, read.digest) == (date(2026, 5, 1), True, "d")


def test_a_request_is_read_from_a_row_that_lacks_later_keys() -> None:
    read = move_request.from_row(row({"reason": None, "note": "好", "unit_id": None}))
    assert (read.note, read.into, read.until, read.as_rule) == ("好", None, None, False)


def test_the_column_keeps_its_name() -> None:
    assert TaskMove.__table__.c.wanted.type is not None
