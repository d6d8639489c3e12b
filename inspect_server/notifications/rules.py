"""Which channel gets which notice 通知渠道, valid addresses, and how long to retry; pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from inspect_server.core.problems import Invalid
from inspect_server.core.sentences import sentence
from schemas.vocabulary import ChannelKind

# How long a delivery is retried; afterwards the console shows it with the reason.
GIVEN_UP_AFTER = timedelta(hours=24)
MAX_WAIT = timedelta(minutes=10)
# The kind of the test message an admin sends; it is tried once.
TEST = "test"

_MAILBOX = re.compile(r"[^\s@,;<>\"]+@[A-Za-z0-9.-]+\Z")


@dataclass(frozen=True, slots=True)
class NoticeContent:
    """What a notice says, and what it is about; `kind` is a `NoticeKind`, or `TEST`."""

    kind: str
    title: str
    body: str
    task_id: UUID | None = None
    observation_id: UUID | None = None


class Subscriber(Protocol):
    """What decides which notices a channel gets."""

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of notices it gets; none means all."""

    @property
    def district_code(self) -> str | None:
        """The district it is for; None means all."""

    @property
    def unit_id(self) -> UUID | None:
        """The unit it is for; None means all."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where something happened: the responsible unit and the district."""

    unit_id: UUID | None = None
    district_code: str | None = None


def is_subscribed(subscriber: Subscriber, kind: str, scope: Scope) -> bool:
    """Say whether a channel gets notices of this kind from there."""
    if subscriber.kinds and kind not in subscriber.kinds:
        return False
    if subscriber.unit_id not in (None, scope.unit_id):
        return False
    return subscriber.district_code in (None, scope.district_code)


def next_try(failures: int, now: datetime) -> datetime:
    """When to try again after so many failures: the wait doubles, up to ten minutes."""
    return now + min(timedelta(seconds=2 ** min(failures, 30)), MAX_WAIT)


def check(kind: ChannelKind, address: str, secret: str | None, *, loopback: bool) -> None:
    """Check the address and the secret of a channel. Raises `Invalid`, naming the field.

    Only https; plain http is for this machine itself, and only where `loopback` is allowed.
    """
    if kind is ChannelKind.EMAIL:
        if not address.isascii() or not _MAILBOX.fullmatch(address):
            raise _invalid("address", sentence("请填写一个邮箱地址"))
        return
    if kind is ChannelKind.DINGTALK and not secret:
        raise _invalid("secret", sentence("钉钉群机器人须填写加签密钥"))
    if not address.isascii() or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise _invalid("address", sentence("地址中有空格或其他不允许的字符"))
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _invalid("address", sentence("不是有效的网址")) from None
    if not host or parts.username is not None or parts.fragment:
        raise _invalid("address", sentence("不是有效的网址"))
    if parts.scheme != "https" and not (
        loopback and parts.scheme == "http" and _is_this_machine(host)
    ):
        raise _invalid("address", sentence("地址须以 https:// 开头"))


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _invalid(field: str, detail: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"/{field}", "detail": detail}])
