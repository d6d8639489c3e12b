"""The checker sees what it is there for: every kind of damage, done to books that balance."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core import clock
from inspect_server.models import (
    Change,
    Job,
    Observation,
    Photo,
    Quarantined,
    ReceivedOp,
    Task,
    TaskEvent,
    TaskGram,
    TaskMove,
    TaskWords,
    Upload,
    Visit,
)
from inspect_server.photos.services import photos
from media import keys
from media.store import ObjectStore
from tests.reliability import checker
from tests.reliability.checker import Kind, Object, Report
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.case_walks import finding, handling, visit
from tests.support.rows import Rows

pytestmark = pytest.mark.one_database

FOUND = Shot(jpeg(3, 48), photo_id="0198c0de-0000-7000-8000-000000000f0d")
AFTER = Shot(jpeg(2, 48), "after", "0198c0de-0000-7000-8000-00000000af7e")


@pytest.fixture
def books(
    app: Flask,
    observer: Device,
    supervisor: Device,
    handler: Device,
    visitor: Device,
    object_store: ObjectStore,
) -> Books:
    """Balanced books: a handled and visited task with photos, a record, an op in quarantine."""
    made = Books(app, observer, supervisor, handler, object_store)
    made.visit(supervisor, visitor)
    return made


class Books:
    """What lies on the server and on 小陈's phone when all is well."""

    def __init__(
        self, app: Flask, observer: Device, supervisor: Device, handler: Device, store: ObjectStore
    ) -> None:
        self.rows, self.store, self.observer = Rows(app), store, observer
        self.task = handling(observer, supervisor, handler)
        self.sent = record(Shot(jpeg(1, 48)), note="门前堆物")
        self.refused = record(category="NONE1")
        self.move = op(
            "task.move", self.task["id"], {"move": "submit"}, [AFTER], base_version=self.version()
        )
        observer.send(self.sent, self.refused)
        self.shot = Shot(jpeg(1, 48), photo_id=self.sent["photos"][0]["photo_id"])
        observer.upload(self.shot)
        handler.send(self.move)
        handler.upload(AFTER)
        self.bucket = {
            key: found
            for photo in self.rows.read(lambda s: list(s.scalars(sa.select(Photo))))
            for key, found in checker.read_bucket(store, photo.object_key or "-").items()
        }

    def visit(self, supervisor: Device, visitor: Device) -> None:
        """小林 looks at the handled task on the spot."""
        asked = visit(supervisor, self.task, visitor)
        (result,) = visitor.send(finding(asked, FOUND))
        assert result["status"] == "accepted", result
        visitor.upload(FOUND)
        photo = self.rows.one(Photo, Photo.id == UUID(FOUND.photo_id))
        self.bucket |= checker.read_bucket(self.store, photo.object_key)

    def version(self) -> int:
        task_id = UUID(self.task["id"])
        return int(self.rows.one(Task, Task.id == task_id).version)

    def phone(self, **more: Any) -> dict[str, Any]:
        """The dump of a phone that knows the record and the refused op."""
        photo_id, op_id = self.shot.photo_id, self.sent["op_id"]
        return {
            "device_id": self.observer.device_id,
            "person_id": self.observer.person["id"],
            "ops": {
                op_id: {"state": "accepted", "content": self.sent},
                self.refused["op_id"]: {"state": "quarantined", "content": self.refused},
            },
            "photos": {
                photo_id: {
                    "state": "stored",
                    "sha256": self.shot.sha256,
                    "bytes": len(self.shot.content),
                    "op_id": op_id,
                    "held": True,
                }
            },
            "saved": {op_id: [photo_id], self.refused["op_id"]: []},
            "told": {
                "ops": {op_id: "accepted", self.refused["op_id"]: "quarantined"},
                "photos": {photo_id: "stored"},
            },
        } | more

    def look(self, *dumps: dict[str, Any], **more: Any) -> Report:
        """What the checker says."""
        told = dumps or (self.phone(),)
        return self.rows.read(lambda s: checker.examine(s, self.bucket, told, **more))

    def change(self, *statements: Any) -> None:
        """Damage the rows, behind the service's back."""

        def all_of_them(session: Session) -> None:
            for statement in statements:
                session.execute(statement)

        self.rows.write(all_of_them)

    def entity(self) -> UUID:
        return UUID(self.sent["entity_id"])

    def photo(self) -> UUID:
        return UUID(self.shot.photo_id)


def test_books_that_balance_are_found_in_order(books: Books) -> None:
    report = books.look()
    assert report.ok, report.lines()
    assert report.findings == ()
    assert report.counted["records"] == 2


# --- on the server -------------------------------------------------------------------------------


def of_record(b: Books) -> Any:
    return sa.select(Task.id).where(Task.observation_id == b.entity()).scalar_subquery()


def again(b: Books, move: str) -> None:
    """An event is written a second time."""

    def copy(session: Session) -> None:
        query = sa.select(TaskEvent).where(TaskEvent.move == move).order_by(TaskEvent.at)
        first = session.scalars(query).first()
        columns = {c.name: getattr(first, c.name) for c in TaskEvent.__table__.columns}
        session.add(TaskEvent(**columns | {"id": UUID(new_id()), "version": 99}))

    b.rows.write(copy)


DAMAGES: list[tuple[str, Callable[[Books], Any], Kind]] = [
    (
        "an op is forgotten",
        lambda b: b.change(
            sa.delete(ReceivedOp).where(ReceivedOp.op_id == UUID(b.sent["op_id"])),
        ),
        Kind.LOST,
    ),
    (
        "an op is kept with other words",
        lambda b: b.change(
            sa.update(ReceivedOp)
            .where(ReceivedOp.op_id == UUID(b.sent["op_id"]))
            .values(body=b.sent | {"data": {}})
        ),
        Kind.LOST,
    ),
    ("a refused op is shown to nobody", lambda b: b.change(sa.delete(Quarantined)), Kind.LOST),
    (
        "a task is forgotten",
        lambda b: b.change(
            sa.update(Photo).where(Photo.task_id == of_record(b)).values(task_id=None),
            sa.delete(TaskEvent).where(TaskEvent.task_id == of_record(b)),
            sa.delete(TaskGram),
            sa.delete(TaskWords),
            sa.delete(Task).where(Task.observation_id == b.entity()),
        ),
        Kind.LOST,
    ),
    ("a task is opened twice", lambda b: again(b, "opened"), Kind.DUPLICATED),
    (
        "the same deed under two ids",
        lambda b: b.rows.write(
            lambda s: s.add(
                ReceivedOp(
                    **{
                        c.name: getattr(s.get_one(ReceivedOp, UUID(b.sent["op_id"])), c.name)
                        for c in ReceivedOp.__table__.columns
                    }
                    | {"op_id": UUID(new_id())}
                )
            )
        ),
        Kind.DUPLICATED,
    ),
    (
        "a correction counts twice",
        lambda b: b.change(
            sa.update(Observation).where(Observation.id == b.entity()).values(version=3)
        ),
        Kind.DUPLICATED,
    ),
    ("a move happens twice", lambda b: again(b, "accept"), Kind.DUPLICATED),
    ("a visit is told twice", lambda b: again(b, "visit_recorded"), Kind.DUPLICATED),
    (
        "what was found on the spot is forgotten",
        lambda b: b.change(sa.update(Visit).values(op_id=None, state="asked")),
        Kind.LOST,
    ),
    ("a photo's object is gone", lambda b: b.bucket.clear(), Kind.DANGLING),
    (
        "an object holds other bytes",
        lambda b: b.bucket.update({key: Object(1, "0" * 64) for key in b.bucket}),
        Kind.DANGLING,
    ),
    (
        "a stored photo is still under way",
        lambda b: b.rows.write(
            lambda s: s.add(
                Upload(
                    photo_id=b.photo(),
                    parts=[],
                    expires_at=s.get_one(Photo, b.photo()).created_at,
                )
            )
        ),
        Kind.DANGLING,
    ),
    ("no copies were ordered", lambda b: b.change(sa.delete(Job)), Kind.INCOMPLETE),
    (
        "half a record is shown as whole",
        lambda b: b.change(sa.update(Photo).where(Photo.id == b.photo()).values(state="declared")),
        Kind.INCOMPLETE,
    ),
    (
        "a task waits for nothing",
        lambda b: b.change(
            sa.update(Task)
            .where(Task.observation_id == b.entity())
            .values(state="awaiting_evidence")
        ),
        Kind.INCOMPLETE,
    ),
    (
        "a move is taken before its photos",
        lambda b: b.change(
            sa.update(Photo).where(Photo.id == UUID(AFTER.photo_id)).values(state="partial")
        ),
        Kind.INCOMPLETE,
    ),
    (
        "a move waits for nothing",
        lambda b: b.change(sa.update(TaskMove).values(status="pending")),
        Kind.INCOMPLETE,
    ),
    (
        "a change is told to nobody",
        lambda b: b.change(sa.delete(Change).where(Change.entity_id == str(b.entity()))),
        Kind.UNPUBLISHED,
    ),
    (
        "a number lies beyond the counter",
        lambda b: b.change(sa.text("UPDATE counter SET value = 1 WHERE name = 'log'")),
        Kind.DISORDER,
    ),
    (
        "an event is missing",
        lambda b: b.change(sa.delete(TaskEvent).where(TaskEvent.move == "accept")),
        Kind.DISORDER,
    ),
]


@pytest.mark.parametrize(("what", "damage", "kind"), DAMAGES, ids=[one[0] for one in DAMAGES])
def test_the_checker_sees_that(
    books: Books, what: str, damage: Callable[[Books], Any], kind: Kind
) -> None:
    damage(books)
    report = books.look()
    assert report.count(kind), (what, report.lines())
    assert not report.ok


def test_an_object_without_a_row_is_listed_and_harmless(books: Books) -> None:
    stray = keys.original(UUID(new_id()), "0" * 64)
    books.bucket[stray] = Object(3, "0" * 64)
    report = books.look()
    assert [one.subject for one in report.findings] == [stray]
    assert report.ok


def test_an_object_whose_row_is_still_to_come_is_no_orphan(books: Books) -> None:
    books.change(
        sa.update(Photo).where(Photo.id == books.photo()).values(state="partial", object_key=None)
    )
    assert books.look().count(Kind.ORPHANED) == 0


# --- on the phone --------------------------------------------------------------------------------


def test_what_a_phone_showed_as_saved_and_nobody_has_is_lost(books: Books) -> None:
    phone = books.phone()
    phone["saved"][new_id()] = []
    assert books.look(phone).count(Kind.LOST) == 1


def test_a_photo_that_is_neither_here_nor_there_is_lost(books: Books) -> None:
    phone = books.phone()
    phone["saved"][books.sent["op_id"]].append(new_id())
    assert books.look(phone).count(Kind.LOST) == 1


def test_a_photo_told_as_stored_that_is_not_is_lost(books: Books) -> None:
    phone = books.phone()
    phone["told"]["photos"][new_id()] = "stored"
    assert books.look(phone).count(Kind.LOST) == 1


def test_bytes_that_left_without_a_receipt_are_a_loss(books: Books) -> None:
    phone = books.phone()
    phone["photos"][books.shot.photo_id]["held"] = False
    phone["told"]["photos"].clear()
    assert books.look(phone).count(Kind.LOST) == 1


def test_bytes_that_left_before_a_backup_are_a_loss(books: Books) -> None:
    phone = books.phone()
    now = clock.now().isoformat()
    phone["photos"][books.shot.photo_id] |= {"held": False, "stored_at": now}
    assert books.look(phone).count(Kind.LOST) == 1


def test_another_word_than_was_told_is_a_loss(books: Books) -> None:
    phone = books.phone()
    phone["told"]["ops"][books.sent["op_id"]] = "quarantined"
    assert books.look(phone).count(Kind.LOST) == 1


def test_an_op_its_phone_never_made_is_a_double(books: Books) -> None:
    phone = books.phone(whole=True)
    for part in (phone["ops"], phone["saved"], phone["told"]["ops"]):
        part.pop(books.refused["op_id"])
    found = {one.subject for one in books.look(phone).findings if one.kind is Kind.DUPLICATED}
    assert f"op {books.refused['op_id']}" in found


def test_a_queue_that_never_empties_is_incomplete(books: Books) -> None:
    phone = books.phone(quiet=True)
    phone["ops"][books.sent["op_id"]]["state"] = "sending"
    assert books.look(phone).count(Kind.INCOMPLETE) == 1


def test_a_phone_at_rest_with_an_old_copy_did_not_hear(books: Books) -> None:
    phone = books.phone(quiet=True, records={})
    report = books.look(phone)
    assert {one.kind for one in report.findings} == {Kind.UNPUBLISHED}


def test_a_phone_at_rest_that_would_walk_for_nothing_did_not_hear(books: Books) -> None:
    phone = books.phone(quiet=True, errands={(gone := new_id()): 1})
    found = {one.subject for one in books.look(phone).findings}
    assert found == {f"visit {gone}"}


def test_a_phone_at_rest_that_knows_of_no_visit_did_not_hear(books: Books) -> None:
    visit = books.rows.one(Visit)
    books.change(sa.update(Visit).values(state="asked"))
    phone = {"device_id": new_id(), "person_id": str(visit.observer_id), "quiet": True}
    found = {(one.subject, one.kind) for one in books.look(phone | {"errands": {}}).findings}
    assert (f"visit {visit.id}", Kind.UNPUBLISHED) in found


def test_the_command_prints_what_it_finds_and_fails(
    books: Books, database_url: str, tmp_path: Path
) -> None:
    phone = books.phone()
    phone["told"]["photos"][lost := new_id()] = "stored"
    (tmp_path / "phone.json").write_text(json.dumps(phone))
    words = ["--database", database_url, "--dump", str(tmp_path / "phone.json")]
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.checker", *words], capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert f"photo {lost}: told stored" in done.stdout


def test_settled_means_the_same_to_checker_and_service() -> None:
    assert checker.SETTLED == photos.SETTLED
