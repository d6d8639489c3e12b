"""TLS on a local network 局域网, for `up --lan`: certificates, their install page, QR codes.

A phone gives a page its camera, service worker and WebCrypto only in a secure context, so plain
http is not enough on the local network. The certificate authority (CA) is this machine's own. It
is constrained to private addresses and `.local` names: nobody can impersonate a site of the
internet with its key.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import ClassVar, Final

import ifaddr
import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inspect_server.core import templates
from inspect_server.launcher import private_files

_AUTHORITY_DAYS: Final = 3650
# Phones refuse server certificates of more than 825 days; ours live about a year.
_LEAF_DAYS: Final = 397
_RENEW_DAYS: Final = 30
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NETWORKS: Final = (ipaddress.IPv4Network, ipaddress.IPv6Network)
_PRIVATE: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)
_LOCAL_NAMES: Final = ("local", "localhost")
_CERTIFICATE_PATH: Final = "/inspect-ca.crt"
_READ_SECONDS: Final = 10


class LanImpossible(Exception):
    """This machine has no address that a phone could reach 没有局域网."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Certificates of this machine 本机证书.

    Files of the CA's certificate, of the server's certificate (leaf) and its key; the addresses of
    the leaf, the main one first; the CA's SHA-256 fingerprint, to be compared by eye.
    """

    authority: Path
    certificate: Path
    key: Path
    addresses: tuple[str, ...]
    fingerprint: str


def identity(home: Path, addresses: Sequence[str] | None = None) -> Identity:
    """Return the CA of `home` and a leaf for these addresses 本机证书; the first is the main one.

    The CA is made once. A new one is made only when the main address lies outside the networks it
    may certify: then every phone has to install it again. The leaf is renewed when it nears its
    end, the addresses changed or the CA is another. Raises `LanImpossible`.
    """
    present = tuple(addresses if addresses is not None else lan_addresses())
    if not present:
        raise LanImpossible(
            "没有找到局域网地址，请先连上网络 (no address on a local network was found)"
        )
    folder = home / "ca"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority, authority_key = _authority(folder, present)
    leaf = folder / "server.crt"
    permitted = _permitted(authority)
    certified = tuple(a for a in present if _lies_in(a, permitted))
    names = _names(certified)
    if not _still_good(leaf, authority, names):
        _make_leaf(folder, authority, authority_key, names)
    digest = authority.fingerprint(hashes.SHA256()).hex().upper()
    return Identity(
        authority=folder / "ca.crt",
        certificate=leaf,
        key=folder / "server.key",
        addresses=certified,
        fingerprint=":".join(re.findall("..", digest)),
    )


def lan_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine 局域网地址, that of the default route first."""
    addresses = [_default_address(), *_interface_addresses()]
    unique = dict.fromkeys(address for address in addresses if address is not None)
    return [address for address in unique if not ipaddress.ip_address(address).is_loopback]


def _default_address() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Chooses the interface; nothing is sent. The address is reserved for documentation.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _interface_addresses() -> list[str]:
    return [
        str(address.ip)
        for adapter in ifaddr.get_adapters()
        for address in adapter.ips
        if address.is_IPv4
    ]


# --- certificates ---------------------------------------------------------------------------


def _authority(
    folder: Path, addresses: Sequence[str]
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return the CA stored in `folder`, if it may certify the main address; else a new one."""
    certificate_file, key_file = folder / "ca.crt", folder / "ca.key"
    if certificate_file.is_file() and key_file.is_file():
        key = load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise LanImpossible(f"{key_file} 不是本程序的密钥 (not a key of ours)")
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        if _lies_in(addresses[0], _permitted(certificate)):
            return certificate, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "文明城市巡查（本机）"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"巡查本机证书 {socket.gethostname()}"[:64]),
        ]
    )
    # Some offices use public addresses: then exactly those are permitted, one by one.
    public = [text for text in addresses if not _lies_in(text, map(ipaddress.ip_network, _PRIVATE))]
    networks = [x509.IPAddress(ipaddress.ip_network(text)) for text in (*_PRIVATE, *public)]
    names = [x509.DNSName(text) for text in _LOCAL_NAMES]
    certificate = (
        _builder(name, name, key.public_key(), _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints(permitted_subtrees=[*networks, *names], excluded_subtrees=None),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private_files.write(key_file, _pem(key))
    private_files.write(certificate_file, certificate.public_bytes(Encoding.PEM))
    return certificate, key


def _permitted(authority: x509.Certificate) -> list[Network]:
    """Return the networks that a CA may certify."""
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return [
        name.value
        for name in constraints.permitted_subtrees or ()
        if isinstance(name, x509.IPAddress) and isinstance(name.value, _NETWORKS)
    ]


def _lies_in(address: str, networks: Iterable[Network]) -> bool:
    return any(ipaddress.ip_address(address) in network for network in networks)


def _names(addresses: Sequence[str]) -> list[x509.GeneralName]:
    """Return every name of the leaf: the addresses, those of this machine, `<host>.local`."""
    host = re.sub(r"[^a-z0-9-]", "-", socket.gethostname().split(".")[0].lower()).strip("-")
    names: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_address(text))
        for text in dict.fromkeys((*addresses, "127.0.0.1"))
    ]
    names.append(x509.DNSName("localhost"))
    if host:
        names.append(x509.DNSName(f"{host}.local"))
    return names


def _still_good(leaf: Path, authority: x509.Certificate, names: Sequence[x509.GeneralName]) -> bool:
    if not leaf.is_file() or not leaf.with_name("server.key").is_file():
        return False
    certificate = x509.load_pem_x509_certificate(leaf.read_bytes())
    if certificate.not_valid_after_utc - datetime.now(UTC) < timedelta(days=_RENEW_DAYS):
        return False
    certified = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    signer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    ours = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return set(certified) == set(names) and signer.key_identifier == ours.digest


def _make_leaf(
    folder: Path,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    names: Sequence[x509.GeneralName],
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "inspect-server")])
    ours = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _builder(subject, authority.subject, key.public_key(), _LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ours), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    private_files.write(folder / "server.key", _pem(key))
    private_files.write(folder / "server.crt", certificate.public_bytes(Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A phone's clock may be behind ours.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


# --- the install page -----------------------------------------------------------------------


def page_command(tls: Identity, host: str, port: int, origin: str) -> list[str]:
    """Return the command that serves the install page 证书安装页; it gets no secret."""
    return [
        *(sys.executable, "-I", "-c", _PAGE),
        str(Path(__file__).resolve().parents[2]),
        *(str(tls.authority), tls.fingerprint, host, str(port), origin),
    ]


_PAGE: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "import inspect_server.launcher.lan_tls as lan; lan.serve_page(*sys.argv[2:])"
)


def page_answers(port: int) -> bool:
    """Say whether the install page is up and serves the certificate."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("HEAD", _CERTIFICATE_PATH)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def serve_page(authority: str, fingerprint: str, host: str, port: str, origin: str) -> None:
    """Serve the page and the certificate, and nothing else, until the process ends."""
    _Page.certificate = Path(authority).read_bytes()
    _Page.text = page(fingerprint, origin).encode()
    with ThreadingHTTPServer((host, int(port)), _Page) as server:
        server.serve_forever()


class _Page(BaseHTTPRequestHandler):
    """Two fixed answers; no request path is ever opened as a file."""

    timeout = _READ_SECONDS
    server_version = "inspect-server"
    sys_version = ""
    certificate: ClassVar[bytes] = b""
    text: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        """Answer with the page or the certificate."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer as GET, without a body."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        answers = {
            "/": (self.text, "text/html; charset=utf-8"),
            # This type makes iOS, Android and HarmonyOS offer to install it.
            _CERTIFICATE_PATH: (self.certificate, "application/x-x509-ca-cert"),
        }
        content, mime = answers.get(self.path, (b"", ""))
        if not mime:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if with_body:
            self.wfile.write(content)


def page(fingerprint: str, origin: str) -> str:
    """Return the install page 证书安装页, with the steps for each kind of phone."""
    return templates.load("inspect_server.launcher", "install_certificate.html").render(
        certificate_path=_CERTIFICATE_PATH, fingerprint=fingerprint, origin=origin
    )


def invitation(tls: Identity, install_page: str, origin: str) -> str:
    """Return the QR codes 二维码 that the terminal shows when page and service are up."""
    return (
        f"第一步：手机连同一个 Wi-Fi，扫码安装证书（每部手机一次）\n"
        f"(1. install the certificate) {install_page}\n{_code(install_page)}\n"
        f"证书指纹（SHA-256），请与手机上的核对：\n  {tls.fingerprint}\n\n"
        f"第二步：扫码打开系统 (2. open) {origin}\n{_code(origin)}\n"
    )


def _code(text: str) -> str:
    out = StringIO()
    segno.make(text, error="m").terminal(out, compact=True)
    return out.getvalue()
