"""Transports 外发: refused answers, forbidden addresses, certificates and secrets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from inspect_server.launcher import lan_tls
from inspect_server.models import Job
from inspect_server.notifications.services.deliveries import DELIVER_JOB
from inspect_server.notifications.settings import SmtpSettings
from tests.support.actors import Device
from tests.support.case_walks import dispatched
from tests.support.receivers import (
    SENDER,
    Mailbox,
    Robot,
    free_port,
    group_robot,
    mail_server,
)
from tests.support.rows import Rows

SECRET = "SEC-of-this-group"
Work = Callable[[], int]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (302, b"", "接收地址应答 HTTP 302"),
        (200, b"<html>sign in</html>", "接收地址的应答不是群机器人的应答"),
        (200, b'{"errcode":310000,"errmsg":"t0ken"}', "群机器人拒收（errcode 310000）"),
        (404, b"", "接收地址应答 HTTP 404"),
    ],
    ids=["redirect", "login page", "refusal", "wrong address"],
)
def test_an_answer_other_than_success_is_no_delivery(
    admin: Device,
    channel: Any,
    deliveries: Any,
    robot: Robot,
    work: Work,
    status: int,
    body: bytes,
    reason: str,
) -> None:
    robot.always_answer(status, body, Location=robot.url)
    added = channel("wecom", robot.url)
    assert admin.post(f"/channels/{added['id']}/test", {}).status_code == 202
    work()
    assert len(robot.received) == 1
    (delivery,) = deliveries(added)
    assert (delivery["state"], delivery["last_error"]) == ("given_up", reason)


def test_this_machine_is_out_of_bounds_unless_the_operator_allows_it(
    admin: Device, channel: Any, deliveries: Any, configure: Any, robot: Robot, work: Work
) -> None:
    added = channel("wecom", robot.url)
    configure(loopback=False)
    admin.post(f"/channels/{added['id']}/test", {})
    work()
    assert robot.received == []
    assert deliveries(added)[0]["last_error"] == "接收地址不允许使用"


@pytest.mark.one_database
def test_a_robot_over_https_has_to_prove_who_it_is(
    admin: Device, channel: Any, deliveries: Any, configure: Any, work: Work, tmp_path: Path
) -> None:
    tls = lan_tls.identity(tmp_path, ["127.0.0.1"])
    with group_robot(tls) as robot:
        added = channel("wecom", robot.url)
        admin.post(f"/channels/{added['id']}/test", {})
        work()
        assert deliveries(added)[0]["last_error"] == "接收地址的证书不受信任"
        configure(ca_file=tls.authority)
        admin.post(f"/channels/{added['id']}/test", {})
        work()
    assert deliveries(added)[0]["state"] == "delivered"
    assert len(robot.received) == 1


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("security", "password"), [("starttls", "pass-of-mail"), ("tls", None)], ids=["starttls", "tls"]
)
def test_mail_is_sent_over_tls_and_only_to_a_trusted_server(
    admin: Device,
    channel: Any,
    deliveries: Any,
    configure: Any,
    work: Work,
    tmp_path: Path,
    security: str,
    password: str | None,
) -> None:
    tls = lan_tls.identity(tmp_path, ["127.0.0.1"])
    with mail_server(security, tls, password) as mailbox:
        configure(mailbox)
        added = channel()
        admin.post(f"/channels/{added['id']}/test", {})
        work()
        assert deliveries(added)[0]["last_error"] == "邮件服务器的证书不受信任"
        configure(mailbox, ca_file=tls.authority)
        admin.post(f"/channels/{added['id']}/test", {})
        work()
    assert deliveries(added)[0]["state"] == "delivered"
    assert len(mailbox.mails) == 1


@pytest.mark.one_database
def test_a_wrong_password_is_reported_and_never_shown(
    admin: Device,
    channel: Any,
    deliveries: Any,
    configure: Any,
    work: Work,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tls = lan_tls.identity(tmp_path, ["127.0.0.1"])
    with ExitStack() as running:
        right = running.enter_context(mail_server("starttls", tls, password="pass-of-mail"))
        configure(ca_file=tls.authority)
        wrong = SmtpSettings("127.0.0.1", right.port, "starttls", SENDER, "inspect", "not-the-pass")
        configure(smtp=wrong, ca_file=tls.authority)
        added = channel()
        admin.post(f"/channels/{added['id']}/test", {})
        work()
    assert deliveries(added)[0]["last_error"] == "邮件服务器不接受账号或密码（535）"
    assert "not-the-pass" not in "".join(capsys.readouterr())
    assert "not-the-pass" not in repr(wrong)


@pytest.mark.one_database
def test_a_failed_test_message_is_no_failed_delivery(
    admin: Device, channel: Any, robot: Robot, work: Work
) -> None:
    robot.always_answer(500)
    added = channel("wecom", robot.url)
    admin.post(f"/channels/{added['id']}/test", {})
    work()
    (shown,) = (admin.get("/channels").json or {})["items"]
    assert (shown["given_up"], shown["waiting"], shown["last_error"]) == (0, 0, None)


def test_a_refused_mail_address_is_reported(
    admin: Device, channel: Any, deliveries: Any, configure: Any, mailbox: Mailbox, work: Work
) -> None:
    mailbox.refuses = lambda _recipient: "550 no such user"
    configure(mailbox)
    added = channel()
    admin.post(f"/channels/{added['id']}/test", {})
    work()
    assert deliveries(added)[0]["last_error"] == "邮件服务器拒收该收件地址（550）"


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
    output = "".join(capsys.readouterr()) + (job.last_error or "")
    assert "连不上接收地址：拒绝连接" in output
    assert "t0ken" not in output
    assert SECRET not in output
