"""Who sees a case and who may take which step of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from inspect_server.models import Person
from tests.support.actors import Device, new_id
from tests.support.case_walks import dispatched, handling, problem, reported, verifying
from tests.support.rows import Rows


@pytest.mark.one_database
def test_an_outsiders_move_is_404(observer: Device, outsider: Device) -> None:
    task = reported(observer)
    assert outsider.get(f"/tasks/{task['id']}").status_code == 404
    assert outsider.ask(task, "file").status_code == 404


@pytest.mark.one_database
def test_another_units_handler_gets_404(observer: Device, supervisor: Device, sign_in: Any) -> None:
    task, other_handler = dispatched(observer, supervisor), sign_in("zhao")
    assert other_handler.get(f"/tasks/{task['id']}").status_code == 404
    assert other_handler.ask(task, "accept").status_code == 404


@pytest.mark.one_database
def test_a_task_exists_for_the_unit_from_the_dispatch_on(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    assert handler.get(f"/tasks/{task['id']}").status_code == 404
    supervisor.move(task, "dispatch")
    assert handler.get(f"/tasks/{task['id']}").status_code == 200


@pytest.mark.one_database
def test_an_unknown_task_is_404(supervisor: Device) -> None:
    assert supervisor.get(f"/tasks/{new_id()}").status_code == 404
    assert supervisor.ask({"id": new_id(), "version": 1}, "file").status_code == 404


@pytest.mark.one_database
def test_the_reporter_reads_the_task_and_moves_nothing(observer: Device) -> None:
    task = reported(observer)
    assert task["moves"] == []
    assert problem(observer.ask(task, "file")) == (403, "not-allowed")


@pytest.mark.one_database
def test_an_admin_reads_and_does_not_judge(observer: Device, admin: Device) -> None:
    task = reported(observer)
    assert admin.task(task["id"])["moves"] == []
    assert problem(admin.ask(task, "file")) == (403, "not-allowed")


@pytest.mark.one_database
def test_a_supervisor_does_not_hand_in_for_the_unit(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    assert problem(supervisor.ask(task, "submit")) == (403, "not-allowed")


@pytest.mark.one_database
def test_a_handler_does_not_pass_the_own_work(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = verifying(observer, supervisor, handler)
    assert problem(handler.ask(task, "pass")) == (403, "not-allowed")


@pytest.mark.one_database
def test_a_supervisor_of_the_units_own_side_does_not_verify(
    observer: Device, supervisor: Device, handler: Device, sign_in: Any, rows: Rows
) -> None:
    unit_id = UUID(handler.person["unit"]["id"])
    one = sa.update(Person).where(Person.login == "like").values(unit_id=unit_id)
    rows.write(lambda session: session.execute(one))
    task = verifying(observer, supervisor, handler)
    assert "pass" not in task["moves"]
    assert problem(supervisor.ask(task, "pass")) == (403, "not-allowed")
    assert sign_in("chuangwen").move(task, "pass")["state"] == "closed"


@pytest.mark.one_database
def test_a_handler_never_reads_who_reported(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    everything = handler.get(f"/tasks/{task['id']}").text + handler.get("/tasks").text
    assert observer.person["id"] not in everything
    assert observer.person["name"] not in everything
    assert "reporter" not in everything
    assert task["events"][0]["actor"] == "文明观察员"


@pytest.mark.one_database
def test_a_handler_does_not_open_the_record(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    assert handler.get(f"/observations/{task['observation_id']}").status_code == 404


@pytest.mark.one_database
def test_a_supervisor_reads_who_reported(observer: Device, supervisor: Device) -> None:
    task = supervisor.task(reported(observer)["id"])
    assert task["reporter"] == {"id": observer.person["id"], "name": "小陈"}
