"""The running proxy: it accepts connections and carries their bytes over the link."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.reliability.proxy.connection import SMALL_BUFFER, Connection, close_socket
from tests.reliability.proxy.script import Exchange, Fault, Link, Script
from tests.reliability.proxy.streams import Direction

# The size of packets in a mobile network. Without it a browser on the loopback device could put
# 2 MB into its own kernel and count them as sent.
SEGMENT = 1400
# What may wait inside the proxy for a receiver that is slower than the link.
BUFFER_LIMIT = 16 * 1024
STOP_SECONDS = 10


@dataclass
class Proxy:
    """A running proxy; callers read its attributes, set the link or cut connections."""

    upstream: tuple[str, int]
    script: Script
    port: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    log: list[Exchange] = field(default_factory=list)
    link: Link | None = None
    cuts: int = 0
    buffer_limit: int = BUFFER_LIMIT

    def __post_init__(self) -> None:
        """Nothing listens yet."""
        self._loop = asyncio.new_event_loop()
        self._seen: dict[int, int] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._outage_task: asyncio.Task[None] | None = None
        self._dead = False
        self._set_link(self.script.link)

    @property
    def origin(self) -> str:
        """The address clients use."""
        return f"http://127.0.0.1:{self.port}"

    def set_link(self, link: Link | None) -> None:
        """Use another link from now on; its first period begins now."""
        self._call_in_loop(self._set_link, link)

    def cut_connections(self) -> None:
        """Cut all connections now."""
        self._call_in_loop(self._cut_connections)

    def _call_in_loop(self, function: Callable[..., None], *arguments: object) -> None:
        async def call() -> None:
            function(*arguments)

        asyncio.run_coroutine_threadsafe(call(), self._loop).result(STOP_SECONDS)

    # --- inside the loop ---

    def _set_link(self, link: Link | None) -> None:
        self.link = link
        delay = link.rtt_seconds / 2 if link else 0.0
        self._up = Direction(link.up if link else None, delay)
        self._down = Direction(link.down if link else None, delay)
        self._bytes_until_cut = link.dies_after_bytes if link else None
        # Bytes in transit must not count as waiting.
        fastest = max((link.up or 0), (link.down or 0)) if link else 0
        self.buffer_limit = BUFFER_LIMIT + int(fastest * delay)
        self._dead = False
        if self._outage_task is not None:
            self._outage_task.cancel()
            self._outage_task = None
        if link is not None and link.period_seconds is not None:
            self._outage_task = self._loop.create_task(self._run_outages(link))

    async def _run_outages(self, link: Link) -> None:
        began = self._loop.time()
        period = link.period_seconds or 0.0
        for number in range(1, 1_000_000):
            await asyncio.sleep(began + number * period - link.dead_seconds - self._loop.time())
            self._dead = True
            self._cut_connections()
            await asyncio.sleep(began + number * period - self._loop.time())
            self._dead = False

    async def _end_outage(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._dead = False

    def _cut_connections(self) -> None:
        self.cuts += 1
        for connection in self._connections:
            connection.cancel()

    async def carry(self, size: int, *, up: bool) -> float:
        """Carry so many bytes over the link; returns when they arrive."""
        arrives_at = await (self._up if up else self._down).carry(size)
        if not up:
            self.bytes_down += size
            return arrives_at
        self.bytes_up += size
        if self._bytes_until_cut is not None:
            self._bytes_until_cut -= size
            if self._bytes_until_cut <= 0:
                self._cut_connections()
                self._bytes_until_cut = self.link.dies_after_bytes if self.link else None
                if self.link is not None and self.link.dead_seconds:
                    self._dead = True
                    self._outage_task = self._loop.create_task(
                        self._end_outage(self.link.dead_seconds)
                    )
        return arrives_at

    def note(self, method: str, path: str) -> tuple[Exchange, Fault | None]:
        """Log an exchange; returns the entry and its fault."""
        entry = Exchange(len(self.log) + 1, method, path)
        fault = None
        for index, planned in enumerate(self.script.plan):
            if not planned.matches(method, path):
                continue
            self._seen[index] = self._seen.get(index, 0) + 1
            if fault is None and 0 <= self._seen[index] - planned.nth < planned.times:
                fault = planned.fault
        fault = fault or self.script.drawn(entry.number)
        entry.fault = fault.kind.value if fault else None
        self.log.append(entry)
        return entry, fault

    def run(self, listening: socket.socket) -> None:
        """Serve until `stop`; this is what the thread runs."""
        asyncio.set_event_loop(self._loop)
        accepting = self._loop.create_task(self._accept(listening))
        self._loop.run_forever()
        tasks = [accepting, *self._connections, *([self._outage_task] if self._outage_task else [])]
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            client, _ = await self._loop.sock_accept(listening)
            client.setblocking(False)
            if self._dead:
                close_socket(client, clean=False)
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self._loop.create_task(Connection(self, client).serve())
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)


@contextmanager
def proxied(origin: str, script: Script | None = None) -> Iterator[Proxy]:
    """Run a proxy in front of `origin` (http, an address), in its own thread."""
    address = urlsplit(origin)
    with socket.socket() as listening:
        # Before it listens: the receive window is fixed with the first packet.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        listening.setblocking(False)
        proxy = Proxy((address.hostname or "127.0.0.1", address.port or 80), script or Script())
        proxy.port = listening.getsockname()[1]
        thread = threading.Thread(target=proxy.run, args=(listening,), name="fault proxy")
        thread.start()
        try:
            yield proxy
        finally:
            proxy.stop()
            thread.join(STOP_SECONDS)
