"""Bytes on their way through the proxy, read as HTTP/1.1 messages."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

# Bytes read from a socket at once: little more than a packet, so that bytes are counted when they
# are carried.
PIECE = 2048
# A pause of the event loop shorter than this does not reduce the bandwidth.
SLACK_SECONDS = 0.05


class ConnectionOver(Exception):
    """The connection ends; `clean` says how its sockets are closed."""

    def __init__(self, *, clean: bool = False) -> None:
        super().__init__("broken")
        self.clean = clean


class Direction:
    """One direction of the link, shared by all connections."""

    def __init__(self, rate: float | None, delay: float) -> None:
        self._rate = rate
        self._delay = delay
        self._free_at = 0.0

    async def carry(self, size: int) -> float:
        """Wait until so many bytes are on their way; returns when they arrive."""
        now = time.monotonic()
        if self._rate is None:
            return now + self._delay
        self._free_at = max(self._free_at, now - SLACK_SECONDS) + size / self._rate
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)
        return self._free_at + self._delay


class Inbox:
    """The bytes that arrived over one socket, read in portions of HTTP."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._in_transit: deque[tuple[float, bytes]] = deque()
        self._transit_bytes = 0
        self._buffer = bytearray()
        self._ended = False
        self._changed = asyncio.Event()

    def feed(self, arrives_at: float, piece: bytes) -> None:
        self._in_transit.append((arrives_at, piece))
        self._transit_bytes += len(piece)
        self._changed.set()

    def end(self) -> None:
        self._ended = True
        self._changed.set()

    async def wait_for_reader(self) -> None:
        """Wait until the reader has caught up."""
        while self._transit_bytes > self._limit:
            self._changed.clear()
            await self._changed.wait()

    async def _receive(self) -> bool:
        """Wait for the next piece; False when there is none to come."""
        while not self._in_transit:
            if self._ended:
                return False
            self._changed.clear()
            await self._changed.wait()
        arrives_at, piece = self._in_transit[0]
        if (early := arrives_at - time.monotonic()) > 0:
            await asyncio.sleep(early)
        self._in_transit.popleft()
        self._transit_bytes -= len(piece)
        self._buffer += piece
        self._changed.set()
        return True

    async def wait(self) -> bool:
        """Wait until bytes are here; False when the connection ended instead."""
        return bool(self._buffer) or await self._receive()

    async def read_until(self, mark: bytes) -> bytes:
        """Return all up to and with this mark. Raises `ConnectionOver`."""
        while (index := self._buffer.find(mark)) < 0:
            if not await self._receive():
                raise ConnectionOver(clean=True)
        return self._take(index + len(mark))

    async def discard(self) -> None:
        """Discard all that comes until the other side closes."""
        while await self._receive():
            self._buffer.clear()

    async def read_some(self, limit: int) -> bytes:
        """Return up to so many bytes, or none at the end."""
        if not self._buffer and not await self._receive():
            return b""
        return self._take(min(limit, len(self._buffer)))

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


@dataclass(frozen=True, slots=True)
class MessageHead:
    """The first line and the headers of a message, as received."""

    raw: bytes
    first: Sequence[str]
    headers: Mapping[str, str]

    @classmethod
    async def read(cls, inbox: Inbox) -> MessageHead:
        raw = await inbox.read_until(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").strip().split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return cls(raw, first.split(" ", 2), headers)

    @property
    def length(self) -> int:
        return int(self.headers.get("content-length", "0"))

    async def body(self, inbox: Inbox, *, to_the_end: bool = False) -> AsyncIterator[bytes]:
        """Yield the body as it arrives, chunks with their frames. Raises `ConnectionOver`."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while True:
                size = await inbox.read_until(b"\r\n")
                yield size
                if int(size.split(b";")[0], 16) == 0:
                    yield await inbox.read_until(b"\r\n")
                    return
                async for piece in read_exactly(inbox, int(size.split(b";")[0], 16) + 2):
                    yield piece
        elif to_the_end and "content-length" not in self.headers:
            while piece := await inbox.read_some(PIECE):
                yield piece
        else:
            async for piece in read_exactly(inbox, self.length):
                yield piece


async def read_exactly(inbox: Inbox, left: int) -> AsyncIterator[bytes]:
    """Yield exactly so many bytes as they arrive. Raises `ConnectionOver`."""
    while left:
        piece = await inbox.read_some(left)
        if not piece:
            raise ConnectionOver(clean=True)
        left -= len(piece)
        yield piece
