"""A move request: its photos, its version, and what a repeated one is answered."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from inspect_server.models import TaskEvent, TaskMove
from tests.support.actors import Device, Shot, jpeg, new_id
from tests.support.case_walks import dispatched, handling, problem, reported
from tests.support.rows import Rows

# --- photos of a move -----------------------------------------------------------------------------


def test_a_move_whose_photos_are_still_to_come_waits(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    answer = handler.ask(task, "submit", photos=[after.declared()])
    assert answer.status_code == 202
    assert answer.json["pending_move"]["move"] == "submit"
    handler.upload(after)
    assert handler.task(task["id"])["state"] == "verifying"


def test_a_photo_uploaded_under_the_moves_id_belongs_to_it(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after, move_id = handling(observer, supervisor, handler), Shot(jpeg(2), ""), new_id()
    metadata = {"photo_id": after.photo_id, "sha256": after.sha256, "op_id": move_id}
    handler.upload(after, **{"Upload-Metadata": base64_of(metadata)})
    answer = handler.ask(task, "submit", move_id=move_id)
    assert (answer.status_code, answer.json["state"]) == (200, "verifying")


def base64_of(metadata: dict[str, str]) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in metadata.items())


def test_an_uploaded_photo_may_be_named_by_its_id(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2))
    handler.upload(after)
    assert handler.move(task, "submit", photos=[after.photo_id])["state"] == "verifying"


def test_a_photo_nobody_uploaded_cannot_be_named_by_its_id(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    answer = handler.ask(task, "submit", photos=[new_id()])
    assert problem(answer) == (422, "invalid")
    assert answer.json["errors"][0]["pointer"] == "/photos/0"


def test_the_before_photo_cannot_be_handed_in_again_as_the_after_photo(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    before = supervisor.task(task["id"])["evidence"][0]
    answer = handler.ask(task, "submit", photos=[before["id"]])
    assert problem(answer) == (422, "invalid")


# --- versions and repeats -------------------------------------------------------------------------


def test_a_step_from_a_version_gone_by_is_refused(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    supervisor.move(task, "file")
    answer = supervisor.ask(task, "reject", reason="duplicate")
    assert problem(answer) == (409, "stale-version")
    assert answer.json["server"] == {
        "id": task["id"],
        "state": "filed",
        "version": task["version"] + 1,
    }


def test_the_step_is_taken_with_the_new_version(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    supervisor.move(task, "file")
    assert supervisor.ask(task, "void", reason="privacy").status_code == 409
    assert supervisor.move(supervisor.task(task["id"]), "void", reason="privacy")["state"] == "void"


def test_a_move_id_sent_again_gets_its_first_answer(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    task, move_id = supervisor.task(reported(observer)["id"]), new_id()
    first = supervisor.ask(task, "file", move_id=move_id)
    again = supervisor.ask(task, "file", move_id=move_id)
    assert (again.status_code, again.json) == (200, first.json)
    assert rows.count(TaskEvent, TaskEvent.move == "file") == 1


def test_a_hand_back_sent_again_is_answered_though_the_task_is_out_of_sight(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, move_id = dispatched(observer, supervisor), new_id()
    for _ in range(2):
        answer = handler.ask(task, "hand_back", reason="not_ours", move_id=move_id)
        assert (answer.status_code, answer.json["state"]) == (200, "handed_back")


def test_a_hand_back_sent_again_tells_nothing_of_what_happened_since(
    observer: Device, supervisor: Device, handler: Device, sign_in: Any
) -> None:
    task, move_id, other_handler = dispatched(observer, supervisor), new_id(), sign_in("he")
    handler.ask(task, "hand_back", reason="not_ours", move_id=move_id)
    unit = other_handler.person["unit"]
    supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=unit["id"])
    again = handler.ask(task, "hand_back", reason="not_ours", move_id=move_id)
    assert again.json["state"] == "handed_back"
    assert unit["name"] not in again.text


def test_the_same_move_id_with_other_content_is_refused(
    observer: Device, supervisor: Device
) -> None:
    task, move_id = supervisor.task(reported(observer)["id"]), new_id()
    supervisor.ask(task, "file", move_id=move_id)
    answer = supervisor.ask(task, "void", reason="privacy", move_id=move_id)
    assert problem(answer) == (409, "move-id-reused")


def test_somebody_elses_move_id_is_refused(
    observer: Device, supervisor: Device, sign_in: Any
) -> None:
    task, move_id = supervisor.task(reported(observer)["id"]), new_id()
    supervisor.ask(task, "file", move_id=move_id)
    answer = sign_in("chuangwen").ask(task, "file", move_id=move_id)
    assert problem(answer) == (409, "move-id-reused")


def test_a_refused_step_leaves_no_trace(observer: Device, supervisor: Device, rows: Rows) -> None:
    task = supervisor.task(reported(observer)["id"])
    supervisor.ask(task, "pass")
    supervisor.ask(task, "reject")
    assert rows.count(TaskMove) == 0
    assert supervisor.task(task["id"])["version"] == task["version"]


WRONG: list[dict[str, Any]] = [
    {"move": "teleport"},
    {"version": "1"},
    {"move_id": "x"},
    {"extra": 1},
    {"reason": "\0"},
    {"photos": [7]},
    {"unit_id": "x"},
    {"version": None},
]


def test_a_malformed_move_is_refused_with_the_wrong_fields(
    observer: Device, supervisor: Device, subtests: pytest.Subtests
) -> None:
    task = supervisor.task(reported(observer)["id"])
    for wrong in WRONG:
        with subtests.test(str(wrong)):
            answer = supervisor.ask(task, **({"move": "file"} | wrong))
            assert problem(answer) == (422, "invalid")
            assert answer.json["errors"][0]["pointer"].startswith("/" + next(iter(wrong)))
