"""What leaves the house 外发: e-mail by SMTP and messages to group robots, each sent once per call.

Knows no row and no retry. A refusal is told as `Undelivered` in words that hold no address, no
secret and no line of the message: they stand in a log and on an admin's screen.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import smtplib
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import SplitResult, quote_plus, urlsplit

import urllib3

from schemas.vocabulary import ChannelKind

Security = Literal["tls", "starttls", "none"]
SECONDS: Final = 10.0
LONGEST_ANSWER: Final = 64 * 1024
# The receivers' words for "too many at once": the channel is to be left alone, not the message.
TOO_FAST: Final = frozenset({130101, 45009})


class Undelivered(Exception):
    """未送达: the message was not taken, or nobody can say that it was.

    `of_channel`: the receiver as a whole is out of reach; otherwise it refused this message.
    """

    def __init__(self, reason: str, *, of_channel: bool) -> None:
        """`reason` is for an admin."""
        super().__init__(reason)
        self.reason = reason[:300]
        self.of_channel = of_channel


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server 邮件服务器."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingSettings:
    """What the outside may be reached with; without SMTP no mail leaves."""

    smtp: SmtpSettings | None = None
    # Authorities of one's own, beside the system's.
    ca_file: Path | None = None
    # Robots on this very machine, over plain http too: for tests and for a relay beside us.
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, worded for every kind of channel; `key` is the same at every attempt."""

    key: str
    subject: str
    text: str
    markdown: str


def send(
    settings: OutgoingSettings,
    kind: ChannelKind,
    address: str,
    secret: str | None,
    letter: Letter,
    now: datetime,
) -> None:
    """Hand a letter to its receiver. Raises `Undelivered`."""
    if kind is ChannelKind.EMAIL:
        _mail(settings, address, letter, now)
    else:
        url = _signed(address, secret, now) if kind is ChannelKind.DINGTALK and secret else address
        _post(settings, url, _robot_body(kind, letter), letter.key)


# --- e-mail --------------------------------------------------------------------------------------


def _mail(settings: OutgoingSettings, address: str, letter: Letter, now: datetime) -> None:
    smtp = settings.smtp
    if smtp is None:
        raise Undelivered("未配置邮件服务器(INSPECT_SMTP_HOST)", of_channel=True)
    message = EmailMessage()
    message["From"] = smtp.sender
    message["To"] = address
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.key}@{smtp.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    try:
        line = _smtp_line(smtp, _trust(settings))
        try:
            line.send_message(message)
        finally:
            # Taken is taken, whatever the good-bye says.
            with suppress(OSError, smtplib.SMTPException):
                line.quit()
    except smtplib.SMTPRecipientsRefused as refused:
        code = next(iter(refused.recipients.values()))[0]
        raise Undelivered(f"邮件服务器拒收该收件地址({code})", of_channel=False) from None
    except smtplib.SMTPDataError as refused:
        raise Undelivered(f"邮件服务器拒收内容({refused.smtp_code})", of_channel=False) from None
    except smtplib.SMTPAuthenticationError as refused:
        raise Undelivered(
            f"邮件服务器不接受账号或密码({refused.smtp_code})", of_channel=True
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise Undelivered("邮件服务器不支持所要求的加密或登录方式", of_channel=True) from None
    except smtplib.SMTPResponseException as refused:
        raise Undelivered(f"邮件服务器出错({refused.smtp_code})", of_channel=True) from None
    except smtplib.SMTPException as fault:
        raise Undelivered(f"邮件服务器出错({type(fault).__name__})", of_channel=True) from None
    except OSError as fault:
        raise Undelivered(_line_fault("邮件服务器", fault), of_channel=True) from None


def _smtp_line(smtp: SmtpSettings, trust: ssl.SSLContext) -> smtplib.SMTP:
    if smtp.security == "tls":
        line: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=SECONDS, context=trust)
    else:
        line = smtplib.SMTP(smtp.host, smtp.port, timeout=SECONDS)
    try:
        if smtp.security == "starttls":
            line.starttls(context=trust)
        if smtp.user is not None:
            line.login(smtp.user, smtp.password or "")
    except BaseException:
        line.close()
        raise
    return line


# --- group robots --------------------------------------------------------------------------------


def _robot_body(kind: ChannelKind, letter: Letter) -> dict[str, Any]:
    """The JSON each robot reads; both show markdown."""
    if kind is ChannelKind.WECOM:
        return {"msgtype": "markdown", "markdown": {"content": letter.markdown}}
    return {
        "msgtype": "markdown",
        "markdown": {"title": letter.subject, "text": letter.markdown},
    }


def signature(secret: str, timestamp: int) -> str:
    """The DingTalk signature 加签: HMAC-SHA256 over timestamp and secret, in base64."""
    said = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), said, hashlib.sha256).digest()).decode()


def _signed(url: str, secret: str, now: datetime) -> str:
    timestamp = int(now.timestamp() * 1000)
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}timestamp={timestamp}&sign={quote_plus(signature(secret, timestamp))}"


def _post(settings: OutgoingSettings, url: str, body: Mapping[str, Any], key: str) -> None:
    parts = urlsplit(url)
    path = parts.path or "/"
    try:
        with _pool(settings, parts) as pool:
            answer = pool.urlopen(
                "POST",
                f"{path}?{parts.query}" if parts.query else path,
                body=json.dumps(body, ensure_ascii=False).encode(),
                headers={
                    "Host": parts.netloc,
                    "Content-Type": "application/json; charset=utf-8",
                    "Idempotency-Key": key,
                    "User-Agent": "inspect-server",
                },
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                said = answer.read(LONGEST_ANSWER)
            finally:
                answer.close()
    except urllib3.exceptions.SSLError as fault:
        raise Undelivered(_line_fault("接收地址", fault.args[0]), of_channel=True) from None
    except urllib3.exceptions.NewConnectionError as fault:
        # The library counts it among the time-outs; what went wrong is its cause.
        reason = _line_fault("接收地址", fault.__cause__ or fault)
        raise Undelivered(reason, of_channel=True) from None
    except urllib3.exceptions.TimeoutError:
        raise Undelivered("接收地址在时限内没有应答", of_channel=True) from None
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as fault:
        raise Undelivered(_line_fault("接收地址", fault), of_channel=True) from None
    _judge(answer.status, said)


def _pool(settings: OutgoingSettings, parts: SplitResult) -> urllib3.HTTPConnectionPool:
    """A line to the very address that was looked up and looked at, so that no second look-up
    leads elsewhere; the certificate is still that of the name.
    """
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _allowed_address(settings, host, port, plain=parts.scheme != "https")
    timeout = urllib3.Timeout(connect=SECONDS, read=SECONDS)
    if parts.scheme != "https":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        ssl_context=_trust(settings),
        server_hostname=host,
        assert_hostname=host,
    )


def _allowed_address(settings: OutgoingSettings, host: str, port: int, *, plain: bool) -> str:
    """Look a host up; refuse this machine's inside and neighbours nobody routes to."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [_address(str(one[4][0])) for one in found]
    for address in addresses:
        if address.is_loopback and settings.loopback:
            continue
        inside = address.is_loopback or address.is_link_local or address.is_unspecified
        if plain or inside or address.is_multicast:
            raise Undelivered("接收地址不允许使用", of_channel=True)
    return str(addresses[0])


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as it is reached: one of IPv4 may come dressed as IPv6."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _judge(status: int, said: bytes) -> None:
    """A robot that took a message says 200 and `errcode` 0; a login page says 200 too."""
    if status != 200:
        too_busy = status in (401, 403, 404, 408, 429) or status >= 500 or 300 <= status < 400
        raise Undelivered(f"接收地址应答 HTTP {status}", of_channel=too_busy)
    try:
        code = json.loads(said)["errcode"]
    except (ValueError, KeyError, TypeError):
        raise Undelivered("接收地址的应答不是群机器人的应答", of_channel=True) from None
    if code != 0:
        number = code if isinstance(code, int) else None
        raise Undelivered(f"群机器人拒收(errcode {number})", of_channel=number in TOO_FAST)


def _trust(settings: OutgoingSettings) -> ssl.SSLContext:
    trust = ssl.create_default_context()
    if settings.ca_file is not None:
        trust.load_verify_locations(settings.ca_file)
    return trust


def _line_fault(who: str, fault: object) -> str:
    """What is wrong with a line, without the text of the fault: that may hold the address."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"{who}的证书不受信任"
    if isinstance(fault, ssl.SSLError):
        return f"{who}的加密连接失败"
    if isinstance(fault, TimeoutError):
        return f"{who}在时限内没有应答"
    if isinstance(fault, socket.gaierror):
        return f"连不上{who}:找不到主机"
    if isinstance(fault, ConnectionRefusedError):
        return f"连不上{who}:拒绝连接"
    return f"连不上{who}({type(fault).__name__})"
