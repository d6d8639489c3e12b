"""The same requests at the same moment: one task, and equal answers (PITFALLS 18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from werkzeug.test import TestResponse

from inspect_server.models import Observation, Photo, Quarantined, ReceivedOp, Task, TaskEvent
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.case_walks import dispatched, reported
from tests.support.concurrency import at_once
from tests.support.rows import Rows

THREADS = 8


def pushed(device: Device, ops: list[Any], epoch: str | None = None) -> Callable[[], TestResponse]:
    """A push with a client of its own: a test client is not shared between threads."""
    body = {"epoch": epoch, "device_id": device.device_id, "batch_id": new_id(), "ops": ops}
    client = device.app.test_client()
    return lambda: client.post("/api/v1/sync/push", json=body, headers=device.bearer)


def statuses(answers: list[TestResponse]) -> Counter[str]:
    assert [a.status_code for a in answers] == [200] * len(answers), [a.text for a in answers]
    return Counter(result["status"] for a in answers for result in a.json["results"])


def test_eight_identical_requests_at_once_make_one_task(observer: Device, rows: Rows) -> None:
    sent = record(Shot(jpeg()), Shot(jpeg(1)))
    answers = at_once([pushed(observer, [sent])] * THREADS)
    assert statuses(answers) == {"accepted": 1, "duplicate": THREADS - 1}
    assert rows.count(Task) == rows.count(Observation) == rows.count(ReceivedOp) == 1
    assert rows.count(Photo) == 2
    assert rows.count(Quarantined) == 0


def test_eight_identical_requests_get_answers_that_agree(observer: Device) -> None:
    sent = record(Shot(jpeg()))
    answers = at_once([pushed(observer, [sent])] * THREADS)
    results = [a.json["results"][0] for a in answers]
    assert {(t["version"], tuple(t["wanted"])) for t in results} == {
        (1, (sent["photos"][0]["photo_id"],))
    }


def test_eight_ops_of_one_entity_at_once_make_one_record(observer: Device, rows: Rows) -> None:
    entity = new_id()
    calls = [pushed(observer, [record() | {"entity_id": entity}]) for _ in range(THREADS)]
    results = statuses(at_once(calls))
    assert results["accepted"] == 1
    assert set(results) <= {"accepted", "conflict", "deferred"}
    assert rows.count(Task) == 1


def test_an_op_deferred_by_a_race_conflicts_when_it_is_sent_again(
    observer: Device, rows: Rows
) -> None:
    entity = new_id()
    ops = [record() | {"entity_id": entity} for _ in range(THREADS)]
    at_once([pushed(observer, [one]) for one in ops])
    again = Counter(result["status"] for result in observer.send(*ops))
    assert again == {"duplicate": 1, "conflict": THREADS - 1}
    assert rows.count(Quarantined) == THREADS - 1


def test_eight_identical_bad_ops_at_once_are_kept_once(observer: Device, rows: Rows) -> None:
    sent = record(Shot(jpeg()), category="XX9999")
    answers = at_once([pushed(observer, [sent])] * THREADS)
    assert statuses(answers) == {"quarantined": THREADS}
    assert rows.count(Quarantined) == 1


def test_eight_identical_unreadable_bodies_at_once_are_kept_once(
    observer: Device, rows: Rows
) -> None:
    def send() -> TestResponse:
        client = observer.app.test_client()
        return client.post(
            "/api/v1/sync/push",
            data=b"{nonsense",
            content_type="application/json",
            headers=observer.bearer,
        )

    answers = at_once([send] * THREADS)
    assert [a.status_code for a in answers] == [400] * THREADS
    assert rows.count(Quarantined) == 1


def test_batches_that_share_ops_in_another_order_do_not_wait_for_each_other(
    observer: Device, rows: Rows
) -> None:
    ops = [record(Shot(jpeg())) for _ in range(10)]
    calls = [pushed(observer, ops if i % 2 else ops[::-1]) for i in range(THREADS)]
    results = statuses(at_once(calls))
    assert set(results) <= {"accepted", "duplicate"}
    assert rows.count(Task) == 10


def test_an_op_and_its_photo_at_once_leave_neither_waiting(observer: Device, rows: Rows) -> None:
    shots = [Shot(jpeg(i)) for i in range(4)]
    sent = [record(shot) for shot in shots]
    clients = [Device(observer.app, observer.login, observer.password) for _ in shots]
    uploads = [lambda c=c, s=s: c.upload(s) for c, s in zip(clients, shots, strict=True)]
    at_once([*(pushed(observer, [one]) for one in sent), *uploads])
    assert rows.count(Task, Task.state == "reported") == 4


def test_the_last_two_photos_at_once_settle_the_record_once(observer: Device, rows: Rows) -> None:
    one, two = Shot(jpeg()), Shot(jpeg(1))
    observer.send(record(one, two))
    other = Device(observer.app, observer.login, observer.password)
    at_once([lambda: observer.upload(one), lambda: other.upload(two)])
    assert rows.one(Task).state == "reported"
    assert rows.count(TaskEvent, TaskEvent.move == "evidence_settled") == 1


def test_eight_uploads_of_one_photo_at_once_store_it_once(observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    devices = [Device(observer.app, observer.login, observer.password) for _ in range(4)]
    at_once([lambda d=d: d.upload(shot) for d in devices])
    assert observer.head(shot).headers["Upload-Complete"] == "?1"
    assert rows.one(Photo).state == "stored"
    assert rows.one(Task).state == "reported"


def test_two_supervisors_filing_at_once_file_once(
    observer: Device, supervisor: Device, sign_in: Callable[..., Device], rows: Rows
) -> None:
    task, city = reported(observer), sign_in("chuangwen")
    answers = at_once([lambda d=d: d.ask(task, "file") for d in (supervisor, city)])
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert rows.count(TaskEvent, TaskEvent.move == "file") == 1


def test_one_move_id_eight_times_at_once_is_one_move(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    task, move_id = reported(observer), new_id()
    request = {"move_id": move_id, "move": "file", "version": task["version"]}

    def send() -> TestResponse:
        client = supervisor.app.test_client()
        path = f"/api/v1/tasks/{task['id']}/moves"
        return client.post(path, json=request, headers=supervisor.bearer)

    answers = at_once([send] * THREADS)
    assert [a.status_code for a in answers] == [200] * THREADS
    assert rows.count(TaskEvent, TaskEvent.move_id == UUID(move_id)) == 1


def test_the_same_offline_move_at_once_is_taken_once(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task = dispatched(observer, supervisor)
    sent = op("task.move", task["id"], {"move": "accept"}, base_version=task["version"])
    answers = at_once([pushed(handler, [sent])] * THREADS)
    assert statuses(answers) == {"accepted": 1, "duplicate": THREADS - 1}
    assert rows.count(TaskEvent, TaskEvent.move == "accept") == 1
