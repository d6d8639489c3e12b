"""Deliveries 外发通知: at least once, always under one key, never delaying a move."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspect_server.core import failpoints
from inspect_server.core.failpoints import Failpoint
from inspect_server.models import Delivery, Job, Task
from inspect_server.notifications.services.deliveries import DELIVER_JOB
from media.store import StoreSettings
from tests.support import forked
from tests.support.actors import Device
from tests.support.case_walks import dispatched, reported
from tests.support.clock import FakeClock
from tests.support.receivers import (
    SENDER,
    Mailbox,
    Robot,
    RobotRequest,
    free_port,
    mail_server,
)
from tests.support.rows import Rows
from tests.support.server import environment

Work = Callable[[], int]


def test_a_dead_channel_holds_up_no_move_and_arrives_when_it_lives(
    observer: Device,
    supervisor: Device,
    channel: Any,
    deliveries: Any,
    configure: Any,
    work: Work,
    fake_clock: FakeClock,
    rows: Rows,
) -> None:
    port = free_port()
    with mail_server(port=port) as gone:
        configure(gone)
    added = channel()
    fake_clock.stop_at("2026-11-20T01:00:00+00:00")
    task = dispatched(observer, supervisor)
    assert task["state"] == "dispatched"
    waits = []
    for _ in range(5):
        work()
        waits.append((rows.one(Job, Job.kind == DELIVER_JOB).run_after - fake_clock()).seconds)
        fake_clock.forward(seconds=waits[-1])
    assert waits == [3, 5, 9, 17, 33]
    (waiting,) = deliveries(added)
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 5)
    assert "连不上邮件服务器" in waiting["last_error"]
    with mail_server(port=port) as back:
        work()
    assert len(back.mails) == 1
    (arrived,) = deliveries(added)
    assert (arrived["state"], arrived["last_error"]) == ("delivered", None)


def test_a_receiver_out_of_reach_is_left_alone_as_a_whole(
    observer: Device,
    supervisor: Device,
    channel: Any,
    robot: Robot,
    work: Work,
    fake_clock: FakeClock,
) -> None:
    fake_clock.stop_at("2026-11-20T01:00:00+00:00")
    robot.always_answer(503)
    channel("wecom", robot.url)
    for _ in range(3):
        dispatched(observer, supervisor)
    work()
    assert len(robot.received) == 1


def test_a_dead_channel_holds_up_no_other(
    observer: Device, supervisor: Device, channel: Any, robot: Robot, work: Work
) -> None:
    channel("wecom", f"http://127.0.0.1:{free_port()}/dead")
    channel("wecom", robot.url)
    dispatched(observer, supervisor)
    work()
    assert len(robot.received) == 1


def test_a_message_the_receiver_refuses_holds_up_no_other_message(
    observer: Device, supervisor: Device, channel: Any, robot: Robot, work: Work
) -> None:
    first = supervisor.move(supervisor.task(reported(observer)["id"]), "file")

    def refuse_some(request: RobotRequest) -> tuple[int, bytes, dict[str, str]]:
        bad = first["number"] in request.markdown
        return 200, b'{"errcode":310000}' if bad else b'{"errcode":0}', {}

    robot.answer = refuse_some
    channel("wecom", robot.url)
    supervisor.move(first, "dispatch")
    dispatched(observer, supervisor)
    work()
    assert len(robot.received) == 2


def test_what_never_arrives_is_given_up_after_a_day_with_its_reason(
    observer: Device,
    supervisor: Device,
    admin: Device,
    channel: Any,
    deliveries: Any,
    robot: Robot,
    work: Work,
    fake_clock: FakeClock,
    rows: Rows,
) -> None:
    fake_clock.stop_at("2026-11-20T01:00:00+00:00")
    robot.always_answer(500)
    added = channel("wecom", robot.url)
    dispatched(observer, supervisor)
    work()
    fake_clock.forward(hours=23)
    work()
    assert deliveries(added)[0]["state"] == "waiting"
    fake_clock.forward(hours=1)
    work()
    (given_up,) = deliveries(added)
    assert (given_up["state"], given_up["last_error"]) == ("given_up", "接收地址应答 HTTP 500")
    assert rows.one(Job, Job.kind == DELIVER_JOB).state == "failed"
    assert (admin.get("/channels").json or {})["items"][0]["given_up"] == 1
    fake_clock.forward(hours=1)
    assert work() == 0


def test_many_that_wait_on_a_dead_channel_are_all_given_up_in_time(
    observer: Device,
    supervisor: Device,
    channel: Any,
    deliveries: Any,
    robot: Robot,
    work: Work,
    fake_clock: FakeClock,
) -> None:
    fake_clock.stop_at("2026-11-20T01:00:00+00:00")
    robot.always_answer(500)
    added = channel("wecom", robot.url)
    for _ in range(3):
        dispatched(observer, supervisor)
    work()
    fake_clock.forward(hours=25)
    work()
    assert [one["state"] for one in deliveries(added)] == ["given_up"] * 3
    assert {one["last_error"] for one in deliveries(added)} == {"接收地址应答 HTTP 500"}


def test_a_channel_switched_off_sends_nothing_more(
    observer: Device,
    supervisor: Device,
    admin: Device,
    channel: Any,
    deliveries: Any,
    robot: Robot,
    work: Work,
) -> None:
    added = channel("wecom", robot.url)
    dispatched(observer, supervisor)
    form = {"kind": "wecom", "name": "值班", "address": robot.url, "active": False}
    assert (
        admin.call("PUT", f"/channels/{added['id']}", json=form | {"version": 1}).status_code == 200
    )
    work()
    assert robot.received == []
    assert deliveries(added)[0]["last_error"] == "渠道已停用"


def test_a_rolled_back_move_notifies_nobody(
    observer: Device, supervisor: Device, channel: Any, rows: Rows, tmp_path: Path
) -> None:
    channel()
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    failpoints.arm({"commit.published": Failpoint("error", 1)}, tmp_path / "points")
    assert supervisor.ask(task, "dispatch").status_code == 500
    failpoints.arm({}, tmp_path)
    assert rows.count(Delivery) == rows.count(Job, Job.kind == DELIVER_JOB) == 0
    assert rows.one(Task).state == "filed"


# --- killed in between ---------------------------------------------------------------------------


@pytest.mark.parametrize(("point", "handed_over"), [("notify.claimed", 1), ("notify.delivered", 2)])
def test_a_worker_killed_around_a_delivery_makes_it_with_the_same_key(
    observer: Device,
    supervisor: Device,
    channel: Any,
    configure: Any,
    mailbox: Mailbox,
    work: Work,
    fake_clock: FakeClock,
    rows: Rows,
    database_url: str,
    store_settings: StoreSettings,
    tmp_path: Path,
    point: str,
    handed_over: int,
) -> None:
    configure(mailbox)
    channel()
    dispatched(observer, supervisor)
    env = environment(tmp_path / "home", database_url, store_settings) | {
        "INSPECT_SMTP_HOST": "127.0.0.1",
        "INSPECT_SMTP_PORT": str(mailbox.port),
        "INSPECT_SMTP_SECURITY": "none",
        "INSPECT_SMTP_FROM": SENDER,
        "INSPECT_FAILPOINTS": f"{point}=kill",
        "PATH": os.environ["PATH"],
    }
    killed = forked.run("inspect_server.cli", "worker", env=env)
    assert killed.returncode == -9, killed.stderr
    assert rows.one(Delivery).state == "waiting"
    fake_clock.forward(minutes=3)
    work()
    assert rows.one(Delivery).state == "delivered"
    assert len(mailbox.mails) == handed_over
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1
