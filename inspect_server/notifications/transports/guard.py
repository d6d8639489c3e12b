"""What every transport observes: time limits, trusted certificates, public addresses only."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from typing import Final

from inspect_server.core.sentences import sentence
from inspect_server.notifications.settings import NotificationSettings
from inspect_server.notifications.transports.outbound import Undelivered

# How long connecting and each read may take.
TIMEOUT_SECONDS: Final = 10.0
# How much of an answer is read.
MAX_ANSWER_BYTES: Final = 64 * 1024


def allowed_address(settings: NotificationSettings, host: str, port: int, *, plain: bool) -> str:
    """Return the IP address of a host. Raises `Undelivered` for addresses that may not be used.

    Refused are the inside of this machine, link-local and multicast addresses, and plain http
    to any other machine. `settings.loopback` allows this machine.
    """
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [_address(str(result[4][0])) for result in results]
    for address in addresses:
        if address.is_loopback and settings.loopback:
            continue
        inside = address.is_loopback or address.is_link_local or address.is_unspecified
        if plain or inside or address.is_multicast:
            raise Undelivered(sentence("接收地址不允许使用"), of_channel=True)
    return str(addresses[0])


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Parse an address; an IPv4 address written as IPv6 counts as IPv4."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def tls_context(settings: NotificationSettings) -> ssl.SSLContext:
    """Return the TLS settings: the system's certificate authorities and the operator's own."""
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    return context


def connection_error(receiver: str, error: object) -> str:
    """Describe a failed connection without the error's own text: that may hold the address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return sentence("{receiver}的证书不受信任", receiver=receiver)
    if isinstance(error, ssl.SSLError):
        return sentence("{receiver}的加密连接失败", receiver=receiver)
    if isinstance(error, TimeoutError):
        return sentence("{receiver}在时限内没有应答", receiver=receiver)
    if isinstance(error, socket.gaierror):
        return sentence("连不上{receiver}：找不到主机", receiver=receiver)
    if isinstance(error, ConnectionRefusedError):
        return sentence("连不上{receiver}：拒绝连接", receiver=receiver)
    kind = type(error).__name__
    return sentence("连不上{receiver}（{kind}）", receiver=receiver, kind=kind)
