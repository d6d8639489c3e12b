"""Messages 通知正文: what a mailbox and a group read, and which channel gets which notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from inspect_server.models import Delivery, Notice, Person
from inspect_server.notifications.jobs import DeliverJob
from inspect_server.notifications.transports import dingtalk
from tests.support.actors import Device, new_id
from tests.support.case_walks import dispatched, reported
from tests.support.clock import FakeClock
from tests.support.receivers import (
    SENDER,
    Mailbox,
    Robot,
)
from tests.support.rows import Rows

SECRET = "SEC-of-this-group"
Work = Callable[[], int]


def test_a_dispatch_sends_a_readable_mail(
    observer: Device,
    supervisor: Device,
    channel: Any,
    configure: Any,
    mailbox: Mailbox,
    work: Work,
    rows: Rows,
) -> None:
    configure(mailbox)
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
def test_a_message_names_no_reporter(
    observer: Device, supervisor: Device, channel: Any, configure: Any, mailbox: Mailbox, work: Work
) -> None:
    configure(mailbox)
    channel(kinds=[])
    task = dispatched(observer, supervisor)
    supervisor.move(supervisor.task(task["id"]), "void", reason="privacy")
    work()
    assert len(mailbox.mails) == 2
    assert not any(observer.person["name"] in mail.as_string() for mail in mailbox.mails)


@pytest.mark.one_database
def test_the_link_leads_to_the_case_on_the_console(
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
    (request,) = robot.received
    assert f"(https://inspect.example/console/tasks/{task['id']})" in request.markdown


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
    (request,) = robot.received
    (timestamp,), (sign,) = request.query["timestamp"], request.query["sign"]
    assert sign == dingtalk.signature(SECRET, int(timestamp))
    assert abs(int(timestamp) / 1000 - fake_clock().timestamp()) < 60
    assert request.query["access_token"] == ["t0ken"]
    assert request.body["msgtype"] == "markdown"
    assert request.body["markdown"]["title"] == "【十堰创文巡查】新派遣的案件"


@pytest.mark.one_database
def test_the_signature_is_that_of_the_published_recipe() -> None:
    # Made with: printf '1700000000000\nSEC0' | openssl dgst -sha256 -hmac SEC0 -binary | base64
    assert (
        dingtalk.signature("SEC0", 1700000000000) == "grq97xXoTUjTHFvKaCG7ayUVYZj98Kc7erzY+P9gZxg="
    )


@pytest.mark.one_database
def test_a_wecom_message_has_its_own_form_and_no_signature(
    observer: Device, supervisor: Device, channel: Any, robot: Robot, work: Work, rows: Rows
) -> None:
    channel("wecom", robot.url)
    dispatched(observer, supervisor)
    work()
    (request,) = robot.received
    assert set(request.query) == {"access_token"}
    assert request.body["markdown"].keys() == {"content"}
    assert request.headers["Idempotency-Key"] == str(rows.one(Delivery).id)


@pytest.mark.one_database
def test_a_note_mentions_nobody_and_links_nowhere(
    observer: Device, supervisor: Device, channel: Any, robot: Robot, work: Work
) -> None:
    channel("wecom", robot.url)
    task = supervisor.move(supervisor.task(reported(observer)["id"]), "file")
    supervisor.move(task, "dispatch", note="<@all> [点我](http://evil.example) `x`\n# 大字")
    work()
    markdown = robot.received[0].markdown
    assert "<@all>" not in markdown
    assert "[点我]" not in markdown


def test_a_group_gets_one_message_for_an_event_of_many_people(
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
    assert len(robot.received) == 1


def test_a_channel_gets_only_notices_of_its_unit_district_and_kinds(
    observer: Device,
    supervisor: Device,
    channel: Any,
    robot: Robot,
    work: Work,
    handler: Device,
    rows: Rows,
) -> None:
    def address(path: str) -> str:
        return robot.url.replace("/robot/send", path)

    unit, district = handler.person["unit"]["id"], handler.person["district"]
    other = rows.read(lambda s: s.scalars(sa.text("SELECT id FROM unit")).all())
    others = next(str(UUID(str(i))) for i in other if str(UUID(str(i))) != unit)
    channel("wecom", address("/this-unit"), unit_id=unit)
    channel("wecom", address("/other-unit"), unit_id=others)
    channel("wecom", address("/this-district"), district="maojian")
    channel("wecom", address("/other-district"), district="zhangwan")
    channel("wecom", address("/other-kind"), kinds=["task_closed"])
    channel("wecom", address("/off"), active=False)
    assert district is None or district["code"]
    dispatched(observer, supervisor)
    work()
    assert sorted(request.path for request in robot.received) == ["/this-district", "/this-unit"]
