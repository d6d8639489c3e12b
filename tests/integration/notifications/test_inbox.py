"""The inbox 通知: my notices, the newest first, and marking them as read."""

from __future__ import annotations

from typing import Any

from tests.support.actors import Device
from tests.support.case_walks import dispatched
from tests.support.clock import FakeClock


def inbox(device: Device, query: str = "") -> dict[str, Any]:
    answer = device.get(f"/me/notices{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_a_dispatch_is_in_the_handlers_inbox_and_in_no_other(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    notices = inbox(handler)
    (notice,) = notices["items"]
    assert (notice["kind"], notice["task_id"], notices["unread"]) == (
        "task_dispatched",
        task["id"],
        1,
    )
    assert inbox(supervisor) == {"items": [], "next": None, "unread": 0}


def test_a_read_notice_stays_read_on_all_devices(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    dispatched(observer, supervisor)
    (notice,) = inbox(handler)["items"]
    cursor = handler.pull()["cursor"]
    for _ in range(2):
        answer = handler.post("/me/notices/read", {"ids": [notice["id"]]})
        assert answer.json == {"unread": 0}
    assert inbox(handler)["items"][0]["read_at"] is not None
    assert inbox(handler, "?unread=true")["items"] == []
    (change,) = [c for c in handler.pull(cursor)["changes"] if c["collection"] == "notices"]
    assert change["data"]["read_at"] is not None


def test_nobody_reads_my_notices_for_me(
    observer: Device, supervisor: Device, handler: Device, outsider: Device
) -> None:
    dispatched(observer, supervisor)
    (notice,) = inbox(handler)["items"]
    outsider.post("/me/notices/read", {"ids": [notice["id"]], "until": "2099-01-01T00:00:00Z"})
    assert inbox(handler)["unread"] == 1


def test_all_up_to_a_moment_are_read_and_later_ones_are_not(
    observer: Device, supervisor: Device, handler: Device, fake_clock: FakeClock
) -> None:
    dispatched(observer, supervisor)
    seen = inbox(handler)["items"][0]
    fake_clock.forward(seconds=1)
    dispatched(observer, supervisor)
    assert handler.post("/me/notices/read", {"until": seen["at"]}).json == {"unread": 1}


def test_pages_follow_each_other_the_newest_first(
    observer: Device, supervisor: Device, handler: Device, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at("2026-11-20T01:00:00+00:00")
    for _ in range(3):
        dispatched(observer, supervisor)
    whole = [one["id"] for one in inbox(handler)["items"]]
    first = inbox(handler, "?limit=2")
    second = inbox(handler, f"?limit=2&cursor={first['next']}")
    assert [one["id"] for one in first["items"] + second["items"]] == whole
    assert (len(whole), second["next"]) == (3, None)


def test_a_forged_cursor_of_notices_is_refused(handler: Device) -> None:
    assert handler.get("/me/notices?cursor=bm8").status_code == 409
