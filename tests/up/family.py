"""Runs the real `up` — gunicorn, SeaweedFS, signals, locks — around the smallest web application.

python -m tests.up.family HOME PORT [lan] [no-pages] [disk-full] [prepare-fails]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from inspect_server import up
from inspect_server.up import KeptLogin, UpFailed


def prepare(environ):
    if "prepare-fails" in sys.argv:
        raise UpFailed("数据库连不上 (no database)")
    Path(environ["INSPECT_HOME"], "prepared").touch()
    return up.remember_logins(
        Path(environ["INSPECT_HOME"]),
        [KeptLogin("xiaochen", "a-password", "observer", "小陈", "全市")],
    )


def main():
    home, port, *words = sys.argv[1:]
    up._BESIDE = Path(__file__).parent / "small"
    up._PAGES = (Path(home) / "nowhere.html",) if "no-pages" in words else ()
    if "disk-full" in words:
        up._LEAST_FREE_BYTES = 1 << 62
    up._worker_command = lambda: [sys.executable, "-c", "import signal; signal.pause()"]
    sys.exit(up.run(Path(home), int(port), lan="lan" in words, environ=os.environ, prepare=prepare))


if __name__ == "__main__":
    main()
