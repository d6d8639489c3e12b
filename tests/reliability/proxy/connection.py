"""One client connection through the proxy, its exchanges and their faults."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from tests.reliability.proxy.script import Exchange, Fault, Kind, Link
from tests.reliability.proxy.streams import PIECE, ConnectionOver, Inbox, MessageHead, read_exactly

SMALL_BUFFER = 4096


class ConnectionOwner(Protocol):
    """What a connection needs of its proxy."""

    upstream: tuple[str, int]
    link: Link | None
    cuts: int
    buffer_limit: int

    async def carry(self, size: int, *, up: bool) -> float:
        """Take so many bytes over the link; returns when they arrive."""

    def note(self, method: str, path: str) -> tuple[Exchange, Fault | None]:
        """Log an exchange; returns its fault."""


class Connection:
    """A connection of a client and its connection to the server."""

    def __init__(self, proxy: ConnectionOwner, client: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server: socket.socket | None = None
        self._loop = asyncio.get_running_loop()
        self._from_client = Inbox(proxy.buffer_limit)
        self._from_server = Inbox(proxy.buffer_limit)
        self._readers: dict[socket.socket, asyncio.Task[None]] = {}
        self._cuts_before = proxy.cuts

    async def serve(self) -> None:
        """Carry exchanges until one side closes; close both sockets in the way it ended."""
        clean = False
        try:
            if self._proxy.link is not None:
                await asyncio.sleep(self._proxy.link.rtt_seconds)
            self._start_reading(self._client, self._from_client, up=True)
            while True:
                await self._exchange()
        except ConnectionOver as over:
            clean = over.clean
        except OSError:
            pass
        finally:
            for end in {self._client, *self._readers}:
                self._close_end(end, clean=clean)

    def _start_reading(self, source: socket.socket, inbox: Inbox, *, up: bool) -> None:
        self._readers[source] = self._loop.create_task(self._read(source, inbox, up=up))

    async def _read(self, source: socket.socket, inbox: Inbox, *, up: bool) -> None:
        try:
            while piece := await self._loop.sock_recv(source, PIECE):
                arrives_at = await self._proxy.carry(len(piece), up=up)
                if self._proxy.cuts != self._cuts_before:
                    return
                inbox.feed(arrives_at, piece)
                await inbox.wait_for_reader()
        except OSError:
            pass
        finally:
            inbox.end()

    def _close_end(self, end: socket.socket, *, clean: bool) -> None:
        reader = self._readers.pop(end, None)
        if reader is not None:
            reader.cancel()
        # The event loop must drop the socket before its number is free again.
        self._loop.remove_reader(end)
        self._loop.remove_writer(end)
        close_socket(end, clean=clean)

    async def _connect(self) -> socket.socket:
        if self._server is None:
            self._server, self._from_server = await self._open_upstream()
        return self._server

    async def _open_upstream(self) -> tuple[socket.socket, Inbox]:
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.setblocking(False)
        try:
            await self._loop.sock_connect(server, self._proxy.upstream)
        except BaseException:
            # A link that is cut while it connects ends this task: nothing else knows the socket.
            self._loop.remove_writer(server)
            server.close()
            raise
        inbox = Inbox(self._proxy.buffer_limit)
        self._start_reading(server, inbox, up=False)
        return server, inbox

    async def _wait_for_request(self) -> None:
        """Wait for the next request; a server that closed meanwhile ends the connection."""
        request = self._loop.create_task(self._from_client.wait())
        waits = {request}
        if self._server is not None:
            waits.add(self._loop.create_task(self._from_server.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not request.done() or not request.result():
                raise ConnectionOver(clean=True)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _exchange(self) -> None:
        await self._wait_for_request()
        head = await MessageHead.read(self._from_client)
        entry, fault = self._proxy.note(head.first[0], head.first[1])
        kind = fault.kind if fault else None
        if fault is None or kind is Kind.DELAY:
            if fault is not None:
                await asyncio.sleep(fault.seconds)
            await self._forward(head, entry)
        elif kind in (Kind.UNAVAILABLE, Kind.PORTAL):
            await self._answer_instead(head, kind)
        elif kind is Kind.STALL:
            await self._from_client.discard()
            raise ConnectionOver()
        elif kind in (Kind.CUT_REQUEST, Kind.TRUNCATE_REQUEST):
            await self._send_part(head, fault.byte(head.length))
            raise ConnectionOver(clean=kind is Kind.TRUNCATE_REQUEST)
        else:
            await self._exchange_with_fault(head, fault, entry)

    async def _forward(self, head: MessageHead, entry: Exchange) -> None:
        """Forward an exchange without a fault; the answer may begin before the request ends."""
        server = await self._connect()

        async def send() -> None:
            await self._loop.sock_sendall(server, head.raw)
            async for piece in head.body(self._from_client):
                await self._loop.sock_sendall(server, piece)

        sending = self._loop.create_task(send())
        try:
            while True:
                reply = await MessageHead.read(self._from_server)
                await self._loop.sock_sendall(self._client, reply.raw)
                if not reply.first[1].startswith("1"):
                    break
            entry.status = int(reply.first[1])
            async for piece in self._reply_body(head, reply):
                await self._loop.sock_sendall(self._client, piece)
            if reply.headers.get("connection", "").lower() == "close":
                raise ConnectionOver(clean=True)
            await sending
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _reply_body(
        self, head: MessageHead, reply: MessageHead, inbox: Inbox | None = None
    ) -> AsyncIterator[bytes]:
        if head.first[0] == "HEAD" or reply.first[1] in ("204", "304"):
            return read_exactly(self._from_server, 0)
        return reply.body(inbox or self._from_server, to_the_end=True)

    async def _send_part(self, head: MessageHead, size: int) -> None:
        server = await self._connect()
        await self._loop.sock_sendall(server, head.raw)
        left = size
        while left and (piece := await self._from_client.read_some(left)):
            await self._loop.sock_sendall(server, piece)
            left -= len(piece)

    async def _exchange_with_fault(self, head: MessageHead, fault: Fault, entry: Exchange) -> None:
        """The faults for which the whole exchange is read first."""
        body = bytearray()
        async for piece in head.body(self._from_client):
            body += piece
        if fault.kind is Kind.CORRUPT_REQUEST and body:
            body[fault.byte(len(body))] ^= 1
        server = await self._connect()
        if fault.kind is Kind.DUPLICATE:
            await self._request_whole(head, body, server, self._from_server)
            # The second uses its own connection, as from a relay that lost the first.
            second, inbox = await self._open_upstream()
            try:
                answer, reply = await self._request_whole(head, body, second, inbox)
            finally:
                self._close_end(second, clean=True)
        else:
            answer, reply = await self._request_whole(head, body, server, self._from_server)
        entry.status = int(reply.first[1])
        if fault.kind is Kind.DROP_REPLY:
            raise ConnectionOver()
        if fault.kind in (Kind.CUT_REPLY, Kind.TRUNCATE_REPLY):
            await self._loop.sock_sendall(self._client, answer[: fault.byte(len(answer))])
            raise ConnectionOver(clean=fault.kind is Kind.TRUNCATE_REPLY)
        if fault.kind is Kind.CORRUPT_REPLY and len(answer) > len(reply.raw):
            answer[len(reply.raw) + fault.byte(len(answer) - len(reply.raw))] ^= 1
        await self._loop.sock_sendall(self._client, bytes(answer))
        if reply.headers.get("connection", "").lower() == "close":
            raise ConnectionOver(clean=True)

    async def _request_whole(
        self, head: MessageHead, body: bytearray, server: socket.socket, inbox: Inbox
    ) -> tuple[bytearray, MessageHead]:
        """Send a whole request and return the whole answer."""
        await self._loop.sock_sendall(server, head.raw + bytes(body))
        reply = await MessageHead.read(inbox)
        answer = bytearray(reply.raw)
        if head.first[0] != "HEAD" and reply.first[1] not in ("204", "304"):
            async for piece in reply.body(inbox, to_the_end=True):
                answer += piece
        return answer, reply

    async def _answer_instead(self, head: MessageHead, kind: Kind) -> None:
        async for _ in head.body(self._from_client):
            pass
        answer = _BUSY if kind is Kind.UNAVAILABLE else _PORTAL
        if head.first[0] == "HEAD":
            answer = answer[: answer.index(b"\r\n\r\n") + 4]
        await self._loop.sock_sendall(self._client, answer)


def _message(first: str, headers: Mapping[str, str], body: bytes) -> bytes:
    all_headers = {**headers, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    return f"HTTP/1.1 {first}\r\n{lines}\r\n".encode() + body


_BUSY = _message(
    "503 Service Unavailable",
    {"Content-Type": "application/problem+json", "X-Sync": "1", "Retry-After": "1"},
    json.dumps(
        {"type": "/problems/unavailable", "slug": "unavailable", "status": 503, "title": "忙"}
    ).encode(),
)
_PORTAL = _message("200 OK", {"Content-Type": "text/html"}, b"<h1>Welcome to the station</h1>")


def close_socket(end: socket.socket, *, clean: bool) -> None:
    """Close a socket cleanly or with a reset."""
    if not clean:
        # A reset: what is on its way is lost, and the other side is notified at once.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
