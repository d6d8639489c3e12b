"""Loaded by every Python process under a faked clock (PYTHONPATH); nothing imports it by name.

The clock is faked by libfaketime, by an offset in FAKETIME (tests/support/dates.py). Two things
need more than that:

- An object store is a static program and keeps the true clock. It refuses a request signed more
  than 15 minutes off and a certificate that is not valid yet: these two are made at the true time.
- libfaketime 0.9.10, which Debian ships, answers EINVAL to `clock_nanosleep` with an absolute time
  of the monotonic clock, which is how `time.sleep` waits. `select` waits as long.
"""

from __future__ import annotations

import importlib.util
import os
import select
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from importlib.machinery import ModuleSpec
from typing import Any

OFFSET = timedelta(seconds=int(os.environ.get("FAKETIME", "0")))
CLOCK = {
    name: value
    for name, value in os.environ.items()
    if name in ("LD_PRELOAD", "PYTHONPATH") or name.startswith("FAKETIME")
}


class TrueDatetime(datetime):
    """A datetime whose `now` is the true one."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """Return the true time."""
        return datetime.now(tz) - OFFSET


def sleep(seconds: float) -> None:
    """Wait as `time.sleep` does."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select((), (), (), seconds)


def pass_on_the_clock(subprocess: Any) -> None:
    """A child that is given an environment of its own has the same clock."""
    start = subprocess.Popen.__init__

    def start_with_clock(self: Any, *args: Any, env: Any = None, **kwargs: Any) -> None:
        start(self, *args, env=None if env is None else CLOCK | dict(env), **kwargs)

    subprocess.Popen.__init__ = start_with_clock


def pass_on_the_clock_to_forks(forked: Any) -> None:
    """A forked process that is given an environment of its own has the same clock."""
    start = forked.Child.__init__

    def start_with_clock(self: Any, module: str, arguments: Any, env: Any, *files: Any) -> None:
        start(self, module, arguments, CLOCK | dict(env), *files)

    forked.Child.__init__ = start_with_clock


def sign_at_the_true_time(auth: Any) -> None:
    """S3 signatures and presigned addresses."""
    faked = auth.get_current_datetime
    auth.get_current_datetime = lambda *args, **kwargs: faked(*args, **kwargs) - OFFSET


def certify_at_the_true_time(seaweedfs: Any) -> None:
    """The certificates with which the parts of SeaweedFS know each other."""
    # Where the certificates are made elsewhere one day, this says so.
    assert seaweedfs.datetime is datetime
    seaweedfs.datetime = TrueDatetime


class AfterImport:
    """A finder that edits some modules as soon as they are loaded."""

    edits: dict[str, Callable[[Any], None]] = {
        "subprocess": pass_on_the_clock,
        "tests.support.forked": pass_on_the_clock_to_forks,
        "botocore.auth": sign_at_the_true_time,
        "inspect_server.launcher.seaweedfs": certify_at_the_true_time,
    }

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Find what the other finders find, with the edit behind its loading."""
        edit = self.edits.pop(name, None)
        if edit is None:
            return None
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.loader is not None
        load = spec.loader.exec_module

        def load_and_edit(module: Any) -> None:
            load(module)
            edit(module)

        spec.loader.exec_module = load_and_edit  # type: ignore[method-assign]
        return spec


if OFFSET:
    time.sleep = sleep
    sys.meta_path.insert(0, AfterImport())  # type: ignore[arg-type]
