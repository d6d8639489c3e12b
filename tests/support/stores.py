"""Real object stores for tests: SeaweedFS as the product starts it, and MinIO wherever it is."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError

from inspect_server.launcher import child_process
from inspect_server.launcher.embedded_store import EmbeddedStore
from inspect_server.launcher.seaweedfs import EmbeddedStoreError
from media.store import ObjectStore, StoreSettings

STORES = ("seaweedfs", "minio")
_READY_SECONDS = 60


class StoreLeftOut(Exception):
    """This store is not available on this machine; the text says why and what to do."""


@contextmanager
def running(name: str, folder: Path, environ: Mapping[str, str]) -> Iterator[StoreSettings]:
    """Settings of a running store of `STORES` with an empty bucket of its own.

    Raises StoreLeftOut.
    """
    start = {"seaweedfs": seaweed, "minio": minio}[name]
    with start(folder, environ) as settings:
        yield settings


@contextmanager
def seaweed(folder: Path, _environ: Mapping[str, str] = os.environ) -> Iterator[StoreSettings]:
    """SeaweedFS, started and secured exactly as `inspect-server up` does it."""
    with ExitStack() as stack:
        try:
            settings = stack.enter_context(EmbeddedStore(folder)).start()
        except EmbeddedStoreError:
            # Another run took one of its ports between the choice and the start: it moves away.
            stack.close()
            settings = stack.enter_context(EmbeddedStore(folder)).start()
        yield settings


@contextmanager
def minio(folder: Path, environ: Mapping[str, str] = os.environ) -> Iterator[StoreSettings]:
    """MinIO: the server named by INSPECT_TEST_S3_*, else a child of ours."""
    configured = _given(environ)
    if configured is not None:
        store = ObjectStore(configured)
        store.ensure_bucket()
        store.close()
        yield configured
        return
    with _minio_child(find_minio(environ), folder) as settings:
        yield settings


def left_out(name: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Why a store of `STORES` will not run here, for the summary; None when it will."""
    if name != "minio" or _given(environ) is not None:
        return None
    try:
        find_minio(environ)
    except StoreLeftOut as reason:
        return str(reason)
    return None


def find_minio(environ: Mapping[str, str] = os.environ) -> Path:
    """The MinIO program: on PATH, else the one `make minio` built. Raises StoreLeftOut."""
    on_path = shutil.which("minio", path=environ.get("PATH"))
    if on_path:
        return Path(on_path)
    built = cached_minio(environ)
    if os.access(built, os.X_OK):
        return built
    raise StoreLeftOut(
        "MinIO: no server found; `make minio` builds one, INSPECT_TEST_S3_* name one"
    )


def cached_minio(environ: Mapping[str, str] = os.environ) -> Path:
    """Where deploy/minio/obtain.sh keeps its build."""
    cache = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(cache) / "inspect-server" / "minio" / "minio"


def _given(environ: Mapping[str, str]) -> StoreSettings | None:
    endpoint = environ.get("INSPECT_TEST_S3_ENDPOINT_URL")
    if not endpoint:
        return None
    return StoreSettings(
        endpoint_url=endpoint,
        bucket=environ.get("INSPECT_TEST_S3_BUCKET") or f"inspect-test-{secrets.token_hex(6)}",
        access_key_id=environ["INSPECT_TEST_S3_ACCESS_KEY_ID"],
        secret_access_key=environ["INSPECT_TEST_S3_SECRET_ACCESS_KEY"],
        region=environ.get("INSPECT_TEST_S3_REGION", "us-east-1"),
        addressing="virtual" if environ.get("INSPECT_TEST_S3_ADDRESSING") == "virtual" else "path",
    )


@contextmanager
def _minio_child(program: Path, folder: Path) -> Iterator[StoreSettings]:
    port = _free_port()
    settings = StoreSettings(
        endpoint_url=f"http://127.0.0.1:{port}",
        bucket="inspect",
        access_key_id=secrets.token_hex(10),
        secret_access_key=secrets.token_hex(20),
    )
    (folder / "minio").mkdir(parents=True)
    log = folder / "minio.log"
    child = child_process.start(
        [str(program), "server", "minio", "--address", f"127.0.0.1:{port}"],
        cwd=folder,
        env={
            "PATH": os.defpath,
            "HOME": str(folder),
            "MINIO_ROOT_USER": settings.access_key_id,
            "MINIO_ROOT_PASSWORD": settings.secret_access_key,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        },
        log=log,
    )
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while not _answers(f"{settings.endpoint_url}/minio/health/ready"):
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MinIO did not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)
        store = ObjectStore(settings)
        store.ensure_bucket()
        store.close()
        yield settings
    finally:
        child_process.stop(child, 10)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
