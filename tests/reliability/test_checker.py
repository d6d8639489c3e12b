"""The checker finds every kind of damage, done to consistent data."""

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
from tests.reliability.checker import Kind, Report, StoredObject
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.case_walks import finding, handling, visit
from tests.support.rows import Rows

pytestmark = pytest.mark.one_database

SCENE = Shot(jpeg(3, 48), photo_id="0198c0de-0000-7000-8000-000000000f0d")
AFTER = Shot(jpeg(2, 48), "after", "0198c0de-0000-7000-8000-00000000af7e")


@pytest.fixture
def scenario(
    app: Flask,
    observer: Device,
    supervisor: Device,
    handler: Device,
    visitor: Device,
    object_store: ObjectStore,
) -> Scenario:
    """Consistent data: a handled and visited task with photos, a record, an op in quarantine."""
    scenario = Scenario(app, observer, supervisor, handler, object_store)
    scenario.visit(supervisor, visitor)
    return scenario


class Scenario:
    """Data of the server and of 小陈's phone that agree."""

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
            key: stored
            for photo in self.rows.read(lambda s: list(s.scalars(sa.select(Photo))))
            for key, stored in checker.read_bucket(store, photo.object_key or "-").items()
        }

    def visit(self, supervisor: Device, visitor: Device) -> None:
        """小林 visits the place of the handled task 现场复核."""
        request = visit(supervisor, self.task, visitor)
        (result,) = visitor.send(finding(request, SCENE))
        assert result["status"] == "accepted", result
        visitor.upload(SCENE)
        photo = self.rows.one(Photo, Photo.id == UUID(SCENE.photo_id))
        self.bucket |= checker.read_bucket(self.store, photo.object_key)

    def version(self) -> int:
        task_id = UUID(self.task["id"])
        return int(self.rows.one(Task, Task.id == task_id).version)

    def dump(self, **more: Any) -> dict[str, Any]:
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

    def check(self, *dumps: dict[str, Any], **more: Any) -> Report:
        """The report of the checker."""
        phones = dumps or (self.dump(),)
        return self.rows.read(lambda s: checker.examine(s, self.bucket, phones, **more))

    def change(self, *statements: Any) -> None:
        """Damage the rows, without the service."""

        def execute_all(session: Session) -> None:
            for statement in statements:
                session.execute(statement)

        self.rows.write(execute_all)

    def entity(self) -> UUID:
        return UUID(self.sent["entity_id"])

    def photo(self) -> UUID:
        return UUID(self.shot.photo_id)


def test_consistent_data_has_no_findings(scenario: Scenario) -> None:
    report = scenario.check()
    assert report.ok, report.lines()
    assert report.findings == ()
    assert report.counted["records"] == 2


# --- on the server -------------------------------------------------------------------------------


def task_of_record(b: Scenario) -> Any:
    return sa.select(Task.id).where(Task.observation_id == b.entity()).scalar_subquery()


def repeat_event(b: Scenario, move: str) -> None:
    """Write an event a second time."""

    def copy(session: Session) -> None:
        query = sa.select(TaskEvent).where(TaskEvent.move == move).order_by(TaskEvent.at)
        first = session.scalars(query).first()
        columns = {c.name: getattr(first, c.name) for c in TaskEvent.__table__.columns}
        session.add(TaskEvent(**columns | {"id": UUID(new_id()), "version": 99}))

    b.rows.write(copy)


DAMAGES: list[tuple[str, Callable[[Scenario], Any], Kind]] = [
    (
        "an op is forgotten",
        lambda b: b.change(
            sa.delete(ReceivedOp).where(ReceivedOp.op_id == UUID(b.sent["op_id"])),
        ),
        Kind.LOST,
    ),
    (
        "an op is kept with other content",
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
            sa.update(Photo).where(Photo.task_id == task_of_record(b)).values(task_id=None),
            sa.delete(TaskEvent).where(TaskEvent.task_id == task_of_record(b)),
            sa.delete(TaskGram),
            sa.delete(TaskWords),
            sa.delete(Task).where(Task.observation_id == b.entity()),
        ),
        Kind.LOST,
    ),
    ("a task is opened twice", lambda b: repeat_event(b, "opened"), Kind.DUPLICATED),
    (
        "the same action under two ids",
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
    ("a move happens twice", lambda b: repeat_event(b, "accept"), Kind.DUPLICATED),
    ("a visit is recorded twice", lambda b: repeat_event(b, "visit_recorded"), Kind.DUPLICATED),
    (
        "the findings of a visit are forgotten",
        lambda b: b.change(sa.update(Visit).values(op_id=None, state="asked")),
        Kind.LOST,
    ),
    ("a photo's object is gone", lambda b: b.bucket.clear(), Kind.DANGLING),
    (
        "an object holds other bytes",
        lambda b: b.bucket.update({key: StoredObject(1, "0" * 64) for key in b.bucket}),
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
        "a change is published to nobody",
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


@pytest.mark.parametrize(("name", "damage", "kind"), DAMAGES, ids=[name for name, _, _ in DAMAGES])
def test_the_checker_finds_damage(
    scenario: Scenario, name: str, damage: Callable[[Scenario], Any], kind: Kind
) -> None:
    damage(scenario)
    report = scenario.check()
    assert report.count(kind), (name, report.lines())
    assert not report.ok


def test_an_object_without_a_row_is_listed_and_harmless(scenario: Scenario) -> None:
    orphan = keys.original(UUID(new_id()), "0" * 64)
    scenario.bucket[orphan] = StoredObject(3, "0" * 64)
    report = scenario.check()
    assert [finding.subject for finding in report.findings] == [orphan]
    assert report.ok


def test_an_object_whose_row_is_still_to_come_is_no_orphan(scenario: Scenario) -> None:
    scenario.change(
        sa.update(Photo)
        .where(Photo.id == scenario.photo())
        .values(state="partial", object_key=None)
    )
    assert scenario.check().count(Kind.ORPHANED) == 0


# --- on the phone --------------------------------------------------------------------------------


def test_an_op_shown_as_saved_that_exists_nowhere_is_lost(scenario: Scenario) -> None:
    dump = scenario.dump()
    dump["saved"][new_id()] = []
    assert scenario.check(dump).count(Kind.LOST) == 1


def test_a_photo_that_exists_nowhere_is_lost(scenario: Scenario) -> None:
    dump = scenario.dump()
    dump["saved"][scenario.sent["op_id"]].append(new_id())
    assert scenario.check(dump).count(Kind.LOST) == 1


def test_a_photo_answered_as_stored_that_is_not_is_lost(scenario: Scenario) -> None:
    dump = scenario.dump()
    dump["told"]["photos"][new_id()] = "stored"
    assert scenario.check(dump).count(Kind.LOST) == 1


def test_bytes_deleted_without_a_receipt_are_lost(scenario: Scenario) -> None:
    dump = scenario.dump()
    dump["photos"][scenario.shot.photo_id]["held"] = False
    dump["told"]["photos"].clear()
    assert scenario.check(dump).count(Kind.LOST) == 1


def test_bytes_deleted_before_a_backup_are_lost(scenario: Scenario) -> None:
    dump = scenario.dump()
    now = clock.now().isoformat()
    dump["photos"][scenario.shot.photo_id] |= {"held": False, "stored_at": now}
    assert scenario.check(dump).count(Kind.LOST) == 1


def test_another_status_than_was_answered_is_a_loss(scenario: Scenario) -> None:
    dump = scenario.dump()
    dump["told"]["ops"][scenario.sent["op_id"]] = "quarantined"
    assert scenario.check(dump).count(Kind.LOST) == 1


def test_an_op_its_phone_never_made_is_duplicated(scenario: Scenario) -> None:
    dump = scenario.dump(whole=True)
    for part in (dump["ops"], dump["saved"], dump["told"]["ops"]):
        part.pop(scenario.refused["op_id"])
    subjects = {
        finding.subject
        for finding in scenario.check(dump).findings
        if finding.kind is Kind.DUPLICATED
    }
    assert f"op {scenario.refused['op_id']}" in subjects


def test_a_queue_that_never_empties_is_incomplete(scenario: Scenario) -> None:
    dump = scenario.dump(quiet=True)
    dump["ops"][scenario.sent["op_id"]]["state"] = "sending"
    assert scenario.check(dump).count(Kind.INCOMPLETE) == 1


def test_an_old_copy_on_an_idle_phone_is_unpublished(scenario: Scenario) -> None:
    dump = scenario.dump(quiet=True, records={})
    report = scenario.check(dump)
    assert {finding.kind for finding in report.findings} == {Kind.UNPUBLISHED}


def test_a_withdrawn_visit_on_an_idle_phone_is_unpublished(scenario: Scenario) -> None:
    dump = scenario.dump(quiet=True, visits={(gone := new_id()): 1})
    subjects = {finding.subject for finding in scenario.check(dump).findings}
    assert subjects == {f"visit {gone}"}


def test_a_visit_missing_on_an_idle_phone_is_unpublished(scenario: Scenario) -> None:
    visit = scenario.rows.one(Visit)
    scenario.change(sa.update(Visit).values(state="asked"))
    dump = {"device_id": new_id(), "person_id": str(visit.observer_id), "quiet": True}
    findings = {
        (finding.subject, finding.kind)
        for finding in scenario.check(dump | {"visits": {}}).findings
    }
    assert (f"visit {visit.id}", Kind.UNPUBLISHED) in findings


def test_the_command_prints_what_it_finds_and_fails(
    scenario: Scenario, database_url: str, tmp_path: Path
) -> None:
    dump = scenario.dump()
    dump["told"]["photos"][lost := new_id()] = "stored"
    (tmp_path / "phone.json").write_text(json.dumps(dump))
    options = ["--database", database_url, "--dump", str(tmp_path / "phone.json")]
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.checker", *options],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert f"photo {lost}: answered stored" in done.stdout


def test_settled_means_the_same_to_checker_and_service() -> None:
    assert checker.SETTLED == photos.SETTLED
