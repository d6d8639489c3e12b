"""Defects found in a code review: each could lose or misjudge a record."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, BinaryIO, cast
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core import change_log
from inspect_server.core.access import EVERYONE, Actor
from inspect_server.core.database import db
from inspect_server.identity import sessions
from inspect_server.models import Counter, Photo, Point, Upload
from inspect_server.models.sync import REFERENCE_EDITION
from inspect_server.photos.jobs import cleanup
from inspect_server.photos.services.upload_rows import Creation
from inspect_server.photos.services.uploads import Body
from inspect_server.tasks import jobs
from schemas.vocabulary import Collection, PhotoState
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.case_walks import dispatched, handling, verifying
from tests.support.clock import FakeClock
from tests.support.rows import Rows


def clean_up(app: Flask, fake_clock: FakeClock) -> None:
    """Run now what the worker runs every few minutes."""
    with app.app_context():
        cleanup.clean_spool(app.extensions["uploads"].spool, fake_clock())
        jobs.lapse_pending_moves(fake_clock())


class Straggler:
    """A body that ends early, and runs an action before its end."""

    def __init__(self, content: bytes, action: Callable[[], Any]) -> None:
        self.content, self.action = content, action

    def read(self, size: int = -1) -> bytes:
        """Return the bytes, run the action, then end."""
        if not self.content:
            self.action()
            return b""
        content, self.content = self.content, b""
        return content


def actor_of(device: Device, fake_clock: FakeClock) -> Actor:
    """The person of a device, as a request recognizes them."""
    actor = sessions.recognize(db.session(), device.session["access_token"], fake_clock()).actor
    db.session.rollback()
    return actor


def test_a_straggling_request_never_unmakes_a_stored_photo(
    app: Flask, observer: Device, rows: Rows, fake_clock: FakeClock
) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    body = Straggler(shot.content[:1000], lambda: observer.upload(shot))
    creation = Creation(UUID(shot.photo_id), shot.sha256, len(shot.content), None)
    with app.app_context():
        receiver = app.extensions["uploads"]
        receiver.create(actor_of(observer, fake_clock), creation, Body(cast(BinaryIO, body)))
    fake_clock.forward(days=31)
    clean_up(app, fake_clock)
    assert rows.one(Photo, Photo.id == UUID(shot.photo_id)).state is PhotoState.STORED
    assert rows.count(Upload) == 0


def test_a_second_fail_takes_no_time_from_the_unit(
    observer: Device, supervisor: Device, handler: Device, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-03-04T01:30:00+00:00")
    task = verifying(observer, supervisor, handler)
    waiting = supervisor.move(task, "fail", reason="not_fixed", photos=[Shot(jpeg(5)).declared()])
    rework = supervisor.move(waiting, "fail", reason="not_fixed")
    assert rework["state"] == "rework"
    assert rework["due_at"] == "2026-03-04T03:30:00.000Z"


def test_a_submit_whose_photo_never_comes_lapses_and_the_deadline_continues(
    app: Flask, observer: Device, supervisor: Device, handler: Device, fake_clock: FakeClock
) -> None:
    task = handling(observer, supervisor, handler)
    handler.move(task, "submit", photos=[Shot(jpeg(4), role="after").declared()])
    fake_clock.forward(hours=49)
    clean_up(app, fake_clock)
    current = sign_in_again(supervisor).task(task["id"])
    assert current["pending_move"] is None
    assert current["overdue"] is True
    assert current["events"][-1]["move"] == "move_lapsed"


def sign_in_again(device: Device) -> Device:
    """The same person with new tokens: the old ones have expired."""
    return Device(device.app, device.login, device.password, device.device_id)


def test_a_supervisor_with_the_record_before_its_correction_is_refused(
    observer: Device, supervisor: Device
) -> None:
    sent = record()
    observer.send(sent)
    task_id = observer.get(f"/observations/{sent['entity_id']}").json["task_id"]
    current = supervisor.task(task_id)
    observer.send(
        op("observation.amend", sent["entity_id"], {"fields": {"category": "GG0101"}},
           base_version=1)
    )  # fmt: skip
    assert supervisor.ask(current, "file").status_code == 409
    assert supervisor.task(task_id)["events"][-1]["move"] == "amended"


def test_another_point_brings_its_own_place(observer: Device) -> None:
    points = observer.get("/points").json["items"]
    first = points[0]
    second = next(p for p in points if p["district"] != first["district"])
    sent = record(place=None, point_id=first["id"])
    observer.send(sent)
    observer.send(
        op("observation.amend", sent["entity_id"], {"fields": {"point_id": second["id"]}},
           base_version=1)
    )  # fmt: skip
    corrected = observer.get(f"/observations/{sent['entity_id']}").json
    assert corrected["district"] == second["district"]
    assert corrected["place"]["lon"] == second["lon"]


def test_a_correction_of_a_quarantined_record_is_quarantined_with_it(observer: Device) -> None:
    sent = record(category="XX9999")
    observer.send(sent)
    (result,) = observer.send(
        op("observation.amend", sent["entity_id"], {"fields": {"note": "x"}}, base_version=1)
    )
    assert result["status"] == "quarantined"
    assert result["problem"]["slug"] == "parent-quarantined"


def test_an_op_that_follows_itself_is_quarantined(observer: Device) -> None:
    sent = record()
    (result,) = observer.send(sent | {"after": [sent["op_id"]]})
    assert result["status"] == "quarantined"


def test_an_author_reads_a_quarantined_record_as_quarantined(observer: Device) -> None:
    sent = record(Shot(jpeg()), category="XX9999")
    observer.send(sent)
    observation = observer.get(f"/observations/{sent['entity_id']}").json
    assert (observation["state"], observation["task_id"]) == ("quarantined", None)
    assert observation["problem"]["slug"] == "category-unknown"


def test_a_record_filed_by_a_failed_check_counts_as_filed(
    observer: Device, supervisor: Device
) -> None:
    observation = observer.report(outcome="fixed_on_spot")
    task = supervisor.task(observation["task_id"])
    filed = supervisor.move(task, "fail", reason="not_fixed")
    assert filed["state"] == "filed"
    assert filed["filed_at"] is not None


def test_a_mistaken_fixed_on_the_spot_can_be_withdrawn(observer: Device) -> None:
    observation = observer.report(outcome="fixed_on_spot")
    (result,) = observer.send(
        op("observation.withdraw", observation["id"], {}, base_version=observation["version"])
    )
    assert result["status"] == "accepted"


def test_a_district_supervisor_invites_nobody_of_the_whole_city(
    supervisor: Device, admin: Device
) -> None:
    people = admin.get("/people").json["items"]
    citywide = next(p for p in people if p["role"] == "handler" and p["district"] is None)
    answer = supervisor.post("/invitations", {"person_id": citywide["id"]})
    assert answer.status_code == 404


def test_an_upload_that_names_anothers_op_is_not_wanted_from_its_author(
    observer: Device, sign_in: Callable[..., Device]
) -> None:
    other_observer = sign_in("zhou")
    sent = record(Shot(jpeg()))
    foreign = Shot(jpeg(3))
    metadata_values = {
        "photo_id": foreign.photo_id,
        "sha256": foreign.sha256,
        "op_id": sent["op_id"],
    }
    metadata = ",".join(
        f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in metadata_values.items()
    )
    other_observer.upload(foreign, body=foreign.content[:100], **{"Upload-Metadata": metadata})
    (result,) = observer.send(sent)
    assert result["wanted"] == [sent["photos"][0]["photo_id"]]


def test_a_handler_learns_nothing_of_the_finders_phone(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    assert "clock" not in handler.task(task["id"])


def test_a_broken_gzip_body_is_kept_for_a_person(observer: Device, supervisor: Device) -> None:
    answer = observer.call(
        "POST",
        "/sync/push",
        data=b"\x1f\x8b\x08\x00broken",
        headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert len(supervisor.get("/quarantine").json["items"]) == 1


def test_a_pull_shows_a_point_that_was_added_a_moment_ago(observer: Device, rows: Rows) -> None:
    observer.pull()
    point = observer.get("/points").json["items"][0]
    fresh = new_id()
    add_point(rows, fresh, point["district"])
    changes = observer.pull()["changes"]
    assert [c["op"] for c in changes if c["id"] == fresh] == ["put"]


def add_point(rows: Rows, point_id: str, district: str) -> None:
    """Add a point as another process would: this process is not notified of the new edition."""

    def add(session: Session) -> None:
        session.add(
            Point(
                id=UUID(point_id),
                code="NEW-1",
                name="新点位",
                type="公园",
                district_code=district,
                lon=110.79,
                lat=32.53,
            )
        )
        session.execute(
            sa.update(Counter)
            .where(Counter.name == REFERENCE_EDITION)
            .values(value=Counter.value + 1)
        )
        change_log.note(session, Collection.POINTS, point_id, [EVERYONE])

    rows.write(add)
