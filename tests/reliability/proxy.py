"""A fault proxy of our own: stands between a client and the live server, reads HTTP/1.1, and
spoils exchanges after a seeded script; a link model carries the bytes, slowly and not always.

    with proxied(origin, Script(seed=7, rate=0.3)) as proxy:
        ... talk to proxy.origin ...
        proxy.log, proxy.bytes_up, proxy.bytes_down

The n-th exchange meets the same fault for the same script, so a client that asks one thing after
another gets the same log again. Knows nothing of the product but the header `X-Sync`.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

# What is read of a socket at once: little more than a packet, so that what is counted was carried.
PIECE = 2048
# As a telephone network cuts packets. Without it the loopback device would let a browser put
# 2 MB into its own kernel and call them sent.
SEGMENT = 1400
SMALL_BUFFER = 4096
# A pause of the event loop shorter than this does not cost the link its bandwidth.
SLACK_SECONDS = 0.05
# What may wait inside the proxy for a receiver that is slower than the link.
MOST_WAITING = 16 * 1024
STOP_SECONDS = 10


class Kind(StrEnum):
    """What can befall one exchange. The bytes of a request are its body's."""

    DELAY = "delay"  # it comes later
    CUT_REQUEST = "cut request"  # the connection breaks after so many bytes of the body
    TRUNCATE_REQUEST = "truncate request"  # as cut, but the connection is closed in good order
    CORRUPT_REQUEST = "corrupt request"  # one byte of the body is another
    DUPLICATE = "duplicate"  # the server gets it twice, the client the second answer
    CUT_REPLY = "cut reply"  # the server acted; the connection breaks within its answer
    TRUNCATE_REPLY = "truncate reply"  # as cut, but closed in good order
    CORRUPT_REPLY = "corrupt reply"  # one byte of the answer's body is another
    DROP_REPLY = "drop reply"  # the server acted; nobody hears of it
    UNAVAILABLE = "unavailable"  # 503 with Retry-After; the server knows nothing of it
    PORTAL = "portal"  # a captive portal answers in the server's place: 200, without X-Sync
    STALL = "stall"  # the request is swallowed; the line stays open and silent


# A stall lasts until the client gives up, so it is planned and never drawn.
DRAWN = tuple(kind for kind in Kind if kind is not Kind.STALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `at` is a byte (int) or a share of the bytes (float below 1)."""

    kind: Kind
    at: int | float = 0.5
    seconds: float = 0.05

    def byte(self, length: int) -> int:
        """Return which byte of so many is meant; never behind the last."""
        wanted = int(self.at * length) if isinstance(self.at, float) else self.at
        return max(0, min(wanted, length - 1))


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault for the `nth` exchange of this method and path, and for `times` in a row."""

    fault: Fault
    method: str | None = None
    path: str = ""
    nth: int = 1
    times: int = 1

    def means(self, method: str, path: str) -> bool:
        """Say whether an exchange counts."""
        return self.method in (None, method) and self.path in path


@dataclass(frozen=True, slots=True)
class Link:
    """A line of air: bytes a second (None: any number), the time to and fro, and its outages.

    It is dead for `dead_seconds` at the end of every `period_seconds`, or after every
    `dies_after_bytes` it carried upwards; all connections die with it, and what was on its way is
    lost. TCP's slow start and its loss recovery are not modelled.
    """

    up: float | None = None
    down: float | None = None
    rtt_seconds: float = 0.0
    period_seconds: float | None = None
    dead_seconds: float = 0.0
    dies_after_bytes: int | None = None

    def physical_seconds(self, size: int) -> float:
        """Return how long so many bytes take upwards at best, outages included."""
        left = size / self.up if self.up else 0.0
        if self.period_seconds is None:
            return left + self.rtt_seconds
        alive = self.period_seconds - self.dead_seconds
        outages = int(left / alive)
        return left + outages * self.dead_seconds + self.rtt_seconds


@dataclass(frozen=True)
class Script:
    """What goes wrong: planned faults first, else with `rate` one of `kinds`, drawn by the seed.

    A drawn UNAVAILABLE is a burst: it holds for as many exchanges as the seed says, up to three.
    """

    seed: int = 0
    rate: float = 0.0
    kinds: Sequence[Kind] = DRAWN
    plan: Sequence[Planned] = ()
    link: Link | None = None

    def drawn(self, number: int) -> Fault | None:
        """Return the fault of the exchange of this number, were there no plan."""
        for earlier in range(3):
            burst = self._draw(number - earlier)
            if burst is None:
                continue
            if earlier == 0 or (burst[0].kind is Kind.UNAVAILABLE and burst[1] > earlier):
                return burst[0]
        return None

    def _draw(self, number: int) -> tuple[Fault, int] | None:
        dice = random.Random(f"{self.seed}:{number}")
        if number < 1 or dice.random() >= self.rate:
            return None
        kind = dice.choice(list(self.kinds))
        return Fault(kind, at=dice.random(), seconds=dice.random() * 0.2), dice.randint(1, 3)


@dataclass(slots=True)
class Exchange:
    """One line of the log: what was asked, what befell it, what the server said (None: nothing)."""

    number: int
    method: str
    path: str
    fault: str | None = None
    status: int | None = None

    def __str__(self) -> str:
        """As the log prints it."""
        told = f"{self.number} {self.method} {self.path} → {self.status or '–'}"
        return f"{told} [{self.fault}]" if self.fault else told


class _Broken(Exception):
    """This connection is over; `clean` says how its ends are closed."""

    def __init__(self, *, clean: bool = False) -> None:
        super().__init__("broken")
        self.clean = clean


class _Lane:
    """One direction of the link, shared by all connections."""

    def __init__(self, rate: float | None, delay: float) -> None:
        self._rate = rate
        self._delay = delay
        self._free_at = 0.0

    async def carry(self, size: int) -> float:
        """Wait until so many bytes are on their way, and say when they arrive."""
        now = time.monotonic()
        if self._rate is None:
            return now + self._delay
        self._free_at = max(self._free_at, now - SLACK_SECONDS) + size / self._rate
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)
        return self._free_at + self._delay


class _Inbox:
    """What came over one socket and has arrived, to be read in HTTP's portions."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._coming: deque[tuple[float, bytes]] = deque()
        self._waiting = 0
        self._here = bytearray()
        self._ended = False
        self._changed = asyncio.Event()

    def feed(self, due: float, piece: bytes) -> None:
        self._coming.append((due, piece))
        self._waiting += len(piece)
        self._changed.set()

    def end(self) -> None:
        self._ended = True
        self._changed.set()

    async def room(self) -> None:
        """Wait until the reader has caught up."""
        while self._waiting > self._most:
            self._changed.clear()
            await self._changed.wait()

    async def _more(self) -> bool:
        """Wait for the next piece; False when there is none to come."""
        while not self._coming:
            if self._ended:
                return False
            self._changed.clear()
            await self._changed.wait()
        due, piece = self._coming[0]
        if (early := due - time.monotonic()) > 0:
            await asyncio.sleep(early)
        self._coming.popleft()
        self._waiting -= len(piece)
        self._here += piece
        self._changed.set()
        return True

    async def idle(self) -> bool:
        """Wait until something is here; False when it ended instead."""
        return bool(self._here) or await self._more()

    async def until(self, mark: bytes) -> bytes:
        """Return all up to and with this mark. Raises `_Broken`."""
        while (found := self._here.find(mark)) < 0:
            if not await self._more():
                raise _Broken(clean=True)
        return self._take(found + len(mark))

    async def over(self) -> None:
        """Swallow all that comes until the other side hangs up."""
        while await self._more():
            self._here.clear()

    async def some(self, most: int) -> bytes:
        """Return up to so many bytes, or none at the end."""
        if not self._here and not await self._more():
            return b""
        return self._take(min(most, len(self._here)))

    def _take(self, size: int) -> bytes:
        taken = bytes(self._here[:size])
        del self._here[:size]
        return taken


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line and the headers of a message, as they came."""

    raw: bytes
    first: Sequence[str]
    headers: Mapping[str, str]

    @classmethod
    async def read(cls, inbox: _Inbox) -> _Head:
        raw = await inbox.until(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").strip().split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return cls(raw, first.split(" ", 2), headers)

    @property
    def length(self) -> int:
        return int(self.headers.get("content-length", "0"))

    async def body(self, inbox: _Inbox, *, to_the_end: bool = False) -> AsyncIterator[bytes]:
        """Give the body in pieces as they arrive, chunks with their frames. Raises `_Broken`."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while True:
                size = await inbox.until(b"\r\n")
                yield size
                if int(size.split(b";")[0], 16) == 0:
                    yield await inbox.until(b"\r\n")
                    return
                async for piece in _exactly(inbox, int(size.split(b";")[0], 16) + 2):
                    yield piece
        elif to_the_end and "content-length" not in self.headers:
            while piece := await inbox.some(PIECE):
                yield piece
        else:
            async for piece in _exactly(inbox, self.length):
                yield piece


async def _exactly(inbox: _Inbox, left: int) -> AsyncIterator[bytes]:
    while left:
        piece = await inbox.some(left)
        if not piece:
            raise _Broken(clean=True)
        left -= len(piece)
        yield piece


class _Line:
    """One connection of a client, and its own to the server."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server: socket.socket | None = None
        self._loop = asyncio.get_running_loop()
        self._from_client = _Inbox(proxy.room)
        self._from_server = _Inbox(proxy.room)
        self._pumps: dict[socket.socket, asyncio.Task[None]] = {}
        self._born = proxy.deaths

    async def serve(self) -> None:
        """Carry exchanges until one side has had enough; close both ends as it was broken."""
        clean = False
        try:
            if self._proxy.link is not None:
                await asyncio.sleep(self._proxy.link.rtt_seconds)
            self._pump(self._client, self._from_client, up=True)
            while True:
                await self._one_exchange()
        except _Broken as broken:
            clean = broken.clean
        except OSError:
            pass
        finally:
            for end in {self._client, *self._pumps}:
                self._hang_up(end, clean=clean)

    def _pump(self, source: socket.socket, inbox: _Inbox, *, up: bool) -> None:
        self._pumps[source] = self._loop.create_task(self._carry(source, inbox, up=up))

    async def _carry(self, source: socket.socket, inbox: _Inbox, *, up: bool) -> None:
        try:
            while piece := await self._loop.sock_recv(source, PIECE):
                due = await self._proxy.carry(len(piece), up=up)
                if self._proxy.deaths != self._born:
                    return
                inbox.feed(due, piece)
                await inbox.room()
        except OSError:
            pass
        finally:
            inbox.end()

    def _hang_up(self, end: socket.socket, *, clean: bool) -> None:
        pump = self._pumps.pop(end, None)
        if pump is not None:
            pump.cancel()
        # The socket must be out of the loop's hands before its number is free again.
        self._loop.remove_reader(end)
        self._loop.remove_writer(end)
        _close(end, clean=clean)

    async def _connect(self) -> socket.socket:
        if self._server is None:
            self._server, self._from_server = await self._dial()
        return self._server

    async def _dial(self) -> tuple[socket.socket, _Inbox]:
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.setblocking(False)
        try:
            await self._loop.sock_connect(server, self._proxy.behind)
        except OSError:
            server.close()
            raise
        inbox = _Inbox(self._proxy.room)
        self._pump(server, inbox, up=False)
        return server, inbox

    async def _client_speaks(self) -> None:
        """Wait for the next request; a server that hung up meanwhile ends the line."""
        asked = self._loop.create_task(self._from_client.idle())
        waits = {asked}
        if self._server is not None:
            waits.add(self._loop.create_task(self._from_server.idle()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done() or not asked.result():
                raise _Broken(clean=True)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _one_exchange(self) -> None:
        await self._client_speaks()
        head = await _Head.read(self._from_client)
        entry, fault = self._proxy.note(head.first[0], head.first[1])
        kind = fault.kind if fault else None
        if fault is None or kind is Kind.DELAY:
            if fault is not None:
                await asyncio.sleep(fault.seconds)
            await self._pass(head, entry)
        elif kind in (Kind.UNAVAILABLE, Kind.PORTAL):
            await self._answer_ourselves(head, kind)
        elif kind is Kind.STALL:
            await self._from_client.over()
            raise _Broken()
        elif kind in (Kind.CUT_REQUEST, Kind.TRUNCATE_REQUEST):
            await self._break_request(head, fault.byte(head.length))
            raise _Broken(clean=kind is Kind.TRUNCATE_REQUEST)
        else:
            await self._spoil(head, fault, entry)

    async def _pass(self, head: _Head, entry: Exchange) -> None:
        """An exchange as it should be; an answer may come before the request is through."""
        server = await self._connect()

        async def send() -> None:
            await self._loop.sock_sendall(server, head.raw)
            async for piece in head.body(self._from_client):
                await self._loop.sock_sendall(server, piece)

        sending = self._loop.create_task(send())
        try:
            while True:
                reply = await _Head.read(self._from_server)
                await self._loop.sock_sendall(self._client, reply.raw)
                if not reply.first[1].startswith("1"):
                    break
            entry.status = int(reply.first[1])
            async for piece in self._reply_body(head, reply):
                await self._loop.sock_sendall(self._client, piece)
            if reply.headers.get("connection", "").lower() == "close":
                raise _Broken(clean=True)
            await sending
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _reply_body(
        self, head: _Head, reply: _Head, inbox: _Inbox | None = None
    ) -> AsyncIterator[bytes]:
        if head.first[0] == "HEAD" or reply.first[1] in ("204", "304"):
            return _exactly(self._from_server, 0)
        return reply.body(inbox or self._from_server, to_the_end=True)

    async def _break_request(self, head: _Head, size: int) -> None:
        server = await self._connect()
        await self._loop.sock_sendall(server, head.raw)
        left = size
        while left and (piece := await self._from_client.some(left)):
            await self._loop.sock_sendall(server, piece)
            left -= len(piece)

    async def _spoil(self, head: _Head, fault: Fault, entry: Exchange) -> None:
        """The faults for which an exchange is held whole in the hand."""
        body = bytearray()
        async for piece in head.body(self._from_client):
            body += piece
        if fault.kind is Kind.CORRUPT_REQUEST and body:
            body[fault.byte(len(body))] ^= 1
        server = await self._connect()
        if fault.kind is Kind.DUPLICATE:
            await self._ask(head, body, server, self._from_server)
            # The second comes over a line of its own, as from a relay that lost the first.
            twin, inbox = await self._dial()
            try:
                answer, reply = await self._ask(head, body, twin, inbox)
            finally:
                self._hang_up(twin, clean=True)
        else:
            answer, reply = await self._ask(head, body, server, self._from_server)
        entry.status = int(reply.first[1])
        if fault.kind is Kind.DROP_REPLY:
            raise _Broken()
        if fault.kind in (Kind.CUT_REPLY, Kind.TRUNCATE_REPLY):
            await self._loop.sock_sendall(self._client, answer[: fault.byte(len(answer))])
            raise _Broken(clean=fault.kind is Kind.TRUNCATE_REPLY)
        if fault.kind is Kind.CORRUPT_REPLY and len(answer) > len(reply.raw):
            answer[len(reply.raw) + fault.byte(len(answer) - len(reply.raw))] ^= 1
        await self._loop.sock_sendall(self._client, bytes(answer))
        if reply.headers.get("connection", "").lower() == "close":
            raise _Broken(clean=True)

    async def _ask(
        self, head: _Head, body: bytearray, server: socket.socket, inbox: _Inbox
    ) -> tuple[bytearray, _Head]:
        """Send a whole request and return the whole answer."""
        await self._loop.sock_sendall(server, head.raw + bytes(body))
        reply = await _Head.read(inbox)
        answer = bytearray(reply.raw)
        if head.first[0] != "HEAD" and reply.first[1] not in ("204", "304"):
            async for piece in reply.body(inbox, to_the_end=True):
                answer += piece
        return answer, reply

    async def _answer_ourselves(self, head: _Head, kind: Kind) -> None:
        async for _ in head.body(self._from_client):
            pass
        answer = _BUSY if kind is Kind.UNAVAILABLE else _PORTAL
        if head.first[0] == "HEAD":
            answer = answer[: answer.index(b"\r\n\r\n") + 4]
        await self._loop.sock_sendall(self._client, answer)


def _message(first: str, headers: Mapping[str, str], body: bytes) -> bytes:
    told = {**headers, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {first}\r\n{lines}\r\n".encode() + body


_BUSY = _message(
    "503 Service Unavailable",
    {"Content-Type": "application/problem+json", "X-Sync": "1", "Retry-After": "1"},
    json.dumps(
        {"type": "/problems/unavailable", "slug": "unavailable", "status": 503, "title": "忙"}
    ).encode(),
)
_PORTAL = _message("200 OK", {"Content-Type": "text/html"}, b"<h1>Welcome to the station</h1>")


def _close(end: socket.socket, *, clean: bool) -> None:
    if not clean:
        # A reset: what is on its way is lost, and the other side knows at once.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


@dataclass
class Proxy:
    """A running proxy; everything but `lay` and `cut` is only to be read."""

    behind: tuple[str, int]
    script: Script
    port: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    log: list[Exchange] = field(default_factory=list)
    link: Link | None = None
    deaths: int = 0
    room: int = MOST_WAITING

    def __post_init__(self) -> None:
        """Nothing listens yet."""
        self._loop = asyncio.new_event_loop()
        self._seen: dict[int, int] = {}
        self._lines: set[asyncio.Task[None]] = set()
        self._outages: asyncio.Task[None] | None = None
        self._dead = False
        self._lay(self.script.link)

    @property
    def origin(self) -> str:
        """Where clients go."""
        return f"http://127.0.0.1:{self.port}"

    def lay(self, link: Link | None) -> None:
        """Another link from now on; its first period begins now."""
        self._do(self._lay, link)

    def cut(self) -> None:
        """All connections die now."""
        self._do(self._die)

    def _do(self, deed: Callable[..., None], *words: object) -> None:
        async def done() -> None:
            deed(*words)

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(STOP_SECONDS)

    # --- inside the loop ---

    def _lay(self, link: Link | None) -> None:
        self.link = link
        delay = link.rtt_seconds / 2 if link else 0.0
        self._up = _Lane(link.up if link else None, delay)
        self._down = _Lane(link.down if link else None, delay)
        self._left = link.dies_after_bytes if link else None
        # What is in the air must not count as waiting.
        self.room = MOST_WAITING + int(max((link.up or 0), (link.down or 0)) * delay if link else 0)
        self._dead = False
        if self._outages is not None:
            self._outages.cancel()
            self._outages = None
        if link is not None and link.period_seconds is not None:
            self._outages = self._loop.create_task(self._go_dead_and_live(link))

    async def _go_dead_and_live(self, link: Link) -> None:
        began = self._loop.time()
        period = link.period_seconds or 0.0
        for number in range(1, 1_000_000):
            await asyncio.sleep(began + number * period - link.dead_seconds - self._loop.time())
            self._dead = True
            self._die()
            await asyncio.sleep(began + number * period - self._loop.time())
            self._dead = False

    async def _revive(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._dead = False

    def _die(self) -> None:
        self.deaths += 1
        for line in self._lines:
            line.cancel()

    async def carry(self, size: int, *, up: bool) -> float:
        """Take so many bytes over the link, and say when they arrive."""
        due = await (self._up if up else self._down).carry(size)
        if not up:
            self.bytes_down += size
            return due
        self.bytes_up += size
        if self._left is not None:
            self._left -= size
            if self._left <= 0:
                self._die()
                self._left = self.link.dies_after_bytes if self.link else None
                if self.link is not None and self.link.dead_seconds:
                    self._dead = True
                    self._outages = self._loop.create_task(self._revive(self.link.dead_seconds))
        return due

    def note(self, method: str, path: str) -> tuple[Exchange, Fault | None]:
        """Write an exchange into the log, and say what befalls it."""
        entry = Exchange(len(self.log) + 1, method, path)
        fault = None
        for index, planned in enumerate(self.script.plan):
            if not planned.means(method, path):
                continue
            self._seen[index] = self._seen.get(index, 0) + 1
            if fault is None and 0 <= self._seen[index] - planned.nth < planned.times:
                fault = planned.fault
        fault = fault or self.script.drawn(entry.number)
        entry.fault = fault.kind.value if fault else None
        self.log.append(entry)
        return entry, fault

    def run(self, listening: socket.socket) -> None:
        """Serve until `stop`; the thread's whole life."""
        asyncio.set_event_loop(self._loop)
        accepting = self._loop.create_task(self._accept(listening))
        self._loop.run_forever()
        tasks = [accepting, *self._lines, *([self._outages] if self._outages else [])]
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def stop(self) -> None:
        """End the thread's life."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            client, _ = await self._loop.sock_accept(listening)
            client.setblocking(False)
            if self._dead:
                _close(client, clean=False)
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = self._loop.create_task(_Line(self, client).serve())
            self._lines.add(line)
            line.add_done_callback(self._lines.discard)


@contextmanager
def proxied(origin: str, script: Script | None = None) -> Iterator[Proxy]:
    """Run a proxy in front of `origin` (http, an address), in a thread of its own."""
    there = urlsplit(origin)
    with socket.socket() as listening:
        # Before it listens: the window a client is offered is settled with its first packet.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        listening.setblocking(False)
        proxy = Proxy((there.hostname or "127.0.0.1", there.port or 80), script or Script())
        proxy.port = listening.getsockname()[1]
        thread = threading.Thread(target=proxy.run, args=(listening,), name="fault proxy")
        thread.start()
        try:
            yield proxy
        finally:
            proxy.stop()
            thread.join(STOP_SECONDS)
