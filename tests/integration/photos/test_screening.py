"""Screening hints 筛查提示: what a reviewer is shown about photos, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from bench.planted import POOL, cropped, mirrored, recompressed
from inspect_server.models import Photo, PhotoLikeness, PhotoPrint, PrintWord
from inspect_server.photos.services import photos
from tests.support.actors import IN_ZHANGWAN, Device, Shot, new_id, record
from tests.support.case_walks import handling, problem
from tests.support.clock import FakeClock
from tests.support.rows import Rows

Work = Callable[[], int]
# After the case is dispatched, as a repair photo is.
LATER = "2026-03-04T03:30:00Z"


@pytest.fixture(autouse=True)
def _one_morning(fake_clock: FakeClock) -> None:
    fake_clock.stop_at("2026-03-04T10:00:00+08:00")


@cache
def picture(name: str) -> Image.Image:
    with Image.open(POOL / name) as opened:
        return opened.convert("RGB").resize((1000, 750))


def shot(image: Image.Image, role: str = "scene") -> Shot:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return Shot(buffer.getvalue(), role)


def bins(role: str = "scene") -> Shot:
    return shot(picture("bins-before.jpg"), role)


def handed_in(handler: Device, task: dict[str, Any], after: Shot, **more: Any) -> None:
    """The repair photo of an accepted case."""
    assert handler.upload(after).status_code == 201
    facts = {"taken_at": LATER} | more
    handler.move(handler.task(task["id"]), "submit", photos=[after.declared(**facts)])


def hints(device: Device, task: dict[str, Any]) -> list[tuple[str, str]]:
    """Kind and level of each."""
    return [(hint["kind"], hint["severity"]) for hint in device.task(task["id"])["hints"]]


@pytest.fixture
def accepted(observer: Device, supervisor: Device, handler: Device) -> dict[str, Any]:
    """A case with the overflowing bins as its before-photo, accepted by the unit."""
    task = dispatched_with(observer, supervisor, bins())
    return handler.move(handler.task(task["id"]), "accept")


def dispatched_with(observer: Device, supervisor: Device, *shots: Shot) -> dict[str, Any]:
    task = supervisor.task(observer.report(*shots)["task_id"])
    return supervisor.move(supervisor.move(task, "file"), "dispatch")


@pytest.mark.parametrize("edit", [recompressed, cropped, mirrored], ids=lambda edit: edit.__name__)
def test_a_before_photo_worked_over_and_handed_in_is_shown_to_the_reviewer(
    accepted: dict[str, Any], handler: Device, supervisor: Device, work: Work, edit: Any
) -> None:
    after = shot(edit(picture("bins-before.jpg"), np.random.default_rng(2)), "after")
    handed_in(handler, accepted, after)
    work()
    (hint,) = supervisor.task(accepted["id"])["hints"]
    assert (hint["kind"], hint["severity"]) == ("before_as_after", "danger")
    assert hint["text"].startswith("与本案整改前照片为同一次拍摄")
    assert hint["photo_id"] == after.photo_id
    assert hint["other_photo_id"] == accepted["evidence"][0]["photo_id"]
    assert hint["other_task_id"] is None


def test_a_photo_from_before_screening_is_recognised_after_the_backfill(
    accepted: dict[str, Any],
    handler: Device,
    supervisor: Device,
    work: Work,
    rows: Rows,
    fake_clock: FakeClock,
) -> None:
    work()
    rows.write(lambda session: session.execute(sa.delete(PhotoPrint)))
    fake_clock.forward(minutes=10)
    after = shot(cropped(picture("bins-before.jpg"), np.random.default_rng(2)), "after")
    handed_in(handler, accepted, after)
    work()
    assert ("before_as_after", "danger") in hints(supervisor, accepted)


def test_an_honest_repair_from_the_same_viewpoint_is_left_alone(
    accepted: dict[str, Any], handler: Device, supervisor: Device, work: Work
) -> None:
    handed_in(handler, accepted, shot(picture("bins-after.jpg"), "after"))
    work()
    assert hints(supervisor, accepted) == []


def test_the_same_file_is_named_before_the_worker_ran(
    accepted: dict[str, Any], handler: Device, supervisor: Device
) -> None:
    handed_in(handler, accepted, bins("after"))
    assert hints(supervisor, accepted) == [("before_as_after", "danger")]


def test_a_pass_with_hints_needs_each_confirmed_by_name(
    accepted: dict[str, Any], handler: Device, supervisor: Device, work: Work
) -> None:
    handed_in(handler, accepted, bins("after"), source="import", place=IN_ZHANGWAN)
    work()
    task = supervisor.task(accepted["id"])
    kinds = [hint["kind"] for hint in task["hints"] if hint["to_confirm"]]
    assert kinds == ["before_as_after", "far_from_before", "outside_district"]
    refused = supervisor.ask(task, "pass", confirmed=kinds[1:])
    assert refused.status_code == 409
    assert (refused.json or {})["slug"] == "hint-unconfirmed"
    assert [hint["kind"] for hint in (refused.json or {})["hints"]] == kinds[:1]
    assert supervisor.task(accepted["id"])["version"] == task["version"]
    passed = supervisor.move(task, "pass", confirmed=kinds)
    assert passed["state"] == "closed"
    (event,) = [event for event in passed["events"] if event["move"] == "pass"]
    assert [hint["kind"] for hint in event["confirmed_hints"]] == kinds
    assert event["confirmed_hints"][0]["text"] == "与本案整改前照片为同一个文件"


def test_the_judged_unit_does_not_read_what_was_confirmed(
    accepted: dict[str, Any], handler: Device, supervisor: Device, work: Work
) -> None:
    handed_in(handler, accepted, bins("after"))
    work()
    task = supervisor.task(accepted["id"])
    supervisor.move(task, "pass", confirmed=[hint["kind"] for hint in task["hints"]])
    assert all("confirmed_hints" not in e for e in handler.task(accepted["id"])["events"])


def test_a_failed_check_needs_no_confirmation(
    accepted: dict[str, Any], handler: Device, supervisor: Device, work: Work
) -> None:
    handed_in(handler, accepted, bins("after"))
    work()
    task = supervisor.task(accepted["id"])
    assert supervisor.move(task, "fail", reason="not_done")["state"] == "rework"


def test_reporters_and_handlers_read_no_hints(
    accepted: dict[str, Any], observer: Device, handler: Device, supervisor: Device
) -> None:
    handed_in(handler, accepted, bins("after"))
    assert "hints" not in handler.task(accepted["id"])
    assert "hints" not in observer.task(accepted["id"])


def test_a_photo_used_before_in_another_case_leads_there(
    accepted: dict[str, Any],
    observer: Device,
    supervisor: Device,
    work: Work,
    fake_clock: FakeClock,
) -> None:
    fake_clock.forward(minutes=1)
    again = shot(recompressed(picture("bins-before.jpg"), np.random.default_rng(2)))
    other = supervisor.task(observer.report(again)["task_id"])
    work()
    (hint,) = supervisor.task(other["id"])["hints"]
    assert (hint["kind"], hint["other_task_id"]) == ("same_exposure", accepted["id"])
    assert accepted["number"] in hint["text"]
    assert hints(supervisor, accepted) == []


def test_a_case_of_another_district_is_not_identified_in_a_hint(
    accepted: dict[str, Any],
    sign_in: Callable[..., Device],
    outsider: Device,
    work: Work,
    fake_clock: FakeClock,
) -> None:
    fake_clock.forward(minutes=1)
    observation = sign_in("zhou").report(bins(), place=IN_ZHANGWAN)
    work()
    (hint,) = outsider.task(observation["task_id"])["hints"]
    assert hint["kind"] == "same_bytes"
    assert (hint["other_task_id"], hint["other_photo_id"]) == (None, None)
    assert accepted["number"] not in hint["text"]


def test_two_frames_of_one_record_are_no_reason_to_look_again(
    observer: Device, supervisor: Device, work: Work
) -> None:
    frames = [
        shot(picture("bins-before.jpg")),
        shot(picture("bins-before.jpg").crop((0, 0, 900, 700))),
    ]
    task = supervisor.task(observer.report(*frames)["task_id"])
    work()
    assert hints(supervisor, task) == []


def test_file_place_and_clock_reported_by_the_phone_are_checked(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    after = Shot(bins().content, "after", new_id())
    handed_in(
        handler,
        task,
        after,
        source="input",
        place=IN_ZHANGWAN,
        exif={"software": "Adobe Photoshop 25.0", "taken_at": "2026:03:01 08:00:00"},
    )
    assert hints(supervisor, task) == [
        ("edited", "danger"),
        ("taken_early", "danger"),
        ("far_from_before", "warning"),
        ("outside_district", "warning"),
        ("not_shutter", "warning"),
    ]


def test_an_unrecognisable_photo_is_named(observer: Device, supervisor: Device, work: Work) -> None:
    blurred = picture("bins-before.jpg").resize((40, 30)).resize((1000, 750))
    night = picture("bins-before.jpg").point(lambda value: value // 6)
    task = supervisor.task(observer.report(shot(blurred), shot(night, "close"))["task_id"])
    work()
    assert hints(supervisor, task) == [("blurred", "warning"), ("dark", "warning")]


def test_a_photo_that_is_dropped_takes_its_fingerprint_along(
    accepted: dict[str, Any], observer: Device, work: Work, rows: Rows
) -> None:
    unattached = bins()
    observer.upload(unattached)
    work()
    assert rows.count(PhotoLikeness) == 1

    def drop(session: Any) -> None:
        photo = session.get(Photo, UUID(unattached.photo_id))
        photos.drop(session, photo)

    rows.write(drop)
    assert (rows.count(PhotoPrint), rows.count(PhotoLikeness)) == (1, 0)
    assert rows.count(PrintWord) > 20


def test_a_photo_that_is_rendered_again_keeps_its_fingerprint(
    accepted: dict[str, Any], work: Work, rows: Rows
) -> None:
    work()
    before = rows.one(PhotoPrint).print

    def render_again(session: Any) -> None:
        photo = session.get(Photo, rows.one(Photo).id)
        photo.derivative = "pending"

    rows.write(render_again)
    work()
    assert rows.one(PhotoPrint).print == before


def test_a_drawn_copy_of_a_photo_is_neither_a_hint_nor_the_thumbnail(
    observer: Device, supervisor: Device, work: Work
) -> None:
    copy = shot(picture("bins-before.jpg").transpose(Image.Transpose.ROTATE_180), "annotated")
    photo = bins()
    # The copy arrives first, from elsewhere, and was chosen, not shot.
    op = record(copy, photo)
    op["photos"][0] |= {"source": "input", "place": IN_ZHANGWAN}
    observer.send(op)
    for one in (copy, photo):
        assert observer.upload(one).status_code == 201
    task = supervisor.task(observer.get(f"/observations/{op['entity_id']}").json["task_id"])
    work()
    assert hints(supervisor, task) == []
    assert supervisor.task(task["id"])["thumb_photo_id"] == photo.photo_id
    assert [one["role"] for one in task["evidence"]] == ["annotated", "scene"]


def test_the_photo_handed_in_again_is_found_beside_its_drawn_copy(
    observer: Device, supervisor: Device, handler: Device, work: Work
) -> None:
    photo = bins()
    copy = shot(picture("bins-before.jpg"), "annotated")
    task = dispatched_with(observer, supervisor, photo, copy)
    task = handler.move(handler.task(task["id"]), "accept")
    handed_in(
        handler, task, shot(cropped(picture("bins-before.jpg"), np.random.default_rng(2)), "after")
    )
    work()
    found = [
        hint for hint in supervisor.task(task["id"])["hints"] if hint["kind"] == "before_as_after"
    ]
    assert [hint["other_photo_id"] for hint in found] == [photo.photo_id]


def test_a_drawn_copy_closes_nothing(observer: Device, supervisor: Device, handler: Device) -> None:
    task = dispatched_with(observer, supervisor, bins())
    task = handler.move(handler.task(task["id"]), "accept")
    answer = handler.ask(task, "submit", photos=[bins("annotated").declared()])
    assert problem(answer) == (422, "evidence-missing")
