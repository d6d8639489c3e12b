"""The main loop: records with photos through push and tus, compared with a raw baseline.

A record counts when its last photo is durable in the object store. Both servers are the same
gunicorn with the same settings on the same store; rounds alternate, so changes of the
machine's speed affect both. `python -m bench.main_loop [--seconds N] [--memory]`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.photographs import photograph
from inspect_server import create_app, read_settings
from inspect_server.core import clock, migrate
from inspect_server.core.database import write_tx
from inspect_server.launcher.embedded_store import EmbeddedStore
from inspect_server.operations import starter

THREADS = 64
MORNING = "2026-03-04T01:30:00Z"
PLACE = {"lon": 110.7899, "lat": 32.5291, "accuracy_m": 8, "source": "gnss"}


@dataclass
class Round:
    """The result of one round of one server."""

    seconds: float = 0.0
    cpu_ms: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Records per second."""
        return len(self.latencies) / self.seconds

    @property
    def cpu_each(self) -> float:
        """CPU-milliseconds of the web server per record."""
        return self.cpu_ms / len(self.latencies)


class Client:
    """One phone on one kept-open connection."""

    def __init__(self, port: int, token: str) -> None:
        """Call this port as the owner of the token."""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.token = token
        self.device = str(uuid.uuid4())

    def call(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        """Send one request, which must succeed."""
        self.connection.request(
            method, path, body, headers | {"Authorization": f"Bearer {self.token}"}
        )
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content

    def record(self, photos: list[bytes]) -> None:
        """Send one record as a phone does: the op, then its photos."""
        declared = [(str(uuid.uuid4()), hashlib.sha256(p).hexdigest(), p) for p in photos]
        op = {
            "op_id": str(uuid.uuid4()),
            "schema": 1,
            "kind": "observation.create",
            "entity_id": str(uuid.uuid4()),
            "captured_at": MORNING,
            "data": {"category": "MQ0201", "place": PLACE, "outcome": "open"},
            "photos": [
                {"photo_id": i, "role": "scene", "sha256": h, "bytes": len(p)}
                for i, h, p in declared
            ],
        }
        batch = {
            "epoch": None,
            "device_id": self.device,
            "batch_id": str(uuid.uuid4()),
            "sent_at": MORNING,
            "ops": [op],
        }
        answer = json.loads(
            self.call(
                "POST",
                "/api/v1/sync/push",
                json.dumps(batch).encode(),
                {"Content-Type": "application/json"},
            )
        )
        if answer["results"][0]["status"] != "accepted":
            raise RuntimeError(f"not accepted: {answer}")
        for photo_id, sha256, content in declared:
            metadata = f"photo_id {_b64(photo_id)},sha256 {_b64(sha256)},op_id {_b64(op['op_id'])}"
            self.call(
                "POST",
                "/api/v1/uploads",
                content,
                {
                    "Tus-Resumable": "1.0.0",
                    "Upload-Length": str(len(content)),
                    "Upload-Metadata": metadata,
                    "Content-Type": "application/offset+octet-stream",
                },
            )

    def raw(self, photos: list[bytes]) -> None:
        """Send the same photos to the baseline."""
        for content in photos:
            self.call("POST", "/", content, {"Content-Type": "application/octet-stream"})


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def gunicorn(app: str, env: dict[str, str], log: Path) -> Iterator[tuple[int, psutil.Process]]:
    """Run an application with the product's own server settings."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "1"]
    command += ["--threads", str(THREADS), "--bind", f"127.0.0.1:{port}", "--keep-alive", "75", app]
    with open(log, "wb") as output:
        child = subprocess.Popen(command, env=os.environ | env, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port, psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(30)


def cpu_ms(process: psutil.Process) -> float:
    """CPU time used so far by a process and its children, in milliseconds."""
    processes = [process, *process.children(recursive=True)]
    return sum(sum(p.cpu_times()[:2]) for p in processes) * 1000


def run_round(
    clients: list[Client],
    process: psutil.Process,
    seconds: float,
    size: int,
    count: int,
    send: Callable[[Client, list[bytes]], None],
) -> Round:
    """Let all clients work for a while and see what came of it."""
    result = Round()
    lock = threading.Lock()
    failed: list[BaseException] = []
    until = time.monotonic() + seconds

    def work(client: Client) -> None:
        try:
            while time.monotonic() < until:
                photos = [photograph(size) for _ in range(count)]
                began = time.perf_counter()
                send(client, photos)
                took = time.perf_counter() - began
                with lock:
                    result.latencies.append(took)
        except BaseException as error:  # noqa: BLE001  told by the main thread
            failed.append(error)

    before, began = cpu_ms(process), time.perf_counter()
    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - began
    result.cpu_ms = cpu_ms(process) - before
    if failed:
        raise failed[0]
    return result


def sign_in(port: int, login: str, password: str) -> str:
    """Return an access token."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = {"login": login, "password": password, "device": {"id": "bench", "name": "bench"}}
    connection.request(
        "POST", "/api/v1/sessions", json.dumps(body), {"Content-Type": "application/json"}
    )
    return str(json.loads(connection.getresponse().read())["access_token"])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--uploads", type=int, default=2000, help="for the memory figure")
    parser.add_argument("--memory", action="store_true", help="the memory figure only")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="inspect-bench-") as folder,
        EmbeddedStore(Path(folder)) as store,
    ):
        home, settings = Path(folder), store.start()
        env = {
            "INSPECT_HOME": str(home),
            "INSPECT_SECRET_KEY": "bench " * 8,
            "INSPECT_S3_ENDPOINT_URL": settings.endpoint_url,
            "INSPECT_S3_BUCKET": settings.bucket,
            "INSPECT_S3_ACCESS_KEY_ID": settings.access_key_id,
            "INSPECT_S3_SECRET_ACCESS_KEY": settings.secret_access_key,
        }
        password = _prepare(env)
        with gunicorn("wsgi:app", env, home / "ours.log") as (ours_port, ours):
            token = sign_in(ours_port, "chen", password)
            if options.memory:
                _memory(ours_port, ours, token, options.uploads)
                return
            with gunicorn("bench.raw_app:app", env, home / "raw.log") as (raw_port, raw):
                _compare(options.seconds, options.rounds, token, ours_port, ours, raw_port, raw)


def _prepare(env: dict[str, str]) -> str:
    settings = read_settings(env)
    migrate.migrate(settings.database_url)
    app = create_app(settings)
    with app.app_context():
        write_tx(lambda session: starter.load(session, clock.now()))
        people = write_tx(lambda session: starter.load_demo_people(session, clock.now()))
    return next(one.password for one in people if one.login == "chen")


def _compare(
    seconds: float,
    rounds: int,
    token: str,
    ours_port: int,
    ours: psutil.Process,
    raw_port: int,
    raw: psutil.Process,
) -> None:
    print("photos  kB   clients   records/s  raw/s  ratio   p50 ms  p95 ms   CPU-ms  raw CPU-ms")
    for count in (1, 3):
        for size in (200_000, 600_000):
            for clients in (1, 8):
                ours_clients = [Client(ours_port, token) for _ in range(clients)]
                raw_clients = [Client(raw_port, token) for _ in range(clients)]
                pairs = []
                for number in range(rounds + 1):
                    product = run_round(ours_clients, ours, seconds, size, count, Client.record)
                    baseline = run_round(raw_clients, raw, seconds, size, count, Client.raw)
                    # The first pair of rounds warms up both servers.
                    if number:
                        pairs.append((product, baseline))
                _print(count, size, clients, pairs)


def _print(count: int, size: int, clients: int, pairs: list[tuple[Round, Round]]) -> None:
    latencies = sorted(t for product, _ in pairs for t in product.latencies)
    p50 = latencies[len(latencies) // 2] * 1000
    p95 = latencies[int(len(latencies) * 0.95)] * 1000
    median = statistics.median
    print(
        f"{count:6d} {size // 1000:4d} {clients:8d}"
        f" {median(m.per_second for m, _ in pairs):11.1f}"
        f" {median(b.per_second for _, b in pairs):7.1f}"
        f" {median(m.per_second / b.per_second for m, b in pairs):6.2f}"
        f" {p50:8.1f} {p95:7.1f}"
        f" {median(m.cpu_each for m, _ in pairs):8.1f}"
        f" {median(b.cpu_each for _, b in pairs):9.1f}",
        flush=True,
    )


def _memory(port: int, process: psutil.Process, token: str, uploads: int) -> None:
    """Print the largest resident size of the web worker over many uploads."""
    clients = [Client(port, token) for _ in range(8)]
    sent, largest = 0, 0
    while sent < uploads:
        result = run_round(clients, process, 2.0, 600_000, 1, Client.record)
        sent += len(result.latencies)
        resident = max(p.memory_info().rss for p in process.children())
        largest = max(largest, resident)
        print(f"{sent:6d} uploads  worker RSS {resident / 1e6:6.1f} MB", flush=True)
    print(f"largest RSS of a worker over {sent} uploads of 600 kB: {largest / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
