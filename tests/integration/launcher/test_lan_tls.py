"""The machine's own CA: phones accept its certificates, and it cannot sign other names."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from inspect_server.launcher import lan_tls
from inspect_server.launcher.lan_tls import LanImpossible, identity

OFFICE = "192.168.1.20"


def handshake(tls, host):
    """A real TLS handshake in memory: a phone that trusts the CA asks for `host`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.certificate, tls.key)
    phone = ssl.create_default_context(cafile=str(tls.authority))
    to_server, to_phone = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        phone.wrap_bio(to_phone, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_phone, server_side=True),
    ]
    waiting = True
    while waiting:
        waiting = False
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                waiting = True
    return ends[0].getpeercert()


def forged_leaf(tls, *names):
    """A certificate for any names, as a thief of the CA's key could sign one."""
    folder = tls.authority.parent
    authority = x509.load_pem_x509_certificate(tls.authority.read_bytes())
    key = load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    lan_tls._make_leaf(folder, authority, key, names)


def leaf(tls):
    return x509.load_pem_x509_certificate(tls.certificate.read_bytes())


@pytest.mark.parametrize("host", [OFFICE, "10.1.2.3", "127.0.0.1", "localhost"])
def test_a_phone_that_trusts_the_ca_trusts_every_address(tmp_path, host):
    tls = identity(tmp_path, [OFFICE, "10.1.2.3"])
    assert handshake(tls, host)


def test_another_address_has_no_valid_certificate(tmp_path):
    tls = identity(tmp_path, [OFFICE])
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tls, "192.168.1.21")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("www.example.cn", x509.DNSName("www.example.cn")),
        ("203.0.113.5", x509.IPAddress(ipaddress.ip_address("203.0.113.5"))),
    ],
)
def test_a_stolen_ca_key_cannot_pose_as_a_site_of_the_internet(tmp_path, host, name):
    tls = identity(tmp_path, [OFFICE])
    forged_leaf(tls, name)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        handshake(tls, host)


def test_the_same_forgery_for_an_office_address_is_accepted(tmp_path):
    tls = identity(tmp_path, [OFFICE])
    forged_leaf(tls, x509.IPAddress(ipaddress.ip_address("192.168.9.9")))
    assert handshake(tls, "192.168.9.9")


def test_an_office_with_public_addresses_is_served_too(tmp_path):
    tls = identity(tmp_path, ["203.0.113.5"])
    assert handshake(tls, "203.0.113.5")


def test_the_keys_are_for_their_owner_only(tmp_path):
    tls = identity(tmp_path, [OFFICE])
    modes = [path.stat().st_mode & 0o077 for path in tls.authority.parent.iterdir()]
    assert tls.authority.parent.stat().st_mode & 0o077 == 0
    assert modes == [0] * 4


def test_the_second_start_changes_nothing(tmp_path):
    first = identity(tmp_path, [OFFICE])
    before = first.authority.read_bytes(), first.certificate.read_bytes()
    second = identity(tmp_path, [OFFICE])
    assert (second.authority.read_bytes(), second.certificate.read_bytes()) == before
    assert second == first


def test_a_new_address_needs_a_new_leaf_but_no_new_ca(tmp_path):
    first = identity(tmp_path, [OFFICE])
    serial = leaf(first).serial_number
    second = identity(tmp_path, ["10.1.2.3"])
    assert second.fingerprint == first.fingerprint
    assert leaf(second).serial_number != serial
    assert handshake(second, "10.1.2.3")


def test_a_leaf_near_its_end_is_renewed(tmp_path, monkeypatch):
    with monkeypatch.context() as soon:
        soon.setattr(lan_tls, "_LEAF_DAYS", 29)
        first = identity(tmp_path, [OFFICE])
        serial = leaf(first).serial_number
    renewed = leaf(identity(tmp_path, [OFFICE]))
    assert renewed.serial_number != serial
    assert renewed.not_valid_after_utc - datetime.now(UTC) > timedelta(days=300)


def test_phones_accept_how_long_the_leaf_lives(tmp_path):
    certificate = leaf(identity(tmp_path, [OFFICE]))
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=398)


def test_an_address_outside_the_ca_takes_a_new_ca(tmp_path):
    first = identity(tmp_path, [OFFICE])
    moved = identity(tmp_path, ["203.0.113.5"])
    assert moved.fingerprint != first.fingerprint
    assert handshake(moved, "203.0.113.5")


def test_a_side_address_outside_the_ca_is_left_out(tmp_path):
    identity(tmp_path, [OFFICE])
    assert identity(tmp_path, [OFFICE, "203.0.113.5"]).addresses == (OFFICE,)


def test_without_a_network_it_says_so(tmp_path):
    with pytest.raises(LanImpossible, match="局域网地址"):
        identity(tmp_path, [])


def test_the_page_names_every_kind_of_phone_and_the_fingerprint(tmp_path):
    tls = identity(tmp_path, [OFFICE])
    html = lan_tls.page(tls.fingerprint, "https://192.168.1.20:8460/")
    assert all(name in html for name in ("安卓", "苹果", "鸿蒙", "证书信任设置", tls.fingerprint))
    assert "https://192.168.1.20:8460/" in html


def test_the_invitation_shows_the_page_before_the_service(tmp_path):
    tls = identity(tmp_path, [OFFICE])
    shown = lan_tls.invitation(tls, "http://192.168.1.20:8461/", "https://192.168.1.20:8460/")
    assert shown.index("http://192.168.1.20:8461/") < shown.index("https://192.168.1.20:8460/")
    assert tls.fingerprint in shown
