"""A batch from a phone: each op is applied once and answered by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core.database import db
from inspect_server.models import Observation, ReceivedOp, Task
from tests.support.actors import Device, Shot, jpeg, new_id, op, record
from tests.support.push_results import quarantine_reason, statuses
from tests.support.rows import Rows


def withdrawal(created: dict[str, Any], **more: Any) -> dict[str, Any]:
    return op("observation.withdraw", created["entity_id"], {}, base_version=1) | more


# --- accepted ------------------------------------------------------------------------------------


def test_a_record_is_accepted_and_its_photos_are_wanted(observer: Device) -> None:
    shot = Shot(jpeg())
    (result,) = observer.send(record(shot))
    assert result["status"] == "accepted"
    assert result["version"] == 1
    assert result["wanted"] == [shot.photo_id]


def test_a_record_opens_its_task_in_the_same_transaction(observer: Device, rows: Rows) -> None:
    observer.send(record(Shot(jpeg())))
    assert rows.one(Task).observation_id == rows.one(Observation).id


def test_an_answer_carries_the_servers_time_and_generation(observer: Device) -> None:
    answer = observer.push(record()).json
    assert answer is not None
    assert answer["server_now"].endswith("Z")
    assert answer["epoch"]
    assert answer["backed_up_to"] is None


def test_every_answer_has_the_header_of_this_server(observer: Device) -> None:
    assert observer.push().headers["X-Sync"] == "1"


def test_results_stand_in_the_order_of_the_ops(observer: Device) -> None:
    sent = [record(), {"op_id": new_id()}, record(category="NONE1"), record()]
    results = observer.send(*sent)
    assert [r["op_id"] for r in results] == [s["op_id"] for s in sent]
    assert statuses(results) == ["accepted", "quarantined", "quarantined", "accepted"]


def test_an_empty_batch_is_answered(observer: Device) -> None:
    assert observer.send() == []


def test_a_record_without_a_place_is_kept(observer: Device, rows: Rows) -> None:
    (result,) = observer.send(record(place=None))
    assert result["status"] == "accepted"
    assert rows.one(Task).district_code is None


def test_a_record_made_in_the_year_9999_is_still_readable(
    app: Flask, rows: Rows, sign_in: Callable[..., Device]
) -> None:
    rows.read(in_shanghai)
    with app.app_context():
        db.engine.dispose()
    observer = sign_in("chen")
    sent = record() | {"captured_at": "9999-12-31T23:59:59Z"}
    observer.send(sent)
    observation = observer.get(f"/observations/{sent['entity_id']}").json
    assert observation["captured_at"] == "9999-12-31T23:59:59.000Z"


def in_shanghai(session: Session) -> None:
    """Set a PostgreSQL up as a server in 十堰 is; SQLite knows no zone."""
    if session.get_bind().dialect.name == "postgresql":
        name = session.scalar(sa.text("SELECT current_database()"))
        session.execute(sa.text(f"ALTER DATABASE \"{name}\" SET timezone = 'Asia/Shanghai'"))
        session.commit()


# --- order (`after`) -----------------------------------------------------------------------------


def test_an_op_whose_parent_is_missing_is_deferred(observer: Device, rows: Rows) -> None:
    (result,) = observer.send(record() | {"after": [new_id()]})
    assert result["status"] == "deferred"
    assert result["retry_after"] > 0
    assert rows.count(ReceivedOp) == 0


def test_a_deferred_op_is_accepted_once_its_parent_came(observer: Device) -> None:
    parent = record()
    child = record() | {"after": [parent["op_id"]]}
    assert statuses(observer.send(child)) == ["deferred"]
    assert statuses(observer.send(parent)) == ["accepted"]
    assert statuses(observer.send(child)) == ["accepted"]


def test_a_parent_may_stand_behind_its_child(observer: Device) -> None:
    parent = record()
    child = withdrawal(parent, after=[parent["op_id"]])
    assert statuses(observer.send(child, parent)) == ["accepted", "accepted"]


def test_a_whole_chain_may_stand_in_reverse(observer: Device) -> None:
    chain = [record()]
    for _ in range(5):
        chain.append(record() | {"after": [chain[-1]["op_id"]]})
    assert statuses(observer.send(*reversed(chain))) == ["accepted"] * 6


@pytest.mark.parametrize("parent", [record(category="XX9999"), {"op_id": new_id()}])
def test_what_follows_a_quarantined_op_is_quarantined(
    observer: Device, parent: dict[str, Any]
) -> None:
    observer.send(parent)
    child = record() | {"after": [parent["op_id"]]}
    assert quarantine_reason(observer, child) == "parent-quarantined"


def test_what_follows_a_conflicting_op_is_quarantined(observer: Device) -> None:
    first = record()
    rival = record() | {"entity_id": first["entity_id"]}
    observer.send(first, rival)
    assert (
        quarantine_reason(observer, record() | {"after": [rival["op_id"]]}) == "parent-quarantined"
    )


def test_somebody_elses_op_is_no_parent(observer: Device, handler: Device) -> None:
    parent = record()
    observer.send(parent)
    assert statuses(handler.send(record() | {"after": [parent["op_id"]]})) == ["deferred"]


# --- the request as a whole ----------------------------------------------------------------------


def test_a_hundred_ops_are_received(observer: Device, rows: Rows) -> None:
    assert statuses(observer.send(*(record() for _ in range(100)))) == ["accepted"] * 100


def test_a_hundred_and_one_ops_are_too_many(observer: Device, rows: Rows) -> None:
    answer = observer.push(*(record() for _ in range(101)))
    assert (answer.status_code, answer.json["slug"]) == (413, "too-large")
    assert rows.count(Task) == 0


def test_a_phone_without_an_epoch_learns_it(observer: Device) -> None:
    answer = observer.push(epoch=None)
    assert answer.status_code == 200
    assert observer.push(epoch=answer.json["epoch"]).status_code == 200


def test_another_epoch_is_refused_and_the_right_one_answered(observer: Device, rows: Rows) -> None:
    epoch = observer.push().json["epoch"]
    answer = observer.push(record(), epoch="before the restore")
    assert (answer.status_code, answer.json["slug"]) == (409, "epoch-mismatch")
    assert answer.json["epoch"] == epoch
    assert rows.count(Task) == 0


def test_a_batch_without_a_token_is_refused(observer: Device) -> None:
    answer = observer.client.post("/api/v1/sync/push", json={})
    assert (answer.status_code, answer.json["slug"]) == (401, "not-signed-in")
    assert answer.headers["X-Sync"] == "1"
