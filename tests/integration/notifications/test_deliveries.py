"""Notices on their way out: at least once, with one key, never in the way of a move."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from inspect_server.core import failpoints
from inspect_server.core.failpoints import Trap
from inspect_server.launcher import lan_tls
from inspect_server.models import Delivery, Job, Notice, Person, Task
from inspect_server.notifications import transports
from inspect_server.notifications.jobs import DeliverJob
from inspect_server.notifications.services.deliveries import DELIVER_JOB
from inspect_server.notifications.transports import OutgoingSettings
from media.store import StoreSettings
from tests.support.actors import Device, new_id
from tests.support.case_walks import dispatched, reported
from tests.support.clock import FakeClock
from tests.support.receivers import (
    SENDER,
    Mailbox,
    Message,
    Robot,
    free_port,
    group_robot,
    mail_server,
)
from tests.support.rows import Rows
from tests.support.server import ROOT, environment

SECRET = "SEC-of-this-group"
Work = Callable[[], int]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server without TLS, as a test may have one."""
    with mail_server() as running:
        yield running


@pytest.fixture
def robot() -> Iterator[Robot]:
    """A group robot on this machine."""
    with group_robot() as running:
        yield running


@pytest.fixture
def deliver_job(app: Flask) -> DeliverJob:
    """The job that delivers, as the worker of this app has it."""
    handlers = app.extensions["worker"].handlers
    return next(handler for handler in handlers if isinstance(handler, DeliverJob))


@pytest.fixture
def reach(app: Flask, deliver_job: DeliverJob) -> Callable[..., None]:
    """Say what the outside is reached with, as the operator does by the environment."""

    def said(mailbox: Mailbox | None = None, **more: Any) -> None:
        smtp = mailbox.settings if mailbox else None
        settings = OutgoingSettings(**({"smtp": smtp, "loopback": True} | more))
        app.extensions["outgoing"] = settings
        deliver_job.settings = settings

    said()
    return said


@pytest.fixture
def channel(admin: Device, reach: Callable[..., None]) -> Callable[..., dict[str, Any]]:
    """Have the admin add a channel."""

    def added(kind: str = "email", address: str = "unit@gov.example", **more: Any) -> Any:
        wanted = {"kind": kind, "name": "值班", "address": address, "kinds": ["task_dispatched"]}
        answer = admin.post("/channels", wanted | more)
        assert answer.status_code == 201, answer.text
        return answer.json

    return added


@pytest.fixture
def deliveries(admin: Device) -> Callable[[Any], list[dict[str, Any]]]:
    """What the admin sees of a channel's deliveries."""

    def seen(channel: dict[str, Any]) -> list[dict[str, Any]]:
        return list((admin.get(f"/channels/{channel['id']}/deliveries").json or {})["items"])

    return seen


def markdown(message: Message) -> str:
    return str(message.body["markdown"].get("text") or message.body["markdown"]["content"])


# --- what arrives --------------------------------------------------------------------------------


def test_a_dispatch_reaches_the_mailbox_in_words(
    observer: Device,
    supervisor: Device,
    channel: Any,
    reach: Any,
    mailbox: Mailbox,
    work: Work,
    rows: Rows,
) -> None:
    reach(mailbox)
    channel()
    task = dispatched(observer, supervisor)
    work()
    (mail,) = mailbox.mails
    assert mail["Subject"] == "【十堰创文巡查】新派遣的案件"
    assert (mail["From"], mail["To"]) == (SENDER, "unit@gov.example")
    text = mail.get_content()
    assert task["number"] in text
    assert "请及时签收" in text
    assert mail["Message-ID"] == f"<{rows.one(Delivery).id}@chuangwen.example>"
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.one_database
def test_a_letter_names_no_reporter(
    observer: Device, supervisor: Device, channel: Any, reach: Any, mailbox: Mailbox, work: Work
) -> None:
    reach(mailbox)
    channel(kinds=[])
    task = dispatched(observer, supervisor)
    supervisor.move(supervisor.task(task["id"]), "void", reason="privacy")
    work()
    assert len(mailbox.mails) == 2
    assert not any(observer.person["name"] in mail.as_string() for mail in mailbox.mails)


@pytest.mark.one_database
def test_the_link_leads_to_the_case_at_the_desk(
    observer: Device,
    supervisor: Device,
    channel: Any,
    robot: Robot,
    deliver_job: DeliverJob,
    work: Work,
) -> None:
    deliver_job.public_origin = "https://inspect.example"
    channel("wecom", robot.url)
    task = dispatched(observer, supervisor)
    work()
    (message,) = robot.heard
    assert f"(https://inspect.example/console/tasks/{task['id']})" in markdown(message)


@pytest.mark.one_database
def test_a_dingtalk_message_is_signed_as_dingtalk_checks_it(
    observer: Device,
    supervisor: Device,
    channel: Any,
    robot: Robot,
    work: Work,
    fake_clock: FakeClock,
) -> None:
    channel("dingtalk", robot.url, secret=SECRET)
    dispatched(observer, supervisor)
    work()
    (message,) = robot.heard
    (timestamp,), (sign,) = message.query["timestamp"], message.query["sign"]
    assert sign == transports.signature(SECRET, int(timestamp))
    assert abs(int(timestamp) / 1000 - fake_clock().timestamp()) < 60
    assert message.query["access_token"] == ["t0ken"]
    assert message.body["msgtype"] == "markdown"
    assert message.body["markdown"]["title"] == "【十堰创文巡查】新派遣的案件"


@pytest.mark.one_database
def test_the_signature_is_that_of_the_published_recipe() -> None:
    # Made with: printf '1700000000000\nSEC0' | openssl dgst -sha256 -hmac SEC0 -binary | base64
    assert (
        transports.signature("SEC0", 1700000000000)
        == "grq97xXoTUjTHFvKaCG7ayUVYZj98Kc7erzY+P9gZxg="
    )


@pytest.mark.one_database
def test_a_wecom_message_has_its_own_form_and_no_signature(
    observer: Device, supervisor: Device, channel: Any, robot: Robot, work: Work, rows: Rows
) -> None:
    channel("wecom", robot.url)
    dispatched(observer, supervisor)
    work()
    (message,) = robot.heard
    assert set(message.query) == {"access_token"}
    assert message.body["markdown"].keys() == {"content"}
    assert message.headers["Idempotency-Key"] == str(rows.one(Delivery).id)


@pytest.mark.one_database
def test_a_note_mentions_nobody_and_links_nowhere(
    observer: Device, supervisor: Device, channel: Any, robot: Robot, work: Work
) -> None:
    channel("wecom", robot.url)
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    supervisor.move(task, "dispatch", note="<@all> [点我](http://evil.example) `x`\n# 大字")
    work()
    said = markdown(robot.heard[0])
    assert "<@all>" not in said
    assert "[点我]" not in said


def test_a_group_hears_of_an_event_once_however_many_people_do(
    observer: Device,
    supervisor: Device,
    handler: Device,
    channel: Any,
    robot: Robot,
    work: Work,
    rows: Rows,
    fake_clock: FakeClock,
) -> None:
    def colleague(session: Any) -> None:
        wang = session.get(Person, UUID(handler.person["id"]))
        session.add(
            Person(
                id=UUID(new_id()), name="小吴", role=wang.role, unit_id=wang.unit_id,
                created_at=fake_clock(), version=1, demo=True,
            )
        )  # fmt: skip

    rows.write(colleague)
    channel("wecom", robot.url)
    dispatched(observer, supervisor)
    work()
    assert rows.count(Notice, Notice.kind == "task_dispatched") == 2
    assert len(robot.heard) == 1


def test_a_channel_hears_only_of_its_unit_district_and_kinds(
    observer: Device,
    supervisor: Device,
    channel: Any,
    robot: Robot,
    work: Work,
    handler: Device,
    rows: Rows,
) -> None:
    def heard(at: str) -> str:
        return robot.url.replace("/robot/send", at)

    unit, district = handler.person["unit"]["id"], handler.person["district"]
    other = rows.read(lambda s: s.scalars(sa.text("SELECT id FROM unit")).all())
    others = next(str(UUID(str(i))) for i in other if str(UUID(str(i))) != unit)
    channel("wecom", heard("/this-unit"), unit_id=unit)
    channel("wecom", heard("/other-unit"), unit_id=others)
    channel("wecom", heard("/this-district"), district="maojian")
    channel("wecom", heard("/other-district"), district="zhangwan")
    channel("wecom", heard("/other-kind"), kinds=["task_closed"])
    channel("wecom", heard("/off"), active=False)
    assert district is None or district["code"]
    dispatched(observer, supervisor)
    work()
    assert sorted(message.path for message in robot.heard) == ["/this-district", "/this-unit"]


# --- faults --------------------------------------------------------------------------------------


def test_a_dead_channel_holds_up_no_move_and_arrives_when_it_lives(
    observer: Device,
    supervisor: Device,
    channel: Any,
    deliveries: Any,
    reach: Any,
    work: Work,
    fake_clock: FakeClock,
    rows: Rows,
) -> None:
    port = free_port()
    with mail_server(port=port) as gone:
        reach(gone)
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
    robot.says(503)
    channel("wecom", robot.url)
    for _ in range(3):
        dispatched(observer, supervisor)
    work()
    assert len(robot.heard) == 1


def test_a_dead_channel_holds_up_no_other(
    observer: Device, supervisor: Device, channel: Any, robot: Robot, work: Work
) -> None:
    channel("wecom", f"http://127.0.0.1:{free_port()}/dead")
    channel("wecom", robot.url)
    dispatched(observer, supervisor)
    work()
    assert len(robot.heard) == 1


def test_a_message_the_receiver_refuses_holds_up_no_other_message(
    observer: Device, supervisor: Device, channel: Any, robot: Robot, work: Work
) -> None:
    first = supervisor.move(supervisor.task(reported(observer)["id"]), "file")

    def choosy(message: Message) -> tuple[int, bytes, dict[str, str]]:
        bad = first["number"] in markdown(message)
        return 200, b'{"errcode":310000}' if bad else b'{"errcode":0}', {}

    robot.answers = choosy
    channel("wecom", robot.url)
    supervisor.move(first, "dispatch")
    dispatched(observer, supervisor)
    work()
    assert len(robot.heard) == 2


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
    robot.says(500)
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
    robot.says(500)
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
    assert robot.heard == []
    assert deliveries(added)[0]["last_error"] == "渠道已停用"


def test_a_move_that_is_undone_tells_nobody(
    observer: Device, supervisor: Device, channel: Any, rows: Rows, tmp_path: Path
) -> None:
    channel()
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    failpoints.arm({"commit.published": Trap("error", 1)}, tmp_path / "points")
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
    reach: Any,
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
    reach(mailbox)
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
    command = [sys.executable, "-m", "inspect_server.cli", "worker"]
    killed = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, timeout=150)
    assert killed.returncode == -9, killed.stderr
    assert rows.one(Delivery).state == "waiting"
    fake_clock.forward(minutes=3)
    work()
    assert rows.one(Delivery).state == "delivered"
    assert len(mailbox.mails) == handed_over
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1


# --- where nothing may go ------------------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (302, b"", "接收地址应答 HTTP 302"),
        (200, b"<html>sign in</html>", "接收地址的应答不是群机器人的应答"),
        (200, b'{"errcode":310000,"errmsg":"t0ken"}', "群机器人拒收(errcode 310000)"),
        (404, b"", "接收地址应答 HTTP 404"),
    ],
    ids=["redirect", "login page", "refusal", "wrong address"],
)
def test_an_answer_that_is_no_yes_is_no_delivery(
    admin: Device,
    channel: Any,
    deliveries: Any,
    robot: Robot,
    work: Work,
    status: int,
    body: bytes,
    reason: str,
) -> None:
    robot.says(status, body, Location=robot.url)
    added = channel("wecom", robot.url)
    assert admin.post(f"/channels/{added['id']}/test", {}).status_code == 202
    work()
    assert len(robot.heard) == 1
    (tried,) = deliveries(added)
    assert (tried["state"], tried["last_error"]) == ("given_up", reason)


def test_this_machine_is_out_of_bounds_unless_the_operator_allows_it(
    admin: Device, channel: Any, deliveries: Any, reach: Any, robot: Robot, work: Work
) -> None:
    added = channel("wecom", robot.url)
    reach(loopback=False)
    admin.post(f"/channels/{added['id']}/test", {})
    work()
    assert robot.heard == []
    assert deliveries(added)[0]["last_error"] == "接收地址不允许使用"


@pytest.mark.one_database
def test_a_robot_over_https_has_to_prove_who_it_is(
    admin: Device, channel: Any, deliveries: Any, reach: Any, work: Work, tmp_path: Path
) -> None:
    tls = lan_tls.identity(tmp_path, ["127.0.0.1"])
    with group_robot(tls) as robot:
        added = channel("wecom", robot.url)
        admin.post(f"/channels/{added['id']}/test", {})
        work()
        assert deliveries(added)[0]["last_error"] == "接收地址的证书不受信任"
        reach(ca_file=tls.authority)
        admin.post(f"/channels/{added['id']}/test", {})
        work()
    assert deliveries(added)[0]["state"] == "delivered"
    assert len(robot.heard) == 1


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("security", "password"), [("starttls", "pass-of-mail"), ("tls", None)], ids=["starttls", "tls"]
)
def test_mail_goes_over_tls_and_only_to_whom_we_trust(
    admin: Device,
    channel: Any,
    deliveries: Any,
    reach: Any,
    work: Work,
    tmp_path: Path,
    security: str,
    password: str | None,
) -> None:
    tls = lan_tls.identity(tmp_path, ["127.0.0.1"])
    with mail_server(security, tls, password) as mailbox:
        reach(mailbox)
        added = channel()
        admin.post(f"/channels/{added['id']}/test", {})
        work()
        assert deliveries(added)[0]["last_error"] == "邮件服务器的证书不受信任"
        reach(mailbox, ca_file=tls.authority)
        admin.post(f"/channels/{added['id']}/test", {})
        work()
    assert deliveries(added)[0]["state"] == "delivered"
    assert len(mailbox.mails) == 1


@pytest.mark.one_database
def test_a_wrong_password_is_said_as_such_and_never_shown(
    admin: Device,
    channel: Any,
    deliveries: Any,
    reach: Any,
    work: Work,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tls = lan_tls.identity(tmp_path, ["127.0.0.1"])
    with ExitStack() as running:
        right = running.enter_context(mail_server("starttls", tls, password="pass-of-mail"))
        reach(ca_file=tls.authority)
        wrong = transports.SmtpSettings(
            "127.0.0.1", right.port, "starttls", SENDER, "inspect", "not-the-pass"
        )
        reach(smtp=wrong, ca_file=tls.authority)
        added = channel()
        admin.post(f"/channels/{added['id']}/test", {})
        work()
    assert deliveries(added)[0]["last_error"] == "邮件服务器不接受账号或密码(535)"
    assert "not-the-pass" not in "".join(capsys.readouterr())
    assert "not-the-pass" not in repr(wrong)


@pytest.mark.one_database
def test_a_test_that_failed_is_nothing_the_channel_gave_up(
    admin: Device, channel: Any, robot: Robot, work: Work
) -> None:
    robot.says(500)
    added = channel("wecom", robot.url)
    admin.post(f"/channels/{added['id']}/test", {})
    work()
    (shown,) = (admin.get("/channels").json or {})["items"]
    assert (shown["given_up"], shown["waiting"], shown["last_error"]) == (0, 0, None)


def test_a_refused_mail_address_is_said_as_such(
    admin: Device, channel: Any, deliveries: Any, reach: Any, mailbox: Mailbox, work: Work
) -> None:
    mailbox.refuses = lambda _recipient: "550 no such user"
    reach(mailbox)
    added = channel()
    admin.post(f"/channels/{added['id']}/test", {})
    work()
    assert deliveries(added)[0]["last_error"] == "邮件服务器拒收该收件地址(550)"


@pytest.mark.one_database
def test_no_log_and_no_row_of_work_holds_the_address_or_the_secret(
    observer: Device,
    supervisor: Device,
    channel: Any,
    work: Work,
    rows: Rows,
    capsys: pytest.CaptureFixture[str],
) -> None:
    channel("dingtalk", f"http://127.0.0.1:{free_port()}/r?access_token=t0ken", secret=SECRET)
    dispatched(observer, supervisor)
    work()
    job = rows.one(Job, Job.kind == DELIVER_JOB)
    told = "".join(capsys.readouterr()) + (job.last_error or "")
    assert "连不上接收地址:拒绝连接" in told
    assert "t0ken" not in told
    assert SECRET not in told
