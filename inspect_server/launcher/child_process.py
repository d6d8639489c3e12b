"""Starts a child process 子进程 that ends with its parent; independent of the program it runs.

Linux sends a child a signal when its parent has ended (PR_SET_PDEATHSIG), even after `kill -9`. The
child requests that itself, in a few lines before it executes the program: a `preexec_fn` would run
Python between fork and exec, which deadlocks in a process with threads. The signal comes when the
*thread* ends that started the child: start children from a thread that lives as long as they do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

# argv: the pid of the parent, then the program. Without prctl (macOS) the child just runs.
_RUN_TIED_TO_PARENT: Final = """
import ctypes, os, signal, sys
prctl = getattr(ctypes.CDLL(None), "prctl", None)
if prctl is not None:
    prctl(1, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def start(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Run `argv` (an absolute program) with exactly `env`, its output appended to `log`.

    It gets its own process group, so that Ctrl-C at the terminal reaches only the parent; only the
    owner may read files it makes; of the open files of the parent it has `pass_fds` only.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _RUN_TIED_TO_PARENT, str(os.getpid()), *argv],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            pass_fds=pass_fds,
        )


def stop(child: subprocess.Popen[bytes], seconds: float) -> None:
    """Terminate a child; after `seconds` kill it with its whole process group."""
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    # What is left of its group, a grandchild for example, is killed too.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
