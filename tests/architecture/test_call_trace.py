"""The call trace of a request: few files, and few changes from one file to another."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.actors import Device, Shot, jpeg, record
from tools.call_trace import SHOW_STEPS, Trace, traced

# How many files a request may use, and how often it may change between them.
LIMITS = {
    "batch": (22, 50),
    "photo": (22, 55),
    "file": (24, 70),
    "dispatch": (24, 70),
    "accept": (24, 70),
    "pass": (24, 70),
}


@pytest.fixture
def walk(app: Flask, capsys: pytest.CaptureFixture[str]) -> Callable[[str, Callable[[], Any]], Any]:
    """Trace one request, print its numbers, and compare them with the limits."""

    def run(name: str, request: Callable[[], Any]) -> Any:
        with traced(app) as steps:
            answer = request()
        _print(capsys, name, steps)
        files, changes = LIMITS[name]
        assert len(steps.files) <= files, "\n".join(sorted(steps.files))
        assert steps.changes <= changes, "\n".join(steps.lines())
        return answer

    return run


def _print(capsys: pytest.CaptureFixture[str], name: str, steps: Trace) -> None:
    shown = [steps.summary(name)]
    if SHOW_STEPS in os.environ:
        shown += steps.lines()
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(shown) + "\n")


def test_the_call_trace_of_a_batch_a_photo_and_moves_is_within_its_limits(
    observer: Device, supervisor: Device, handler: Device, walk: Callable[..., Any]
) -> None:
    # The reference data are loaded before the first trace.
    observer.send(record())
    photo = Shot(jpeg(1))
    op = record(photo)
    (result,) = walk("batch", lambda: observer.send(op))
    assert result["status"] == "accepted"
    assert walk("photo", lambda: observer.upload(photo)).status_code == 201
    observation = observer.get(f"/observations/{op['entity_id']}").json or {}
    task = supervisor.task(observation["task_id"])
    task = walk("file", lambda: supervisor.move(task, "file"))
    task = walk("dispatch", lambda: supervisor.move(task, "dispatch"))
    task = handler.task(task["id"])
    task = walk("accept", lambda: handler.move(task, "accept"))
    after = Shot(jpeg(2), "after")
    handler.upload(after)
    handler.move(task, "submit", photos=[after.declared()])
    task = supervisor.task(task["id"])
    task = walk("pass", lambda: supervisor.move(task, "pass"))
    assert task["state"] == "closed"
