"""A handler's offline moves: queued on the phone, applied once on the server."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from inspect_server.models import Photo, TaskMove
from tests.support.actors import Device, Shot, jpeg, op
from tests.support.case_walks import dispatched, handling
from tests.support.rows import Rows


def move(task: dict[str, Any], name: str, *shots: Shot, **more: Any) -> dict[str, Any]:
    data = {"move": name} | more.pop("data", {})
    return op("task.move", task["id"], data, shots, base_version=task["version"], **more)


def naming(shot: Shot, op_id: str) -> dict[str, str]:
    """The metadata of an upload that says which op it belongs to."""
    from_ = {"photo_id": shot.photo_id, "sha256": shot.sha256, "op_id": op_id}
    return {"Upload-Metadata": metadata(from_)}


def metadata(values: dict[str, str]) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())


def notices(device: Device) -> list[str]:
    changes = device.pull()["changes"]
    return [c["data"]["kind"] for c in changes if c["collection"] == "notices"]


def test_a_move_made_offline_is_taken(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    (result,) = handler.send(move(task, "accept"))
    assert (result["status"], result["version"]) == ("accepted", task["version"] + 1)
    assert handler.task(task["id"])["state"] == "handling"


def test_a_move_sent_twice_is_taken_once(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    sent = move(task, "accept")
    handler.send(sent)
    (again,) = handler.send(sent)
    assert again["status"] == "duplicate"
    assert [e["move"] for e in handler.task(task["id"])["events"]].count("accept") == 1


def test_a_submit_waits_for_its_photo(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    (result,) = handler.send(move(task, "submit", after))
    assert (result["status"], result["wanted"]) == ("accepted", [after.photo_id])
    waiting = handler.task(task["id"])
    assert waiting["state"] == "handling"
    assert waiting["pending_move"]["move"] == "submit"


def test_a_submit_takes_effect_with_its_last_photo(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    one, two = Shot(jpeg(2), "after"), Shot(jpeg(3), "after")
    handler.send(move(task, "submit", one, two))
    handler.upload(one)
    assert handler.task(task["id"])["state"] == "handling"
    handler.upload(two)
    done = handler.task(task["id"])
    assert (done["state"], done["pending_move"]) == ("verifying", None)


def test_a_submit_whose_photo_came_first_takes_effect_at_once(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    handler.upload(after)
    (result,) = handler.send(move(task, "submit", after))
    assert result["wanted"] == []
    assert handler.task(task["id"])["state"] == "verifying"


def test_a_photo_somebody_else_files_under_the_move_holds_nothing_up(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    sent = move(task, "submit", after)
    handler.send(sent)
    foreign = Shot(jpeg(4))
    observer.upload(foreign, foreign.content[:50], **naming(foreign, sent["op_id"]))
    handler.upload(after)
    assert handler.task(task["id"])["state"] == "verifying"


def test_the_units_deadline_stops_when_the_submit_is_received(
    observer: Device, supervisor: Device, handler: Device, fake_clock: Any
) -> None:
    fake_clock.stop_at("2026-03-04T09:00:00+08:00")
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    handler.send(move(task, "submit", after))
    fake_clock.stop_at("2026-03-06T09:00:00+08:00")
    handler = Device(handler.app, handler.login, handler.password, handler.device_id)
    assert handler.task(task["id"])["overdue"] is False
    handler.upload(after)
    assert handler.task(task["id"])["submitted_at"] == "2026-03-04T01:00:00.000Z"


def test_a_submit_whose_photos_are_all_refused_lapses_and_its_author_gets_a_notice(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(b"not a photo" * 9, "after")
    handler.send(move(task, "submit", after))
    assert handler.upload(after).status_code == 422
    back = handler.task(task["id"])
    assert (back["state"], back["pending_move"]) == ("handling", None)
    assert back["events"][-1]["move"] == "move_lapsed"
    assert "move_lapsed" in notices(handler)


def test_a_submit_with_one_good_photo_of_two_takes_effect(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    good, bad = Shot(jpeg(2), "after"), Shot(b"not a photo" * 9, "after")
    handler.send(move(task, "submit", good, bad))
    handler.upload(bad)
    handler.upload(good)
    assert handler.task(task["id"])["state"] == "verifying"


def test_a_submit_without_a_photo_is_kept_and_refused(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handling(observer, supervisor, handler)
    (result,) = handler.send(move(task, "submit"))
    assert (result["status"], result["problem"]["slug"]) == ("quarantined", "evidence-missing")


def test_accept_and_submit_made_offline_follow_each_other(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = dispatched(observer, supervisor), Shot(jpeg(2), "after")
    accept = move(task, "accept")
    submit = move(task, "submit", after, after=[accept["op_id"]])
    results = handler.send(accept, submit)
    assert [r["status"] for r in results] == ["accepted", "accepted"]
    handler.upload(after)
    assert handler.task(task["id"])["state"] == "verifying"


def test_accept_and_submit_sent_in_two_batches_follow_each_other(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task, after = dispatched(observer, supervisor), Shot(jpeg(2), "after")
    accept = move(task, "accept")
    submit = move(task, "submit", after, after=[accept["op_id"]])
    assert handler.send(submit)[0]["status"] == "deferred"
    handler.send(accept)
    assert handler.send(submit)[0]["status"] == "accepted"


def test_a_move_of_a_version_gone_by_conflicts(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    handler.move(handler.task(task["id"]), "accept")
    (result,) = handler.send(move(task, "hand_back", data={"reason": "not_ours"}))
    assert (result["status"], result["problem"]["slug"]) == ("conflict", "stale-version")
    assert result["server"] == {
        "id": task["id"],
        "state": "handling",
        "version": task["version"] + 1,
    }


def test_a_conflicting_move_and_its_photos_are_kept_for_the_supervisor(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    late = move(task, "submit", after)
    supervisor.move(supervisor.task(task["id"]), "void", reason="test_record")
    (result,) = handler.send(late)
    assert (result["status"], result["wanted"]) == ("conflict", [after.photo_id])
    assert handler.upload(after).status_code == 201
    (item,) = supervisor.get("/quarantine").json["items"]
    assert item["body"] == late
    assert [p["state"] for p in item["photos"]] == ["stored"]
    assert supervisor.get(f"/photos/{after.photo_id}/original").status_code == 302
    assert rows.count(TaskMove, TaskMove.id == UUID(late["op_id"])) == 0


def test_a_conflict_over_a_task_gone_from_sight_tells_nothing_of_it(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    handler.move(handler.task(task["id"]), "hand_back", reason="not_ours")
    (result,) = handler.send(move(task, "accept"))
    assert result["status"] in ("conflict", "quarantined")
    assert "server" not in result


def test_a_move_of_somebody_elses_task_is_refused_as_unknown(
    observer: Device, supervisor: Device, sign_in: Any
) -> None:
    task, other_handler = dispatched(observer, supervisor), sign_in("zhao")
    (result,) = other_handler.send(move(task, "accept"))
    assert (result["status"], result["problem"]["slug"]) == ("quarantined", "not-found")
    assert "server" not in result


def test_a_move_without_the_version_seen_is_quarantined(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    (result,) = handler.send(move(task, "accept") | {"base_version": None})
    assert result["status"] == "quarantined"


def test_an_unknown_move_is_quarantined(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor)
    (result,) = handler.send(move(task, "teleport"))
    assert (result["status"], result["problem"]["slug"]) == ("quarantined", "invalid")


def test_a_supervisors_move_voids_a_waiting_submit_and_notifies_its_author(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    sent = move(task, "submit", after)
    handler.send(sent)
    supervisor.move(supervisor.task(task["id"]), "void", reason="test_record")
    assert rows.one(TaskMove, TaskMove.id == UUID(sent["op_id"])).status == "lapsed"
    assert "move_lapsed" in notices(handler)
    handler.upload(after)
    assert supervisor.task(task["id"])["state"] == "void"


def test_the_after_photo_belongs_to_the_tasks_evidence(
    observer: Device, supervisor: Device, handler: Device, rows: Rows
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    sent = move(task, "submit", after)
    handler.send(sent)
    handler.upload(after)
    evidence = {p["id"]: p for p in supervisor.task(task["id"])["evidence"]}
    assert evidence[after.photo_id]["move_id"] == sent["op_id"]
    assert rows.one(Photo, Photo.id == UUID(after.photo_id)).observation_id is None
