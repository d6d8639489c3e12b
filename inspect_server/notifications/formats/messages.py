"""Messages 通知正文: how a notice is worded outside the product, for a mailbox and for a group.

A message never names the reporter: everybody in the group reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from inspect_server.core.clock import city_time
from inspect_server.core.sentences import sentence
from inspect_server.models import Delivery
from inspect_server.notifications.rules import TEST
from schemas.vocabulary import NoticeKind

PRODUCT = sentence("十堰创文巡查")
# A group robot takes 4,096 bytes; a Chinese character is three bytes.
MAX_BODY_LENGTH = 900

# What the reader is asked to do, by the kind of the notice; a kind without a line asks nothing.
TO_DO: Mapping[str, str] = {
    NoticeKind.TASK_DISPATCHED: sentence("请及时签收，并在时限内处置。"),
    NoticeKind.TASK_REWORK: sentence("请按核查意见返工后重新提交。"),
    NoticeKind.MOVE_LAPSED: sentence("请在手机或电脑端重新提交。"),
    NoticeKind.QUARANTINED: sentence("请在电脑端“隔离区”核对。"),
    NoticeKind.PHOTO_REJECTED: sentence("请补拍或说明情况。"),
    NoticeKind.VISIT_ASKED: sentence("请在手机“今日”查看，到现场拍照记录。"),
    TEST: sentence("收到本条说明渠道可用，无需处理。"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message, worded for every kind of channel; `key` is the same at every attempt."""

    key: str
    subject: str
    text: str
    markdown: str


def compose(delivery: Delivery, origin: str | None) -> Message:
    """Word a delivery; `origin` is where the console is reached, for the link to the case."""
    subject = _one_line(sentence("【{product}】{title}", product=PRODUCT, title=delivery.title))
    body = delivery.body
    if len(body) > MAX_BODY_LENGTH:
        body = body[:MAX_BODY_LENGTH] + "……"
    to_do = TO_DO.get(delivery.kind, "")
    link = f"{origin}/console/tasks/{delivery.task_id}" if origin and delivery.task_id else ""
    when = city_time(delivery.at)
    # The same at every attempt: a reader who gets it twice sees that it is one message.
    number = delivery.id.hex[-8:]
    footer = sentence("{when} · 通知编号 {number}", when=when, number=number)
    text = [
        delivery.title,
        "",
        body,
        to_do,
        sentence("查看案件：{link}", link=link) if link else "",
        "",
        footer,
        sentence("本消息由{product}自动发出，请勿回复。", product=PRODUCT),
    ]
    markdown = [
        f"### {_plain(_one_line(delivery.title))}",
        _plain(body),
        to_do,
        sentence("[查看案件]({link})", link=link) if link else "",
        f"> {footer}",
    ]
    return Message(
        key=str(delivery.id),
        subject=subject,
        text=re.sub(r"\n{3,}", "\n\n", "\n".join(text)),
        markdown="\n\n".join(part for part in markdown if part),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


# A note somebody typed must not become a link, a mention of everybody, or a heading: the
# characters that could make it one are replaced by their full-width forms.
_FULL_WIDTH = 0xFEE0
_SIGNS = {ord(sign): ord(sign) + _FULL_WIDTH for sign in "<>[]`#@*_"}


def _plain(text: str) -> str:
    return text.translate(_SIGNS)
