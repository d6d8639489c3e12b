"""Processes of the product that are forked from one that has already imported it.

A new interpreter spends most of its first seconds on imports. A process here is as real as one of
`python -m`: own environment, session, signals and log; only its modules are read already. It begins
with the interpreter's own `main`, so nothing of a test is in it. Tests of how the product starts
use `subprocess` (tests/integration/launcher, tests/e2e).
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
IMPORTED = (
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "inspect_server.app",
    "inspect_server.commands.backups",
    "inspect_server.commands.city",
    "inspect_server.commands.database",
    "inspect_server.commands.demo",
    "inspect_server.commands.doctor",
    "inspect_server.commands.worker",
    "tests.support.forked",
)


class Child:
    """A forked process, with what the tests use of `subprocess.Popen`."""

    def __init__(
        self, module: str, words: Sequence[str], env: Mapping[str, str], out: Path, err: Path
    ) -> None:
        """Start `python -m module words` with this environment; both outputs are appended."""
        self.args = [module, *words]
        # A daemon: what a broken test leaves running ends with the tests.
        self._process = _context().Process(
            target=_become, args=(module, list(words), dict(env), out, err), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The process id."""
        pid = self._process.pid
        assert pid is not None
        return pid

    def poll(self) -> int | None:
        """The exit code of an ended process; a negative number is the signal that ended it."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code. Raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to stop, as an operator does."""
        self.send_signal(signal.SIGTERM)


def run(
    module: str, *words: str, env: Mapping[str, str], timeout: float = 150.0
) -> subprocess.CompletedProcess[str]:
    """Run `python -m module words` to its end. Raises `subprocess.TimeoutExpired`."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        child = Child(module, words, env, out, err)
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            raise
        return subprocess.CompletedProcess(
            child.args, code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        )


@cache
def _context() -> ForkServerContext:
    """The process that has imported the product and forks the others."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    return context


def _become(
    module: str, words: Sequence[str], env: Mapping[str, str], out: Path, err: Path
) -> None:
    """What `python -m module words` does in a session of its own."""
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(file, number)
        os.close(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
