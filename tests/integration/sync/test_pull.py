"""Pull 拉取: the changes in a person's scope, in commit order, and no others."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, current_thread
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from inspect_server.core import failpoints
from inspect_server.models import Change, Person, ServerState, Unit
from tests.support import database as engines
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.case_walks import dispatched, handling, reported
from tests.support.rows import Rows

TIMEOUT_SECONDS = 60
WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
)
EVERYBODYS = {"categories", "points", "shops", "units", "calendar"}


def everything(device: Device, cursor: str | None = None, limit: int = 500) -> list[dict[str, Any]]:
    """All pages from a cursor on."""
    changes: list[dict[str, Any]] = []
    while True:
        page = device.pull(cursor, limit)
        changes += page["changes"]
        cursor = page["cursor"]
        if not page["more"]:
            return changes


def of(collection: str, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [change for change in changes if change["collection"] == collection]


def since(device: Device) -> Callable[[], list[dict[str, Any]]]:
    """A function that pulls the changes since its last call."""
    page = device.pull()
    while page["more"]:
        page = device.pull(page["cursor"])
    return lambda: everything(device, page["cursor"])


def test_the_first_pull_brings_what_a_phone_needs_offline(observer: Device) -> None:
    changes = everything(observer)
    assert {c["collection"] for c in changes} >= EVERYBODYS | {"people"}
    assert len(of("categories", changes)) == 92
    assert all(c["op"] == "put" for c in changes)


def test_a_category_comes_with_what_the_picker_shows(observer: Device) -> None:
    (category,) = [c for c in of("categories", everything(observer)) if c["id"] == "MQ0201"]
    assert category["data"]["name_zh"] == "店外经营"
    assert {"initials", "severity", "evidence_open", "evidence_close"} <= set(category["data"])


def test_people_are_only_oneself(observer: Device) -> None:
    (me,) = of("people", everything(observer))
    assert me["data"]["name"] == "小陈"


def test_a_pull_that_is_up_to_date_brings_nothing(observer: Device) -> None:
    assert since(observer)() == []


def test_the_author_hears_of_the_own_record_and_its_task(observer: Device) -> None:
    pull_new = since(observer)
    sent = record(Shot(jpeg()))
    observer.send(sent)
    changes = pull_new()
    (observation,) = of("observations", changes)
    assert observation["id"] == sent["entity_id"]
    assert observation["data"]["task"]["state"] == "awaiting_evidence"
    assert len(of("tasks", changes)) == 1


def test_the_verdict_comes_back_to_the_author(observer: Device, supervisor: Device) -> None:
    task, pull_new = reported(observer), since(observer)
    supervisor.move(supervisor.task(task["id"]), "reject", reason="not_a_problem", note="属于店内")
    changes = pull_new()
    verdict = of("observations", changes)[-1]["data"]["task"]["verdict"]
    assert (verdict["move"], verdict["reason"], verdict["note"]) == (
        "reject",
        "not_a_problem",
        "属于店内",
    )
    assert [n["data"]["kind"] for n in of("notices", changes)] == ["task_rejected"]


def test_the_author_reads_no_name_of_whoever_handles_it(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    handling(observer, supervisor, handler)
    text = json.dumps(everything(observer), ensure_ascii=False)
    assert "老王" not in text
    assert "李科" not in text


def test_a_handlers_pull_carries_no_trace_of_the_reporter(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    handling(observer, supervisor, handler, note="店主在场")
    text = json.dumps(everything(handler), ensure_ascii=False)
    assert "店主在场" in text
    assert observer.person["name"] not in text
    assert observer.person["id"] not in text
    assert observer.device_id not in text


def test_a_handler_hears_of_a_task_once_it_is_dispatched(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, pull_new = reported(observer), since(handler)
    task = supervisor.move(supervisor.task(task["id"]), "file")
    assert of("tasks", pull_new()) == []
    supervisor.move(task, "dispatch")
    assert [t["id"] for t in of("tasks", pull_new())] == [task["id"]]


def test_a_supervisor_hears_of_tasks_in_scope_only(
    observer: Device, supervisor: Device, outsider: Device
) -> None:
    pull_new, outsider_pull_new = since(supervisor), since(outsider)
    task = reported(observer)
    assert [t["id"] for t in of("tasks", pull_new())] == [task["id"]]
    assert of("tasks", outsider_pull_new()) == []


def test_a_task_without_a_place_is_pulled_by_every_supervisor(
    observer: Device, supervisor: Device, outsider: Device
) -> None:
    pulls = [since(supervisor), since(outsider)]
    reported(observer, place=None)
    assert [len(of("tasks", pull_new())) for pull_new in pulls] == [1, 1]


def test_a_unit_that_handed_back_hears_that_the_task_is_gone(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task, pull_new = dispatched(observer, supervisor), since(handler)
    handler.move(handler.task(task["id"]), "hand_back", reason="not_ours")
    other = rows.one(Unit, Unit.code == "wy-jd")
    supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=str(other.id))
    changes = of("tasks", pull_new())
    assert changes[-1]["id"] == task["id"]
    assert (changes[-1]["op"], changes[-1]["data"]) == ("del", None)


def test_the_unit_it_goes_to_hears_of_it(
    observer: Device, supervisor: Device, handler: Device, sign_in: Any
) -> None:
    task, other_handler = dispatched(observer, supervisor), sign_in("he")
    pull_new = since(other_handler)
    handler.move(handler.task(task["id"]), "hand_back", reason="not_ours")
    unit = other_handler.person["unit"]["id"]
    supervisor.move(supervisor.task(task["id"]), "dispatch", unit_id=unit)
    assert [t["op"] for t in of("tasks", pull_new())] == ["put"]


# --- the cursor ----------------------------------------------------------------------------------


def test_changes_arrive_in_the_order_of_their_numbers(observer: Device) -> None:
    numbers = [c["seq"] for c in everything(observer, limit=50)]
    assert numbers == sorted(set(numbers))


def test_pages_of_one_bring_everything_once(observer: Device) -> None:
    cursor_before = observer.pull()["cursor"]
    sent = [record() for _ in range(5)]
    observer.send(*sent)
    pages = everything(observer, cursor_before, limit=1)
    assert {c["id"] for c in of("observations", pages)} == {s["entity_id"] for s in sent}
    assert len(pages) == len({(c["collection"], c["id"]) for c in pages})


def test_a_push_never_moves_the_cursor(observer: Device) -> None:
    cursor = observer.pull()["cursor"]
    observer.send(record())
    observer.send(record())
    assert len(of("observations", everything(observer, cursor))) == 2


def test_a_lost_answer_costs_nothing(observer: Device) -> None:
    cursor = observer.pull()["cursor"]
    observer.send(record())
    first, again = observer.pull(cursor), observer.pull(cursor)
    assert first["changes"] == again["changes"]


def test_a_changed_entity_comes_once_as_it_is_now(observer: Device, supervisor: Device) -> None:
    cursor = supervisor.pull()["cursor"]
    task = reported(observer)
    supervisor.move(supervisor.task(task["id"]), "file")
    (change,) = of("tasks", everything(supervisor, cursor))
    assert change["data"]["state"] == "filed"
    assert change["version"] == change["data"]["version"]


def test_a_cursor_fits_into_an_address(observer: Device) -> None:
    cursor = observer.pull()["cursor"]
    assert cursor == "".join(c for c in cursor if c.isalnum() or c in "-_.~")


@pytest.mark.parametrize(
    "tamper", [lambda c: c[:-1], lambda c: "x" + c, lambda c: "", lambda c: "7"]
)
def test_a_tampered_cursor_is_refused(observer: Device, tamper: Any) -> None:
    cursor = tamper(observer.pull()["cursor"])
    answer = observer.get("/sync/pull", query_string={"cursor": cursor})
    assert (answer.status_code, answer.json["slug"]) == (409, "cursor-invalid")


def test_a_cursor_from_before_a_restore_is_refused(observer: Device, rows: Rows) -> None:
    cursor = observer.pull()["cursor"]
    rows.write(lambda s: s.execute(sa.update(ServerState).values(epoch="after the restore")))
    answer = observer.get("/sync/pull", query_string={"cursor": cursor})
    assert (answer.status_code, answer.json["slug"]) == (409, "cursor-invalid")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many"])
def test_a_limit_out_of_range_is_refused(observer: Device, limit: str) -> None:
    assert observer.get("/sync/pull", query_string={"limit": limit}).status_code == 422


# --- a changed scope -----------------------------------------------------------------------------


def assign(rows: Rows, device: Device, **values: Any) -> None:
    change = sa.update(Person).where(Person.id == UUID(device.person["id"])).values(**values)
    rows.write(lambda session: session.execute(change))


def test_a_handler_moved_to_another_unit_reads_its_tasks_afresh(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    dispatched(observer, supervisor)
    cursor = handler.pull()["cursor"]
    assign(rows, handler, unit_id=rows.one(Unit, Unit.code == "wy-jd").id)
    page = handler.pull(cursor)
    assert "tasks" in page["reset"]
    assert of("tasks", page["changes"]) == []


def test_a_supervisor_moved_to_another_district_reads_afresh_and_sees_nothing_old(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    task = reported(observer)
    cursor = supervisor.pull()["cursor"]
    assign(rows, supervisor, district_code="zhangwan")
    page = supervisor.pull(cursor)
    assert "tasks" in page["reset"]
    assert task["id"] not in json.dumps(page["changes"])


def test_the_page_after_a_reset_goes_on_and_resets_no_more(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    cursor = supervisor.pull()["cursor"]
    assign(rows, supervisor, district_code="zhangwan")
    page = supervisor.pull(cursor, limit=5)
    assert supervisor.pull(page["cursor"])["reset"] == []


# --- writers and a reader at the same time (I4) ---------------------------------------------------


def test_a_reader_that_polls_while_eight_write_misses_nothing(
    sign_in: Callable[..., Device], rows: Rows
) -> None:
    logins = ("chen", "liu", "wang", "zhao")
    writers = [sign_in(login) for login in logins for _ in range(2)]
    city = sign_in("chuangwen")
    cursor = since_cursor(city)
    sent = [[record(note=f"{w}/{n}") for n in range(6)] for w in range(len(writers))]
    done = Event()

    def write(device: Device, ops: list[Any]) -> None:
        for one in ops:
            assert device.send(one)[0]["status"] == "accepted"

    def read() -> list[dict[str, Any]]:
        changes: list[dict[str, Any]] = []
        at = cursor
        while True:
            last_round = done.is_set()
            page = city.pull(at, limit=7)
            changes += page["changes"]
            at = page["cursor"]
            if last_round and not page["more"]:
                return changes

    with ThreadPoolExecutor(len(writers) + 1) as threads:
        reading = threads.submit(read)
        writing = [threads.submit(write, *pair) for pair in zip(writers, sent, strict=True)]
        try:
            for one in writing:
                one.result()
        finally:
            done.set()
        changes = reading.result()
    written = {one["entity_id"] for ops in sent for one in ops}
    assert {c["data"]["observation_id"] for c in of("tasks", changes)} == written
    numbers = [c["seq"] for c in changes]
    assert numbers == sorted(set(numbers))


def test_a_number_taken_first_and_committed_last_is_pulled(
    sign_in: Callable[..., Device],
    rows: Rows,
    database: engines.Template,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting_author, other_author, city = sign_in("chen"), sign_in("liu"), sign_in("chuangwen")
    cursor = since_cursor(city)
    numbered, go_on, reach = Event(), Event(), failpoints.reach

    def hold(point: str) -> None:
        reach(point)
        if point == "commit.published" and current_thread().name.startswith("slow"):
            numbered.set()
            assert go_on.wait(TIMEOUT_SECONDS)

    def waits_in_line() -> bool:
        # SQLite has one writer at a time: the second one waits.
        return database.name == "sqlite" or bool(rows.read(lambda s: s.scalar(WAITING)))

    monkeypatch.setattr(failpoints, "reach", hold)
    with ThreadPoolExecutor(1, "slow") as one, ThreadPoolExecutor(1, "quick") as other:
        late = one.submit(waiting_author.send, record(note="late"))
        try:
            assert numbered.wait(TIMEOUT_SECONDS)
            early = other.submit(other_author.send, record(note="early"))
            while not early.done() and not waits_in_line():
                time.sleep(0.01)
            page = city.pull(cursor)
        finally:
            go_on.set()
        results = late.result() + early.result()
    assert [result["status"] for result in results] == ["accepted", "accepted"]
    changes = page["changes"] + city.pull(page["cursor"])["changes"]
    assert {c["data"]["note"] for c in of("tasks", changes)} == {"late", "early"}


def since_cursor(device: Device) -> str:
    page = device.pull()
    while page["more"]:
        page = device.pull(page["cursor"])
    return str(page["cursor"])


def test_every_number_of_the_log_is_given_once(observer: Device, rows: Rows) -> None:
    observer.send(*(record() for _ in range(20)))
    numbers = rows.read(lambda s: list(s.scalars(sa.select(Change.seq))))
    assert len(numbers) == len(set(numbers))
