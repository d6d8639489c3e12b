"""What a transport is handed, and what it raises when the message did not arrive."""

from __future__ import annotations

from dataclasses import dataclass, field

from inspect_server.notifications.formats.messages import Message
from schemas.vocabulary import ChannelKind


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message and the channel it goes to, as the rows said when it was prepared."""

    kind: ChannelKind
    address: str
    secret: str | None = field(repr=False)
    message: Message


class Undelivered(Exception):
    """未送达: the message was not taken, or nobody can say that it was.

    `of_channel`: the receiver as a whole is out of reach; otherwise it refused this message.
    """

    def __init__(self, reason: str, *, of_channel: bool) -> None:
        """`reason` is for logs and admins: it holds no address, secret or text of the message."""
        super().__init__(reason)
        self.reason = reason[:300]
        self.of_channel = of_channel
