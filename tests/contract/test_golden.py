"""Answers that clients outside this repository rely on 样例: compared exactly with golden JSON.

With INSPECT_GOLDEN=write the files are written anew and the test fails, so that somebody reads
the difference before it counts.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.actors import Device, Shot, jpeg, record
from tests.support.case_walks import dispatched, reported
from tests.support.clock import FakeClock

pytestmark = pytest.mark.one_database

GOLDEN = Path(__file__).parent / "golden"
# A Wednesday morning in Shanghai.
NOW = "2026-03-04T10:00:00+08:00"

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Values that differ in every run, and the placeholder of each.
SECRET = {
    "access_token",
    "refresh_token",
    "csrf_token",
    "cursor",
    "epoch",
    "instance",
    "sha256",
    "bytes",
    "seq",
}


class Normal:
    """Replaces values that differ in every run; an id has one placeholder in the whole answer."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids: dict[str, str] = {}
        for one in ids:
            self.of(one)

    def of(self, value: Any, name: str = "") -> Any:
        """The answer with placeholders, equal in every run."""
        if name in SECRET and value is not None:
            return f"<{name}>"
        if isinstance(value, dict):
            return {self.of(key): self.of(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner) for inner in value]
        if isinstance(value, str):
            return UUID.sub(self._named, value)
        return value

    def _named(self, match: re.Match[str]) -> str:
        return self._ids.setdefault(match[0], f"<id-{len(self._ids) + 1}>")


def compare(name: str, answer: Any, ids: Iterable[str] = ()) -> None:
    """Compare an answer with its golden file exactly; `ids` get the first placeholders."""
    text = json.dumps(Normal(ids).of(answer), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("INSPECT_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} is written; read the difference and run again")
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _one_morning(fake_clock: FakeClock) -> None:
    fake_clock.stop_at(NOW)


@pytest.fixture
def chen(_one_morning: None, sign_in: Callable[..., Device]) -> Device:
    """小陈 on a phone with a name."""
    return sign_in("chen", device_id="phone-of-chen")


def test_a_session(chen: Device) -> None:
    compare("session", chen.session)


def test_who_i_am(chen: Device) -> None:
    compare("me", chen.get("/me").json)


def test_an_answer_to_a_push(chen: Device) -> None:
    shot, stored = Shot(jpeg()), Shot(jpeg(1))
    chen.upload(stored)
    first = record(shot, stored, note="占道经营")
    rival = record(note="后到") | {"entity_id": first["entity_id"]}
    orphan = record() | {"after": [shot.photo_id]}
    bad = record(category="XX9999", place={"lon": 200, "lat": 1})
    answer = chen.push(first, first, rival, orphan, bad, {"op_id": "seven"})
    compare("push", answer.json)


def test_a_page_of_a_pull(chen: Device) -> None:
    cursor = chen.pull()["cursor"]
    chen.report(Shot(jpeg()), note="占道经营")
    chen.send(record(category="XX9999"))
    compare("pull", chen.pull(cursor))


def test_one_entry_of_each_register_in_a_pull(chen: Device) -> None:
    kinds: dict[str, Any] = {}
    cursor, more = None, True
    while more:
        page = chen.pull(cursor)
        cursor, more = page["cursor"], page["more"]
        for change in page["changes"]:
            smallest = kinds.setdefault(change["collection"], change)
            kinds[change["collection"]] = min(smallest, change, key=lambda c: str(c["id"]))
    compare("registers", kinds)


def test_receipts(chen: Device) -> None:
    stored, partial, declared, refused = (Shot(jpeg(i)) for i in range(4))
    refused.content = b"these are words, not a photo" * 10
    sent, bad = record(stored, partial, declared, refused), record(category="XX9999")
    chen.send(sent, bad)
    chen.upload(stored)
    chen.upload(partial, partial.content[:1000])
    chen.upload(refused)
    shots = (stored, partial, declared, refused)
    unknown = record()["op_id"]
    query = {
        "ops": [sent["op_id"], bad["op_id"], unknown],
        "photos": [shot.photo_id for shot in shots] + [unknown],
    }
    answer = chen.post("/sync/receipts", query).json
    compare("receipts", answer, query["ops"] + query["photos"])


def test_an_observation(chen: Device, work: Callable[[], int]) -> None:
    observation = chen.report(Shot(jpeg()), Shot(jpeg(1), "close"), note="占道经营", severity=2)
    work()
    compare("observation", chen.get(f"/observations/{observation['id']}").json)


def test_a_task_on_the_console(chen: Device, supervisor: Device) -> None:
    compare("task_supervisor", supervisor.task(reported(chen)["id"]))


def test_a_task_for_its_unit(chen: Device, supervisor: Device, handler: Device) -> None:
    compare("task_handler", handler.task(dispatched(chen, supervisor)["id"]))


def test_a_list_of_tasks(chen: Device, supervisor: Device) -> None:
    reported(chen)
    compare("tasks", supervisor.get("/tasks?limit=1").json)


def test_a_problem_with_pointers(chen: Device) -> None:
    answer = chen.post("/sync/receipts", {"ops": ["seven"], "more": 1})
    assert answer.status_code == 422
    compare("problem_invalid", answer.json)


def test_a_problem_with_the_servers_copy(chen: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(chen)["id"])
    supervisor.move(task, "file")
    answer = supervisor.ask(task, "file")
    assert answer.status_code == 409
    compare("problem_stale", answer.json)
