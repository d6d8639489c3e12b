"""A real city just made by `init`, running."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.e2e import live
from tests.support import forked


class City(NamedTuple):
    """The product, and the one-time password that `init` printed."""

    live: live.Live
    login: str
    password: str


@contextmanager
def running(home: Path) -> Iterator[City]:
    """A running city of two districts without outlines."""
    made = forked.run(
        "inspect_server.cli",
        *("init", "--city", "襄阳市", "--district", "樊城区", "--district", "襄城区"),
        *("--admin-name", "李敏", "--admin-login", "limin"),
        env={"INSPECT_HOME": str(home), "PATH": "/usr/bin:/bin"},
    )
    assert made.returncode == 0, made.stderr
    printed = re.search(r"一次性密码 (\S+)", made.stdout)
    assert printed
    with live.running(home) as product:
        yield City(product, "limin", printed[1])
