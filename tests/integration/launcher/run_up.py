"""Runs the real `up` — gunicorn, SeaweedFS, signals, locks — around the smallest web application.

python -m tests.integration.launcher.run_up HOME PORT [lan] [no-pages] [disk-full]
    [prepare-asks] [prepare-fails]
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from inspect_server.launcher import supervisor
from inspect_server.launcher.demo_logins import SavedLogin, remember_logins
from inspect_server.launcher.errors import StartError


def prepare(environ):
    if "prepare-fails" in sys.argv:
        raise StartError("数据库连不上 (no database)")
    if "prepare-asks" in sys.argv:
        Path(environ["INSPECT_HOME"], "answered").write_text(ask(int(environ["INSPECT_PORT"])))
    Path(environ["INSPECT_HOME"], "prepared").touch()
    return remember_logins(
        Path(environ["INSPECT_HOME"]),
        [SavedLogin("xiaochen", "a-password", "observer", "小陈", "全市")],
    )


def ask(port):
    """The answer of the web server while the database is not prepared."""
    while True:
        with socket.socket() as phone:
            phone.settimeout(3)
            if phone.connect_ex(("127.0.0.1", port)) != 0:
                continue
            phone.sendall(b"GET / HTTP/1.0\r\n\r\n")
            try:
                return phone.recv(100).decode()
            except TimeoutError:
                return "nothing"


def main():
    home, port, *arguments = sys.argv[1:]
    supervisor._BESIDE = Path(__file__).parent / "small_app"
    supervisor._PAGES = (Path(home) / "nowhere.html",) if "no-pages" in arguments else ()
    if "disk-full" in arguments:
        supervisor._LEAST_FREE_BYTES = 1 << 62
    supervisor._worker_command = lambda: [sys.executable, "-c", "import signal; signal.pause()"]
    sys.exit(
        supervisor.run(
            Path(home), int(port), lan="lan" in arguments, environ=os.environ, prepare=prepare
        )
    )


if __name__ == "__main__":
    main()
