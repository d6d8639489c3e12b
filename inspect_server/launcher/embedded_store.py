"""The embedded store 自带对象存储: SeaweedFS from its PyPI wheel, run as a child of `up`.

Only this machine can reach the store. S3 key and ports are kept over restarts, in one file that
only its owner may read; `seaweedfs` configures the protection.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from inspect_server.launcher import child_process, private_files, seaweedfs
from inspect_server.launcher.seaweedfs import BUCKET, HOST, EmbeddedStoreError
from media.store import ObjectStore, StoreError, StoreSettings

_READY_SECONDS: Final = 40.0
_STOP_SECONDS: Final = 15.0
# Longer than a store takes to end after its parent has ended.
_PREDECESSOR_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
# A lower limit is below what the process holds at rest: the collector then never stops, and a
# put costs four times the CPU (docs/stores.md).
_MEMORY: Final = {"GOMEMLIMIT": "512MiB", "GOGC": "50"}
_READY_KEY: Final = "ready/probe"


@dataclass(frozen=True, slots=True)
class _SavedSettings:
    """The settings that are kept over restarts."""

    access_key_id: str
    secret_access_key: str
    ports: dict[str, int]
    # Whether the store is configured to fsync each put.
    durable: bool = False

    @property
    def settings(self) -> StoreSettings:
        return StoreSettings(
            endpoint_url=f"http://{HOST}:{self.ports['s3']}",
            bucket=BUCKET,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
        )


class EmbeddedStore:
    """A SeaweedFS child under `home`/store.

    `settle` chooses ports and key, `launch` starts it, `wait_ready` returns after a successful put;
    `start` does all three.
    The child ends with the thread that launched it.
    """

    def __init__(self, home: Path, *, log: Path | None = None) -> None:
        self._home = (home / "store").resolve()
        self.log = log or self._home / "store.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._settings: StoreSettings | None = None
        self._lock: int | None = None

    def start(self) -> StoreSettings:
        """Run the store and wait until it stores objects."""
        settings = self.settle()
        self.launch()
        self.wait_ready()
        return settings

    def settle(self) -> StoreSettings:
        """Take the folder and fix ports and key, before anything runs.

        An EmbeddedStore keeps its ports for its life, so that its settings stay valid after a
        restart of the child; a new one chooses other ports if they are in use.
        Raises EmbeddedStoreError, OSError.
        """
        if self._settings is not None and self._lock is not None:
            return self._settings
        seaweedfs.find_weed()
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._home.chmod(0o700)
        (self._home / "data").mkdir(exist_ok=True, mode=0o700)
        self._take_lock()
        saved = self._read_saved()
        ports = seaweedfs.all_ports(saved.ports)
        if self._settings is None and not all(map(seaweedfs.is_free, ports)):
            saved = _SavedSettings(**{**asdict(saved), "ports": seaweedfs.free_ports()})
        self._write_saved(saved)
        self._settings = saved.settings
        return self._settings

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the child without waiting for it. Raises EmbeddedStoreError, OSError."""
        self.settle()
        saved = self._read_saved()
        self._write_secrets(saved)
        # Options of an earlier run must not mix with these.
        (self._home / "data" / "mini.options").unlink(missing_ok=True)
        self._child = child_process.start(
            [str(seaweedfs.find_weed()), *seaweedfs.options(saved.ports)],
            cwd=self._home,
            env=self._env(),
            log=self.log,
            pass_fds=() if self._lock is None else (self._lock,),
        )
        return self._child

    def wait_ready(self, seconds: float = _READY_SECONDS) -> None:
        """Return when the store has stored and deleted an object, durably from now on.

        Raises EmbeddedStoreError when the child ends or the time is up.
        """
        child, settings = self._running()
        deadline = time.monotonic() + seconds
        address = HOST, int(settings.endpoint_url.rpartition(":")[2])
        for _ in self._until(deadline, child):
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(address) == 0:
                    break
        store = ObjectStore(settings)
        for _ in self._until(deadline, child):
            try:
                store.ensure_bucket()
                _put_and_delete(store)
                break
            except StoreError:
                continue
        store.close()
        saved = self._read_saved()
        if not saved.durable:
            self._make_durable(saved)

    def stop(self) -> None:
        """End the child; stopping a stopped store does nothing."""
        if self._child is not None:
            child_process.stop(self._child, _STOP_SECONDS)
            self._child = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def pid(self) -> int | None:
        """The process id of the child, None while it is stopped."""
        return None if self._child is None else self._child.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _take_lock(self) -> None:
        """Take the lock: two stores must never write one folder.

        The child holds it too, so it is free only when a child that outlived its parent by a
        moment has really ended."""
        if self._lock is not None:
            return
        lock = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + _PREDECESSOR_SECONDS
        while not _try_lock(lock):
            if time.monotonic() > deadline:
                os.close(lock)
                raise EmbeddedStoreError(
                    f"{self._home} 正被另一个对象存储进程使用 (another store uses this folder)"
                )
            time.sleep(_POLL_SECONDS)
        self._lock = lock

    def _running(self) -> tuple[subprocess.Popen[bytes], StoreSettings]:
        if self._child is None or self._settings is None:
            raise EmbeddedStoreError("对象存储尚未启动 (the store was not launched)")
        return self._child, self._settings

    def _until(self, deadline: float, child: subprocess.Popen[bytes]) -> Iterator[None]:
        """Yield again and again until the deadline. Raises when the child has ended."""
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise EmbeddedStoreError(
                    f"对象存储进程退出了（代码 {child.returncode}），日志在 {self.log} "
                    "(the object store ended, see its log)"
                )
            yield
            time.sleep(_POLL_SECONDS)
        raise EmbeddedStoreError(
            f"对象存储迟迟未就绪，日志在 {self.log} (the object store is not ready in time)"
        )

    def _make_durable(self, saved: _SavedSettings) -> None:
        """Have every put fsynced before it is acknowledged; the store remembers it."""
        try:
            answer = subprocess.run(
                [str(seaweedfs.find_weed()), "shell", f"-master={HOST}:{saved.ports['master']}"],
                input=b"fs.configure -locationPrefix=/buckets/ -fsync -apply\n",
                cwd=self._home,
                env=self._env(),
                capture_output=True,
                timeout=30,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedStoreError("对象存储不接受落盘设置 (fsync was not accepted)") from error
        if b'"fsync":  true' not in answer.stdout + answer.stderr:
            raise EmbeddedStoreError("对象存储不接受落盘设置 (fsync was not accepted)")
        self._write_saved(_SavedSettings(**{**asdict(saved), "durable": True}))

    def _env(self) -> dict[str, str]:
        """Return a minimal environment: no secret of the service, no setting of the user."""
        return {"PATH": os.defpath, "HOME": str(self._home), **_MEMORY}

    @property
    def _saved_file(self) -> Path:
        return self._home / "settings.json"

    def _read_saved(self) -> _SavedSettings:
        return _read_file(self._saved_file) or _SavedSettings(
            access_key_id=secrets.token_hex(10),
            secret_access_key=secrets.token_urlsafe(30),
            ports=seaweedfs.free_ports(),
        )

    def _write_saved(self, saved: _SavedSettings) -> None:
        private_files.write(self._saved_file, json.dumps(asdict(saved)).encode())

    def _write_secrets(self, saved: _SavedSettings) -> None:
        """Write the S3 identity, and tokens and certificates for this start."""
        credentials = {"accessKey": saved.access_key_id, "secretKey": saved.secret_access_key}
        identity = {
            "name": "inspect-server",
            "credentials": [credentials],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        private_files.write(self._home / "s3.json", json.dumps({"identities": [identity]}).encode())
        authority, certificate, key = seaweedfs.make_certificates()
        private_files.write(self._home / "ca.crt", authority)
        private_files.write(self._home / "node.crt", certificate)
        private_files.write(self._home / "node.key", key)
        private_files.write(self._home / "security.toml", seaweedfs.security_toml().encode())


def store_variables(settings: StoreSettings | None) -> dict[str, str]:
    """Return the environment variables that tell a child of a store; none without a store."""
    if settings is None:
        return {}
    return {
        "INSPECT_S3_ENDPOINT_URL": settings.endpoint_url,
        "INSPECT_S3_BUCKET": settings.bucket,
        "INSPECT_S3_ACCESS_KEY_ID": settings.access_key_id,
        "INSPECT_S3_SECRET_ACCESS_KEY": settings.secret_access_key,
        "INSPECT_S3_REGION": settings.region,
        "INSPECT_S3_ADDRESSING": settings.addressing,
    }


def settings_of(home: Path) -> StoreSettings | None:
    """Return the settings of the store below `home`, running or not; None without a store."""
    saved = _read_file(home / "store" / "settings.json")
    return None if saved is None else saved.settings


def _read_file(file: Path) -> _SavedSettings | None:
    try:
        return _SavedSettings(**json.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise EmbeddedStoreError(
            f"{file} 已损坏，请从备份恢复 (damaged, restore it from a backup)"
        ) from error


def _put_and_delete(store: ObjectStore) -> None:
    """Store an object as the service does, and delete it."""
    store.put(
        _READY_KEY,
        b"ready",
        bytes=5,
        sha256="b24d6d33736ecd5604a4b17bc9c6481039fac362bb7df044ef1c10a2bfd21db6",
        mime="text/plain",
    )
    store.delete(_READY_KEY)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
