"""Receivers of notices 通知接收方: a real mail server and a group robot on this machine."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, cast
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from inspect_server.launcher import lan_tls
from inspect_server.notifications.settings import SmtpSettings

SENDER = "inspect@chuangwen.example"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# --- e-mail --------------------------------------------------------------------------------------


@dataclass
class Mailbox:
    """What the mail server received, and how it is reached."""

    port: int
    settings: SmtpSettings
    mails: list[EmailMessage] = field(default_factory=list)
    # The refusal it answers to a recipient; None accepts it.
    refuses: Callable[[str], str | None] = lambda _recipient: None

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Accept or refuse a recipient."""
        refusal = self.refuses(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        """Accept a mail."""
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(cast(EmailMessage, mail))
        return "250 taken"


@contextmanager
def mail_server(
    security: str = "none",
    tls: lan_tls.Identity | None = None,
    password: str | None = None,
    port: int | None = None,
) -> Iterator[Mailbox]:
    """Run a mail server; a password (STARTTLS only) is required of the user `inspect`."""
    chosen_port = port or free_port()
    user = "inspect" if password else None
    settings = SmtpSettings("127.0.0.1", chosen_port, security, SENDER, user, password)  # type: ignore[arg-type]
    mailbox = Mailbox(chosen_port, settings)
    options: dict[str, Any] = {
        "hostname": "127.0.0.1",
        "port": chosen_port,
        "enable_SMTPUTF8": True,
    }
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        options |= (
            {"ssl_context": context}
            if security == "tls"
            else {"tls_context": context, "require_starttls": True}
        )
    if password:

        def check(_server: Any, _session: Any, _envelope: Any, _how: str, login: Any) -> AuthResult:
            right = isinstance(login, LoginPassword) and login.password == password.encode()
            return AuthResult(success=right, handled=False)

        options |= {"authenticator": check, "auth_required": True}
    controller = Controller(mailbox, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


# --- a group robot -------------------------------------------------------------------------------


@dataclass
class RobotRequest:
    """One request a robot received."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def markdown(self) -> str:
        """The text of the message, of DingTalk or of WeCom."""
        return str(self.body["markdown"].get("text") or self.body["markdown"]["content"])


@dataclass
class Robot:
    """A group robot: the requests it received, and what it answers."""

    url: str
    received: list[RobotRequest] = field(default_factory=list)
    # Status, body and further headers of the answer to a request.
    answer: Callable[[RobotRequest], tuple[int, bytes, dict[str, str]]] = lambda _request: (
        200,
        b'{"errcode":0,"errmsg":"ok"}',
        {},
    )

    def always_answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer every request like this from now on."""
        self.answer = lambda _request: (status, body, headers)


class _RobotHandler(BaseHTTPRequestHandler):
    robot: ClassVar[Robot]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        parts = urlsplit(self.path)
        request = RobotRequest(
            parts.path,
            parse_qs(parts.query),
            dict(self.headers),
            json.loads(self.rfile.read(length)),
        )
        self.robot.received.append(request)
        status, body, headers = self.robot.answer(request)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Write no access log."""


@contextmanager
def group_robot(tls: lan_tls.Identity | None = None, port: int = 0) -> Iterator[Robot]:
    """Run a group robot."""
    handler = type("RobotHandler", (_RobotHandler,), {})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.certificate, tls.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https" if tls else "http"
        robot = Robot(f"{scheme}://127.0.0.1:{server.server_port}/robot/send?access_token=t0ken")
        handler.robot = robot  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield robot
        finally:
            server.shutdown()
            thread.join()
