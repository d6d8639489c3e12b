"""The failpoints of the product: each is in one place, and acts only when it is armed."""

from __future__ import annotations

import ast
import errno
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspect_server import read_settings
from inspect_server.core import failpoints
from inspect_server.core.environment import SettingWrong
from inspect_server.core.failpoints import POINTS, Failpoint, FailpointReached
from tests.architecture.source_tree import modules

NEEDED = {
    "INSPECT_S3_ENDPOINT_URL": "http://127.0.0.1:1",
    "INSPECT_S3_ACCESS_KEY_ID": "id",
    "INSPECT_S3_SECRET_ACCESS_KEY": "secret",
    "INSPECT_SECRET_KEY": "s" * 40,
}


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """Disarm all failpoints after the test."""
    yield
    failpoints.arm({}, Path())


def failpoint_names() -> list[str]:
    """The names of all `failpoints.reach` calls of the product."""
    return [
        call.args[0].value if isinstance(call.args[0], ast.Constant) else ast.unparse(call)
        for module in modules()
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "failpoints.reach"
    ]


def test_every_failpoint_is_in_exactly_one_place() -> None:
    assert sorted(failpoint_names()) == sorted(POINTS)


def test_no_failpoint_is_armed_by_default() -> None:
    assert read_settings(NEEDED).failpoints == {}


@pytest.mark.parametrize("wrong", ["nowhere=kill", "push.applied=explode", "push.applied=kill@x"])
def test_an_unknown_failpoint_or_action_stops_the_start(wrong: str) -> None:
    with pytest.raises(SettingWrong, match="INSPECT_FAILPOINTS"):
        read_settings(NEEDED | {"INSPECT_FAILPOINTS": wrong})


def test_a_failpoint_acts_at_its_hit_and_never_again(tmp_path: Path) -> None:
    failpoints.arm({"push.applied": Failpoint("error", 2)}, tmp_path)
    failpoints.reach("push.applied")
    with pytest.raises(FailpointReached, match=r"push\.applied"):
        failpoints.reach("push.applied")
    failpoints.reach("push.applied")


def test_hits_are_counted_over_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        failpoints.arm({"spool.write": Failpoint("enospc", 3)}, tmp_path)
        failpoints.reach("spool.write")
    with pytest.raises(OSError, match="spool") as full:
        failpoints.reach("spool.write")
    assert full.value.errno == errno.ENOSPC


def test_a_killed_process_prints_nothing_more(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from inspect_server.core import failpoints as f;"
        f"f.arm(f.parse('store.put=kill'), Path({str(tmp_path)!r}));"
        "f.reach('store.put'); print('alive')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (-9, b"")
