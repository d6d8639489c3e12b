"""Fixtures of notifications: receivers on this machine, channels and their deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from inspect_server.notifications.jobs import DeliverJob
from inspect_server.notifications.settings import NotificationSettings
from tests.support.actors import Device
from tests.support.receivers import (
    Mailbox,
    Robot,
    group_robot,
    mail_server,
)


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
def configure(app: Flask, deliver_job: DeliverJob) -> Callable[..., None]:
    """Set how receivers are reached, as the operator does by the environment."""

    def configured(mailbox: Mailbox | None = None, **more: Any) -> None:
        smtp = mailbox.settings if mailbox else None
        settings = NotificationSettings(**({"smtp": smtp, "loopback": True} | more))
        app.extensions["settings"][NotificationSettings] = settings
        deliver_job.settings = settings

    configured()
    return configured


@pytest.fixture
def channel(admin: Device, configure: Callable[..., None]) -> Callable[..., dict[str, Any]]:
    """Have the admin add a channel."""

    def added(kind: str = "email", address: str = "unit@gov.example", **more: Any) -> Any:
        form = {"kind": kind, "name": "值班", "address": address, "kinds": ["task_dispatched"]}
        answer = admin.post("/channels", form | more)
        assert answer.status_code == 201, answer.text
        return answer.json

    return added


@pytest.fixture
def deliveries(admin: Device) -> Callable[[Any], list[dict[str, Any]]]:
    """What the admin sees of a channel's deliveries."""

    def seen(channel: dict[str, Any]) -> list[dict[str, Any]]:
        return list((admin.get(f"/channels/{channel['id']}/deliveries").json or {})["items"])

    return seen
