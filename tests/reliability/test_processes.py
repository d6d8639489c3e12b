"""Processes are killed and engines fail in the middle of work: nothing is lost, nothing doubled.

`make faults` kills at every failpoint, at its first and second hit, on both databases; the usual
run has a few of them. `day` is the working day 一天, a fixed scenario (`processes.WorkingDay`).
"""

from __future__ import annotations

import base64
import socket
from pathlib import Path

import pytest

from inspect_server.core.failpoints import POINTS
from tests.reliability import processes
from tests.reliability.environment import Environment
from tests.reliability.network import Request
from tests.reliability.processes import WorkingDay
from tests.reliability.proxy import Kind, Script, proxied
from tests.reliability.size import FULL
from tests.support.actors import BYTES, TUS, Shot, jpeg

# Reached only by commands of the operator: see test_restore.py.
OPERATORS = {name for name in POINTS if name.startswith(("backup.", "restore."))}
# The working day has no notification channel: see integration/notifications/test_deliveries.py.
NOTIFICATIONS = {"notify.claimed", "notify.delivered"}
TESTED_ELSEWHERE = OPERATORS | NOTIFICATIONS
ALL_POINTS = [(name, hit) for name in POINTS if name not in TESTED_ELSEWHERE for hit in (1, 2)]
SOME_POINTS = [("push.applied", 1), ("upload.settled", 2), ("derive.half-put", 1)]
PIECE = 64 * 1024

# Faults the server sees at once, and faults it waits for.
FAST_FAULTS = [Kind.CUT_REQUEST, Kind.CUT_REPLY, Kind.UNAVAILABLE, Kind.CORRUPT_REQUEST]
SLOW_FAULTS = [Kind.DELAY, Kind.DROP_REPLY, Kind.TRUNCATE_REPLY]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def home(environment: Environment, tmp_path: Path) -> Path:
    """A home folder; rows and bucket are fresh."""
    environment.reset()
    return tmp_path / "home"


@pytest.mark.parametrize(("point", "hit"), ALL_POINTS if FULL else SOME_POINTS)
def test_killed_at_a_failpoint_it_loses_and_doubles_nothing(
    environment: Environment, home: Path, point: str, hit: int
) -> None:
    armed = {"INSPECT_FAILPOINTS": f"{point}=kill@{hit}"}
    with processes.running(environment, home, armed) as service:
        day = WorkingDay(service)
        day.work()
        day.sync_until_idle()
        report = day.check()
    assert (home / "failpoints" / point).stat().st_size >= hit, "the day never reached this point"
    assert report.ok, "\n".join(report.lines())


# --- a server killed in the middle of a photo ----------------------------------------------------


@pytest.fixture(scope="module")
def big() -> Shot:
    """A photo of 600 kB, so that a third of it is far from the whole."""
    shot = Shot(jpeg(1, 3600))
    assert len(shot.content) > 9 * PIECE
    return shot


@pytest.mark.one_database
def test_killed_anywhere_in_an_upload_it_keeps_received_bytes(
    environment: Environment, home: Path, big: Shot
) -> None:
    places = range(PIECE, len(big.content), PIECE) if FULL else (3 * PIECE,)
    with processes.running(environment, home) as service:
        day = WorkingDay(service)
        phone = day.phones["chen-1"]
        for place in places:
            shot = Shot(big.content)
            phone.record([shot], f"{place}", "open")
            kept = processes.send_part(service, shot, create_upload(day, shot), big.content[:place])
            service.wait_until_ready()
            assert offset(day, shot) == kept >= place - PIECE
        day.sync_until_idle()
        report = day.check()
    assert report.ok, "\n".join(report.lines())
    assert len(day.phones["chen-1"].answers.photos) == len(places)


def create_upload(day: WorkingDay, shot: Shot) -> dict[str, str]:
    """Create an upload without bytes; returns the headers of the request that sends all of them."""
    headers = TUS | {"Authorization": f"Bearer {day.phones['chen-1'].store.tokens['access']}"}
    values = {"photo_id": shot.photo_id, "sha256": shot.sha256}
    metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())
    length = str(len(shot.content))
    create = headers | {"Upload-Length": length, "Upload-Metadata": metadata}
    assert day.service.serve(Request("POST", "/api/v1/uploads", create)).status == 201
    return headers | BYTES | {"Upload-Offset": "0", "Content-Length": length}


def offset(day: WorkingDay, shot: Shot) -> int:
    """The offset that HEAD answers."""
    token = day.phones["chen-1"].store.tokens["access"]
    head = Request(
        "HEAD", f"/api/v1/uploads/{shot.photo_id}", TUS | {"Authorization": f"Bearer {token}"}
    )
    return int(day.service.serve(head).headers["Upload-Offset"])


@pytest.mark.one_database
def test_stopped_by_a_signal_it_keeps_received_bytes(
    environment: Environment, home: Path, big: Shot
) -> None:
    with processes.running(environment, home) as service:
        day = WorkingDay(service)
        shot = Shot(big.content)
        day.phones["chen-1"].record([shot], "正在停止", "open")
        headers, part = create_upload(day, shot), big.content[: 3 * PIECE]
        kept = processes.send_part(
            service, shot, headers, part, stop=processes.terminate_web_server
        )
        service.start()
        assert offset(day, shot) == kept >= 2 * PIECE
        day.sync_until_idle()
        report = day.check()
    assert report.ok, "\n".join(report.lines())


@pytest.mark.one_database
def test_a_phone_silent_in_the_middle_of_a_batch_is_disconnected(
    environment: Environment, home: Path
) -> None:
    token = environment.phones["chen-1"].access_token
    head = "POST /api/v1/sync/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {token}\r\nContent-Length: 9\r\n"
    with (
        processes.running(environment, home) as service,
        socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection,
    ):
        connection.sendall(f"{head}\r\n{{".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


# --- engines that fail ---------------------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.parametrize("seed", range(8) if FULL else (0,))
def test_a_store_that_is_slow_cut_or_busy_costs_no_photo(
    environment: Environment, home: Path, seed: int
) -> None:
    script = Script(seed=seed, rate=0.35, kinds=FAST_FAULTS + (SLOW_FAULTS if FULL else []))
    endpoint = environment.store.settings.endpoint_url
    with proxied(endpoint, script) as proxy:
        settings = {"INSPECT_S3_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        with processes.running(environment, home, settings) as service:
            day = WorkingDay(service)
            day.work()
            proxy.script = Script()
            day.sync_until_idle()
            report = day.check()
        faults = [exchange.fault for exchange in proxy.log if exchange.fault]
    assert faults, "the store never failed"
    assert report.ok, "\n".join(report.lines())


@pytest.mark.parametrize("hit", range(1, 7) if FULL else (2,))
def test_a_disk_that_is_full_for_a_moment_costs_no_photo(
    environment: Environment, home: Path, hit: int
) -> None:
    armed = {"INSPECT_FAILPOINTS": f"spool.write=enospc@{hit},store.put=enospc@{hit}"}
    with processes.running(environment, home, armed) as service:
        day = WorkingDay(service)
        day.work()
        day.sync_until_idle()
        report = day.check()
    assert (home / "failpoints" / "spool.write").stat().st_size > hit
    assert report.ok, "\n".join(report.lines())


def test_a_full_spool_is_answered_503_and_costs_no_photo(
    environment: Environment, home: Path, big: Shot
) -> None:
    with (
        processes.small_disk(home / "spool", 256 * 1024),
        processes.running(environment, home) as service,
    ):
        day = WorkingDay(service)
        day.phones["chen-1"].record([Shot(big.content)], "放不下", "open")
        assert day.sync("chen-1") == "later: 503"
        assert not day.phones["chen-1"].answers.photos
    with processes.running(environment, home) as service:
        day.service = service
        day.network.server = service.serve
        day.sync_until_idle()
        report = day.check()
    assert report.ok, "\n".join(report.lines())
    assert list(day.phones["chen-1"].answers.photos.values()) == ["stored"]
