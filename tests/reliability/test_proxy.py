"""The fault proxy: each fault does what its name says, and the same script repeats it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.reliability.proxy import Fault, Kind, Link, Planned, Proxy, Script, proxied

BODY = bytes(range(256)) * 40


class Echo(BaseHTTPRequestHandler):
    """Keeps each body, also an incomplete one, and sends it back."""

    protocol_version = "HTTP/1.1"
    received: list[bytes]

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_PUT(self) -> None:
        body = b""
        length = int(self.headers["Content-Length"])
        with contextlib.suppress(ConnectionError):
            while len(body) < length and (piece := self.rfile.read1(length - len(body))):
                body += piece
        self.received.append(body)
        if len(body) < length:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def received() -> list[bytes]:
    """The bodies the server got."""
    return []


@pytest.fixture
def origin(received: list[bytes]) -> Iterator[str]:
    """A plain web server."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("RecordingEcho", (Echo,), {"received": received})
    )
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def put(proxy: Proxy, path: str = "/a", body: bytes = BODY) -> bytes | str | int:
    """The result of a client: the body, another status than 200, or how it failed."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    try:
        connection.request("PUT", path, body)
        # Closed by itself: an answer that was cut short keeps the socket open.
        with connection.getresponse() as answer:
            body = answer.read()
            return body if answer.status == 200 else answer.status
    except http.client.IncompleteRead as short:
        return f"short {len(short.partial)}"
    except (ConnectionError, http.client.RemoteDisconnected):
        return "broken"
    finally:
        connection.close()


def wait_until(condition: Callable[[], object]) -> None:
    """Poll until the condition holds: another thread changes it."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def fault_on_first(kind: Kind, at: int | float = 0.5) -> Script:
    return Script(plan=[Planned(Fault(kind, at))])


def test_without_a_script_every_byte_goes_through_and_is_counted(
    origin: str, received: list[bytes]
) -> None:
    with proxied(origin) as proxy:
        assert put(proxy) == BODY
        assert received == [BODY]
        assert len(BODY) < proxy.bytes_up < len(BODY) + 500
        assert len(BODY) < proxy.bytes_down < len(BODY) + 500
        assert [str(entry) for entry in proxy.log] == ["1 PUT /a → 200"]


@pytest.mark.parametrize("kind", [Kind.CUT_REQUEST, Kind.TRUNCATE_REQUEST])
def test_a_request_is_cut_after_exactly_so_many_bytes(
    origin: str, received: list[bytes], kind: Kind
) -> None:
    with proxied(origin, fault_on_first(kind, 7000)) as proxy:
        assert put(proxy) == "broken"
        wait_until(lambda: received)
        assert received == [BODY[:7000]]


def test_one_byte_of_a_request_is_another(origin: str, received: list[bytes]) -> None:
    with proxied(origin, fault_on_first(Kind.CORRUPT_REQUEST, 5000)) as proxy:
        put(proxy)
        assert [at for at, byte in enumerate(received[0]) if byte != BODY[at]] == [5000]


def test_one_byte_of_an_answer_is_another(origin: str, received: list[bytes]) -> None:
    with proxied(origin, fault_on_first(Kind.CORRUPT_REPLY, 5000)) as proxy:
        answer = put(proxy)
        assert isinstance(answer, bytes)
        assert [at for at, byte in enumerate(answer) if byte != BODY[at]] == [5000]
        assert received == [BODY]


def test_a_doubled_request_is_answered_once(origin: str, received: list[bytes]) -> None:
    with proxied(origin, fault_on_first(Kind.DUPLICATE)) as proxy:
        assert put(proxy) == BODY
        assert received == [BODY, BODY]


def test_a_dropped_reply_is_of_a_request_that_was_executed(
    origin: str, received: list[bytes]
) -> None:
    with proxied(origin, fault_on_first(Kind.DROP_REPLY)) as proxy:
        assert put(proxy) == "broken"
        assert received == [BODY]
        assert proxy.log[0].status == 200


@pytest.mark.parametrize(
    ("kind", "result"), [(Kind.CUT_REPLY, "broken"), (Kind.TRUNCATE_REPLY, "short ")]
)
def test_an_answer_ends_early(origin: str, received: list[bytes], kind: Kind, result: str) -> None:
    with proxied(origin, fault_on_first(kind, 6000)) as proxy:
        assert str(put(proxy)).startswith(result)
        assert received == [BODY]


def test_a_burst_of_503_keeps_the_server_out_of_it(origin: str, received: list[bytes]) -> None:
    script = Script(plan=[Planned(Fault(Kind.UNAVAILABLE), nth=2, times=2)])
    with proxied(origin, script) as proxy:
        assert [put(proxy) for _ in range(4)] == [BODY, 503, 503, BODY]
        assert len(received) == 2


def test_a_captive_portal_says_200_and_is_not_the_server(
    origin: str, received: list[bytes]
) -> None:
    with proxied(origin, fault_on_first(Kind.PORTAL)) as proxy:
        assert b"Welcome" in put(proxy)  # type: ignore[operator]
        assert received == []


def test_a_stalled_request_reaches_no_server_and_is_never_answered(
    origin: str, received: list[bytes]
) -> None:
    with (
        proxied(origin, fault_on_first(Kind.STALL)) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port)) as client,
    ):
        client.sendall(b"PUT /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nnine here")
        wait_until(lambda: proxy.log)
        assert put(proxy) == BODY
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert received == [BODY]


def test_a_plan_applies_to_the_exchanges_it_names(origin: str) -> None:
    script = Script(plan=[Planned(Fault(Kind.DROP_REPLY), "PUT", "/b", nth=2)])
    with proxied(origin, script) as proxy:
        assert [put(proxy, path) for path in ("/b", "/a", "/b", "/b")] == [
            BODY,
            BODY,
            "broken",
            BODY,
        ]


def log_of(origin: str, seed: int) -> list[str]:
    """The log of forty exchanges, one after another, half of them with a fault."""
    with proxied(origin, Script(seed=seed, rate=0.5)) as proxy:
        for number in range(40):
            put(proxy, f"/{number}")
        return [str(entry) for entry in proxy.log]


def test_the_same_seed_writes_the_same_log(origin: str) -> None:
    log = log_of(origin, 1)
    assert log == log_of(origin, 1)
    assert log != log_of(origin, 2)
    assert 8 < sum("[" in line for line in log) < 36


def test_many_connections_at_once_all_come_through(origin: str, received: list[bytes]) -> None:
    with proxied(origin, Script(link=Link(rtt_seconds=0.01))) as proxy:
        threads = [threading.Thread(target=put, args=(proxy,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert received == [BODY] * 8


def test_a_slow_link_is_no_faster_than_its_bandwidth(origin: str) -> None:
    with proxied(origin, Script(link=Link(up=100_000, rtt_seconds=0.1))) as proxy:
        began = time.monotonic()
        assert put(proxy, body=bytes(30_000)) == bytes(30_000)
        # 0.3 s for the bytes, 0.1 s to connect, 0.1 s round trip.
        assert time.monotonic() - began > 0.3 + 0.1


def test_the_link_dies_after_so_many_bytes_and_lives_again(
    origin: str, received: list[bytes]
) -> None:
    with proxied(origin, Script(link=Link(dies_after_bytes=15_000))) as proxy:
        assert [put(proxy) for _ in range(3)] == [BODY, "broken", BODY]
        assert proxy.cuts == 1
        assert received.count(BODY) == 2


def test_a_dead_link_carries_nothing(origin: str, received: list[bytes]) -> None:
    dead = Link(period_seconds=3600, dead_seconds=3600)
    with proxied(origin, Script(link=dead)) as proxy:
        wait_until(lambda: proxy.cuts)
        assert put(proxy) == "broken"
        proxy.set_link(None)
        assert put(proxy) == BODY
        assert received == [BODY]


def test_all_connections_die_with_the_link(origin: str) -> None:
    with proxied(origin) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(b"PUT /a HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        wait_until(lambda: proxy.log)
        proxy.cut_connections()
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_client_cannot_put_much_more_into_its_kernel_than_was_carried(origin: str) -> None:
    with (
        proxied(origin, Script(link=Link(up=1_000))) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port)) as client,
    ):
        client.settimeout(0.2)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 4_000_000:
                sent += client.send(bytes(16_384))
        assert sent - proxy.bytes_up < 128 * 1024


@pytest.mark.parametrize(
    ("link", "seconds"),
    [
        (Link(up=250_000), 4.0),
        (Link(up=250_000, rtt_seconds=0.1), 4.1),
        (Link(up=100_000, period_seconds=15, dead_seconds=3), 10.0),
        (Link(up=50_000, period_seconds=15, dead_seconds=3), 23.0),
    ],
)
def test_the_physical_time_includes_the_outages(link: Link, seconds: float) -> None:
    assert link.physical_seconds(1_000_000) == pytest.approx(seconds)
