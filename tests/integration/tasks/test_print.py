"""The printed sheet 案件处置单 over the API: it goes to the judged unit, and is always printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.actors import Device, Shot, jpeg, record
from tests.support.case_walks import (
    dispatched,
    finding,
    handling,
    reported,
    submit,
    verifying,
    visit,
)
from tests.support.pdf import pages_of, pictures_of, text_of

LINES = "\n".join(f"第{number}行" for number in range(50))


def sheet_of(device: Device, task: dict[str, Any]) -> bytes:
    answer = device.get(f"/tasks/{task['id']}/sheet.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text
    return bytes(answer.data)


def reported_with(observer: Device, supervisor: Device, op: dict[str, Any]) -> dict[str, Any]:
    (result,) = observer.send(op)
    assert result["status"] == "accepted", result
    observation = observer.get(f"/observations/{op['entity_id']}").json or {}
    return supervisor.task(observation["task_id"])


# --- who reads it ----------------------------------------------------------------------------


def test_whoever_prints_it_it_names_no_reporter_and_nobody_who_decided(
    observer: Device,
    visitor: Device,
    supervisor: Device,
    handler: Device,
    sign_in: Callable[..., Device],
    work: Callable[[], int],
) -> None:
    task = submit(handler, handling(observer, supervisor, handler))
    visitor.send(finding(visit(supervisor, supervisor.task(task["id"]), visitor), Shot(jpeg(5))))
    supervisor.move(supervisor.task(task["id"]), "fail", reason="not_fixed", note="请再清一次")
    work()
    people = {person.person["name"] for person in (observer, visitor, supervisor, handler)}
    printers = [supervisor, handler, sign_in("chuangwen"), sign_in("admin"), sign_in("zhong")]
    texts = [text_of(sheet_of(device, task)) for device in printers]
    for text in texts:
        assert not [name for name in people if name in text]
        assert "上报人" not in text
        assert "文明观察员" in text
        assert "请再清一次" in text
    assert len({text.partition("打印于")[0] for text in texts}) == 1


def test_a_visit_that_was_only_asked_for_stays_unknown_to_the_unit(
    observer: Device, supervisor: Device, visitor: Device
) -> None:
    task = supervisor.task(reported(observer)["id"])
    before = text_of(sheet_of(supervisor, task)).partition("打印于")[0]
    visit(supervisor, task, visitor)
    assert text_of(sheet_of(supervisor, task)).partition("打印于")[0] == before


def test_it_has_places_to_sign_and_to_stamp(observer: Device, supervisor: Device) -> None:
    text = text_of(sheet_of(supervisor, dispatched(observer, supervisor)))
    for words in ("责任单位签收", "签收人：", "派遣单位（盖章）", "责任单位（盖章）"):
        assert words in text


# --- what the API takes is printed -------------------------------------------------------------


@pytest.mark.parametrize("note", ["长" * 1200, LINES, "尽" * 2000])
def test_a_long_note_of_the_reporter_and_of_a_move_is_whole(
    observer: Device, supervisor: Device, note: str
) -> None:
    task = supervisor.task(reported(observer, note=note)["id"])
    supervisor.move(task, "file", note=note)
    pdf = sheet_of(supervisor, task)
    one_sign = note[0]
    assert sum(page.count(one_sign) for page in pages_of(pdf)) >= 2 * note.count(one_sign)
    assert text_of(pdf).count("第49行") == (2 if note == LINES else 0)


@pytest.mark.parametrize("taken_at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_photo_of_any_year_is_printed(
    observer: Device, supervisor: Device, work: Callable[[], int], taken_at: str
) -> None:
    shot = Shot(jpeg())
    op = record(shot)
    op["photos"] = [shot.declared(taken_at=taken_at, exif={"taken_at": "9999:12:31 23:59:59"})]
    op["captured_at"] = taken_at
    task = reported_with(observer, supervisor, op)
    assert observer.upload(shot).status_code == 201
    work()
    year = "10000-01-01" if taken_at.startswith("9999") else "0001-01-01"
    assert year in text_of(sheet_of(supervisor, task))
    # The case itself and the list as a file take it too.
    assert supervisor.task(task["id"])["evidence"]
    for kind in ("csv", "xlsx", "geojson"):
        assert supervisor.get(f"/tasks/export?format={kind}").status_code == 200


# --- photos ------------------------------------------------------------------------------------


def test_before_and_after_stand_on_one_page(
    observer: Device, supervisor: Device, handler: Device, work: Callable[[], int]
) -> None:
    task = verifying(observer, supervisor, handler, note=LINES)
    work()
    pdf = sheet_of(supervisor, task)
    (page,) = [page for page in pages_of(pdf) if "整改前 · 全景" in page]
    assert "整改后 " in page
    assert sorted(pictures_of(pdf))[-2:] == [0, 2]


def test_as_many_photos_as_a_record_and_a_submission_take_are_printed(
    observer: Device, supervisor: Device, handler: Device, work: Callable[[], int]
) -> None:
    shots = [Shot(jpeg(seed), "scene" if seed % 2 else "close") for seed in range(9)]
    task = dispatched_with(observer, supervisor, shots)
    handler.move(handler.task(task["id"]), "accept")
    after = [Shot(jpeg(20 + seed), "after") for seed in range(9)]
    for shot in after:
        handler.upload(shot)
    handler.move(handler.task(task["id"]), "submit", photos=[shot.declared() for shot in after])
    work()
    counts = pictures_of(sheet_of(handler, task))
    assert sum(counts) == 18
    # Three pairs of before and after a page.
    assert counts.count(6) >= 2


def dispatched_with(observer: Device, supervisor: Device, shots: list[Shot]) -> dict[str, Any]:
    task = supervisor.task(reported(observer, *shots)["id"])
    return supervisor.move(supervisor.move(task, "file"), "dispatch")
