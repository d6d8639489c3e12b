"""Bring a task to the state in which a test begins."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.support.actors import IN_MAOJIAN, Device, Shot, jpeg, new_id, op

# 茅箭区城管局, the unit of 老王, answers for 店外经营 in 茅箭.
CATEGORY = "MQ0201"


def reported(observer: Device, *shots: Shot, **more: Any) -> dict[str, Any]:
    """A record whose evidence is complete; returns its author's view of the task."""
    observation = observer.report(*(shots or (Shot(jpeg()),)), **more)
    return observer.task(observation["task_id"])


def dispatched(observer: Device, supervisor: Device, **more: Any) -> dict[str, Any]:
    """A task that lies with the unit it was routed to; the supervisor's view."""
    task = supervisor.move(supervisor.task(reported(observer, **more)["id"]), "file")
    return supervisor.move(task, "dispatch")


def handling(observer: Device, supervisor: Device, handler: Device, **more: Any) -> dict[str, Any]:
    """A task the unit accepted; the handler's view."""
    task = dispatched(observer, supervisor, **more)
    return handler.move(handler.task(task["id"]), "accept")


def verifying(observer: Device, supervisor: Device, handler: Device, **more: Any) -> dict[str, Any]:
    """A task handed over with an after-photo; the supervisor's view."""
    task = handling(observer, supervisor, handler, **more)
    after = Shot(jpeg(2), "after")
    handler.upload(after)
    handler.move(task, "submit", photos=[after.declared()])
    return supervisor.task(task["id"])


def closed(observer: Device, supervisor: Device, handler: Device, **more: Any) -> dict[str, Any]:
    """A task that passed verification; hints of its photos are confirmed by name."""
    task = verifying(observer, supervisor, handler, **more)
    kinds = [hint["kind"] for hint in task["hints"] if hint["to_confirm"]]
    return supervisor.move(task, "pass", confirmed=kinds)


def problem(answer: TestResponse) -> tuple[int, str]:
    """The status of a refused request and the slug of its problem."""
    return answer.status_code, (answer.json or {}).get("slug", "")


def submit(handler: Device, task: dict[str, Any], seed: int = 2) -> dict[str, Any]:
    """Submit a task with an after-photo that is already stored."""
    after = Shot(jpeg(seed), "after")
    handler.upload(after)
    return handler.move(task, "submit", photos=[after.declared()])


def ask_visit(
    supervisor: Device, task: dict[str, Any], visitor: Device, **more: Any
) -> TestResponse:
    """Request a visit of a case on the spot."""
    request = {"visit_id": new_id(), "observer_id": visitor.person["id"], "note": "看门前"} | more
    return supervisor.post(f"/tasks/{task['id']}/visits", request)


def visit(supervisor: Device, task: dict[str, Any], visitor: Device, **more: Any) -> dict[str, Any]:
    """A visit under way."""
    answer = ask_visit(supervisor, task, visitor, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def finding(requested: dict[str, Any], *shots: Shot, **more: Any) -> dict[str, Any]:
    """A `visit.record` op; `more` overrides its data."""
    data = {"finding": "not_confirmed", "note": "还在", "place": IN_MAOJIAN} | more
    return op("visit.record", requested["id"], data, shots)


def visits_on(device: Device) -> dict[str, dict[str, Any]]:
    """The visits a phone shows after reading everything."""
    changes = device.pull()["changes"]
    return {c["id"]: c["data"] for c in changes if c["collection"] == "visits" and c["data"]}
