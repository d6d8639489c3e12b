"""圈注: a reviewer's drawing over a photo is shown to the people of its case only."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from inspect_server.models import Photo, TaskEvent
from tests.support.actors import Device, Shot, jpeg, new_id, record
from tests.support.case_walks import reported, verifying
from tests.support.rows import Rows

CIRCLE = {"kind": "ellipse", "points": [[0.25, 0.5], [0.75, 0.875]]}
ARROW = {"kind": "arrow", "points": [[0.1, 0.1], [0.3, 0.4]]}
LINE = {"kind": "pen", "points": [[0, 0], [0.5, 0.25], [1, 1]]}


def drawn(photo_id: str, *strokes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"photo_id": photo_id, "strokes": list(strokes or (CIRCLE,))}]


def after_photo(task: dict[str, Any]) -> str:
    (photo,) = [p for p in task["evidence"] if p["role"] == "after"]
    return str(photo["photo_id"])


def pulled(device: Device, collection: str) -> list[dict[str, Any]]:
    return [c["data"] for c in device.pull()["changes"] if c["collection"] == collection]


@pytest.fixture
def failed(observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    """A case that failed, with a circle and an arrow over the photo of the repair."""
    task = verifying(observer, supervisor, handler)
    marks = drawn(after_photo(task), CIRCLE, ARROW, LINE)
    return supervisor.move(task, "fail", reason="not_fixed", annotations=marks)


def test_a_drawing_is_in_the_history_of_the_case(failed: dict[str, Any]) -> None:
    event = failed["events"][-1]
    assert event["move"] == "fail"
    assert event["annotations"] == drawn(after_photo(failed), CIRCLE, ARROW, LINE)


def test_the_units_phone_gets_the_drawing_with_the_verdict(
    failed: dict[str, Any], handler: Device
) -> None:
    (task,) = pulled(handler, "tasks")
    assert task["events"][-1]["annotations"] == failed["events"][-1]["annotations"]


def test_the_reporters_phone_gets_the_drawing_with_the_verdict(
    failed: dict[str, Any], observer: Device
) -> None:
    (record,) = pulled(observer, "observations")
    assert record["task"]["verdict"]["annotations"] == failed["events"][-1]["annotations"]


@pytest.mark.parametrize("login", ["liu", "zhao"])
def test_no_other_phone_gets_the_drawing(
    failed: dict[str, Any], sign_in: Callable[..., Device], login: str
) -> None:
    other = sign_in(login)
    assert pulled(other, "tasks") + pulled(other, "observations") == []


def test_the_photo_itself_is_not_touched(failed: dict[str, Any], rows: Rows) -> None:
    photo = rows.one(Photo, Photo.role == "after")
    (shown,) = [p for p in failed["evidence"] if p["role"] == "after"]
    assert (photo.sha256, photo.bytes) == (shown["sha256"], len(jpeg(2)))


def test_a_move_with_a_drawing_sent_again_gets_its_first_answer(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task = verifying(observer, supervisor, handler)
    body = {"move_id": new_id(), "reason": "not_fixed", "annotations": drawn(after_photo(task))}
    first = supervisor.ask(task, "fail", **body)
    again = supervisor.ask(task, "fail", **body)
    assert (first.status_code, again.status_code) == (200, 200)
    assert rows.count(TaskEvent, TaskEvent.move == "fail") == 1


def test_only_photos_of_this_case_can_be_drawn_on(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    other = supervisor.task(reported(observer)["id"])
    for photo_id in (other["evidence"][0]["photo_id"], new_id()):
        answer = supervisor.ask(task, "fail", reason="not_fixed", annotations=drawn(photo_id))
        assert (answer.status_code, (answer.json or {})["errors"][0]["pointer"]) == (
            422, "/annotations/0/photo_id",
        )  # fmt: skip
    assert supervisor.task(task["id"])["version"] == task["version"]


def test_a_photo_not_yet_uploaded_cannot_be_drawn_on(observer: Device, supervisor: Device) -> None:
    here, absent = Shot(jpeg()), Shot(jpeg(1))
    sent = record(here, absent)
    observer.send(sent)
    observer.upload(here)
    observation = observer.get(f"/observations/{sent['entity_id']}").json or {}
    waiting = supervisor.task(observation["task_id"])
    task = supervisor.move(waiting, "proceed", reason="照片不全也可判断")
    body = {"reason": "closer_view", "annotations": drawn(absent.photo_id)}
    assert supervisor.ask(task, "ask_more", **body).status_code == 422
    body = {"reason": "closer_view", "annotations": drawn(here.photo_id)}
    assert supervisor.ask(task, "ask_more", **body).status_code == 200


def test_only_a_verdict_carries_a_drawing(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    marks = drawn(task["evidence"][0]["photo_id"])
    answer = supervisor.ask(task, "file", annotations=marks)
    assert (answer.status_code, supervisor.task(task["id"])["state"]) == (422, "reported")
    assert {f["move"] for f in task["move_forms"] if f["annotates"]} == {"reject", "ask_more"}


def red_lines(pdf: bytes) -> int:
    """How often the pages use the red of a drawing."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    inflated = b"".join(zlib.decompress(one) for one in streams if one[:1] == b"\x78")
    return inflated.count(b"0.8784 0.1255 0.1255 RG")


def test_the_printed_sheet_shows_the_drawing(
    failed: dict[str, Any], supervisor: Device, work: Callable[[], int]
) -> None:
    work()
    printed = supervisor.get(f"/tasks/{failed['id']}/sheet.pdf").data
    assert red_lines(printed) == 1
