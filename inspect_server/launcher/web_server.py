"""The web server 网站 of `up`: gunicorn behind a gate that opens when the database is prepared."""

from __future__ import annotations

import http.client
import os
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inspect_server.launcher import gunicorn_gate
from inspect_server.launcher.lan_tls import Identity

GRACE_SECONDS: Final = 25
_THREADS: Final = 64


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web server listens, and with which certificate."""

    host: str
    port: int
    tls: Identity | None = None

    @property
    def origin(self) -> str:
        """The address people open, without a path."""
        if self.tls is None:
            return f"http://127.0.0.1:{self.port}"
        return f"https://{self.tls.addresses[0]}:{self.port}"


def command(address: Address, environ: Mapping[str, str]) -> list[str]:
    """Return gunicorn's command line, with threads: a slow phone holds a thread, not the server."""
    arguments = [
        *(sys.executable, "-m", "gunicorn", "wsgi:app"),
        *("--config", str(Path(gunicorn_gate.__file__))),
        *("--bind", f"{address.host}:{address.port}"),
        *("--worker-class", "gthread"),
        *("--workers", environ.get("INSPECT_WEB_WORKERS") or "1"),
        *("--threads", environ.get("INSPECT_WEB_THREADS") or str(_THREADS)),
        *("--timeout", "60"),
        *("--graceful-timeout", str(GRACE_SECONDS)),
        *("--keep-alive", "15"),
        "--no-control-socket",
    ]
    if address.tls is not None:
        arguments += ["--certfile", str(address.tls.certificate), "--keyfile", str(address.tls.key)]
    return arguments


def answers(address: Address) -> bool:
    """Whether /readyz says 200."""
    if address.tls is None:
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=5)
    else:
        trust = ssl.create_default_context(cafile=str(address.tls.authority))
        connection = http.client.HTTPSConnection(
            "127.0.0.1", address.port, timeout=5, context=trust
        )
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Gate:
    """A pipe that holds the web server's workers until its writing end is closed."""

    def __init__(self) -> None:
        """Closed until `open` is called."""
        self._reader, self._writer = os.pipe()

    @property
    def reader(self) -> int:
        """The end that the web server inherits."""
        return self._reader

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that tell a worker to wait."""
        return {gunicorn_gate.VARIABLE: str(self._reader)}

    def open(self) -> None:
        """Let the workers serve, these and later ones; opening twice does nothing."""
        if self._writer >= 0:
            os.close(self._writer)
            self._writer = -1

    def close(self) -> None:
        """Close the pipe."""
        self.open()
        os.close(self._reader)
