"""Processes die and engines fail in the middle of everything: nothing is lost, nothing doubled.

`make faults` kills at every failpoint, at its first and second hit, on both databases; the usual
run takes a few of them.
"""

from __future__ import annotations

import base64
import socket
from pathlib import Path

import pytest

from inspect_server.core.failpoints import POINTS
from tests.reliability import processes
from tests.reliability.environment import Stage
from tests.reliability.network import Request
from tests.reliability.processes import Day
from tests.reliability.proxy import Kind, Script, proxied
from tests.reliability.size import FULL
from tests.support.actors import BYTES, TUS, Shot, jpeg

# Reached by the operator's commands only: see test_restore.py.
OPERATORS = {name for name in POINTS if name.startswith(("backup.", "restore."))}
# A day has no channel outside the house: see tests/integration/notifications/test_deliveries.py.
DELIVERIES = {"notify.claimed", "notify.delivered"}
ELSEWHERE = OPERATORS | DELIVERIES
EVERYWHERE = [(name, hit) for name in POINTS if name not in ELSEWHERE for hit in (1, 2)]
SOME = [("push.applied", 1), ("upload.settled", 2), ("derive.half-put", 1)]
PIECE = 64 * 1024

# What the store answers at once, and what the server waits out.
QUICK = [Kind.CUT_REQUEST, Kind.CUT_REPLY, Kind.UNAVAILABLE, Kind.CORRUPT_REQUEST]
PATIENT = [Kind.DELAY, Kind.DROP_REPLY, Kind.TRUNCATE_REPLY]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def home(on: Stage, tmp_path: Path) -> Path:
    """A home on fresh rows and an empty bucket."""
    on.begin()
    return tmp_path / "home"


@pytest.mark.parametrize(("point", "hit"), EVERYWHERE if FULL else SOME)
def test_killed_at_a_failpoint_it_loses_and_doubles_nothing(
    on: Stage, home: Path, point: str, hit: int
) -> None:
    armed = {"INSPECT_FAILPOINTS": f"{point}=kill@{hit}"}
    with processes.running(on, home, armed) as service:
        day = Day(service)
        day.work()
        day.come_to_rest()
        report = day.judge()
    assert (home / "failpoints" / point).stat().st_size >= hit, "the day never came to this point"
    assert report.ok, "\n".join(report.lines())


# --- a server killed in the middle of a photo ----------------------------------------------------


@pytest.fixture(scope="module")
def big() -> Shot:
    """A photo of 600 kB, so that a third of it is far from the whole."""
    shot = Shot(jpeg(1, 3600))
    assert len(shot.content) > 9 * PIECE
    return shot


@pytest.mark.one_database
def test_killed_anywhere_in_an_upload_it_keeps_what_had_come(
    on: Stage, home: Path, big: Shot
) -> None:
    places = range(PIECE, len(big.content), PIECE) if FULL else (3 * PIECE,)
    with processes.running(on, home) as service:
        day = Day(service)
        phone = day.phones["chen-1"]
        for place in places:
            shot = Shot(big.content)
            phone.record([shot], f"{place}", "open")
            kept = processes.send_part(service, shot, begin(day, shot), big.content[:place])
            service.wait_until_ready()
            assert offset(day, shot) == kept >= place - PIECE
        day.come_to_rest()
        report = day.judge()
    assert report.ok, "\n".join(report.lines())
    assert len(day.phones["chen-1"].answers.photos) == len(places)


def begin(day: Day, shot: Shot) -> dict[str, str]:
    """Begin an upload without a byte; returns the head of the request that brings all of them."""
    own = TUS | {"Authorization": f"Bearer {day.phones['chen-1'].store.tokens['access']}"}
    told = {"photo_id": shot.photo_id, "sha256": shot.sha256}
    metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())
    length = str(len(shot.content))
    create = own | {"Upload-Length": length, "Upload-Metadata": metadata}
    assert day.service.serve(Request("POST", "/api/v1/uploads", create)).status == 201
    return own | BYTES | {"Upload-Offset": "0", "Content-Length": length}


def offset(day: Day, shot: Shot) -> int:
    """What a HEAD says."""
    token = day.phones["chen-1"].store.tokens["access"]
    head = Request(
        "HEAD", f"/api/v1/uploads/{shot.photo_id}", TUS | {"Authorization": f"Bearer {token}"}
    )
    return int(day.service.serve(head).headers["Upload-Offset"])


@pytest.mark.one_database
def test_asked_to_stop_it_keeps_what_had_come(on: Stage, home: Path, big: Shot) -> None:
    with processes.running(on, home) as service:
        day = Day(service)
        shot = Shot(big.content)
        day.phones["chen-1"].record([shot], "正在停止", "open")
        head, part = begin(day, shot), big.content[: 3 * PIECE]
        kept = processes.send_part(service, shot, head, part, stop=processes.asked_to_stop)
        service.start()
        assert offset(day, shot) == kept >= 2 * PIECE
        day.come_to_rest()
        report = day.judge()
    assert report.ok, "\n".join(report.lines())


@pytest.mark.one_database
def test_a_phone_silent_in_the_middle_of_a_batch_is_let_go(on: Stage, home: Path) -> None:
    head = "POST /api/v1/sync/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {on.phones['chen-1'].access_token}\r\nContent-Length: 9\r\n"
    with (
        processes.running(on, home) as service,
        socket.create_connection(("127.0.0.1", service.port), timeout=60) as line,
    ):
        line.sendall(f"{head}\r\n{{".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 408")


# --- engines that fail ---------------------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.parametrize("seed", range(8) if FULL else (0,))
def test_a_store_that_is_slow_cut_or_busy_costs_no_photo(on: Stage, home: Path, seed: int) -> None:
    script = Script(seed=seed, rate=0.35, kinds=QUICK + (PATIENT if FULL else []))
    endpoint = on.store.settings.endpoint_url
    with proxied(endpoint, script) as proxy:
        told = {"INSPECT_S3_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}"}
        with processes.running(on, home, told) as service:
            day = Day(service)
            day.work()
            proxy.script = Script()
            day.come_to_rest()
            report = day.judge()
        met = [one.fault for one in proxy.log if one.fault]
    assert met, "the store never failed"
    assert report.ok, "\n".join(report.lines())


@pytest.mark.parametrize("hit", range(1, 7) if FULL else (2,))
def test_a_disk_that_is_full_for_a_moment_costs_no_photo(on: Stage, home: Path, hit: int) -> None:
    armed = {"INSPECT_FAILPOINTS": f"spool.write=enospc@{hit},store.put=enospc@{hit}"}
    with processes.running(on, home, armed) as service:
        day = Day(service)
        day.work()
        day.come_to_rest()
        report = day.judge()
    assert (home / "failpoints" / "spool.write").stat().st_size > hit
    assert report.ok, "\n".join(report.lines())


def test_a_spool_that_is_really_full_is_told_and_costs_no_photo(
    on: Stage, home: Path, big: Shot
) -> None:
    with processes.small_disk(home / "spool", 256 * 1024), processes.running(on, home) as service:
        day = Day(service)
        day.phones["chen-1"].record([Shot(big.content)], "放不下", "open")
        assert day.sync("chen-1") == "later: 503"
        assert not day.phones["chen-1"].answers.photos
    with processes.running(on, home) as service:
        day.service = service
        day.network.server = service.serve
        day.come_to_rest()
        report = day.judge()
    assert report.ok, "\n".join(report.lines())
    assert list(day.phones["chen-1"].answers.photos.values()) == ["stored"]
