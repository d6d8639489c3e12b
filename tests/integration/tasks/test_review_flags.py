"""Review flags 疑点 of several cases, before they are passed at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.actors import Device, new_id
from tests.support.case_walks import verifying


def flags_of(device: Device, *ids: str) -> Any:
    return device.post("/tasks/doubts", {"ids": list(ids)})


def test_the_flags_of_every_visible_case_are_answered(
    observer: Device,
    supervisor: Device,
    handler: Device,
    sign_in: Callable[..., Device],
    work: Callable[[], int],
) -> None:
    task = verifying(observer, supervisor, handler)
    (before,) = flags_of(supervisor, task["id"], new_id()).json["items"]
    assert (before["version"], before["doubts"][0]) == (task["version"], "2 张照片还没有筛查")
    work()
    (screened,) = flags_of(supervisor, task["id"]).json["items"]
    assert "2 张照片还没有筛查" not in screened["doubts"]
    # 孙科 oversees another district.
    assert flags_of(sign_in("sun"), task["id"]).json["items"] == []


@pytest.mark.one_database
def test_only_overseers_ask_and_no_more_than_a_hundred(
    observer: Device, handler: Device, supervisor: Device
) -> None:
    for device in (observer, handler):
        assert flags_of(device, new_id()).status_code == 403
    assert flags_of(supervisor, *(new_id() for _ in range(101))).status_code == 422
    assert flags_of(supervisor).status_code == 422
