"""gunicorn's configuration under `up`: a worker that has loaded the application waits
here until the database is prepared. Imports the standard library only: gunicorn reads this file
before it forks.

`up` starts the web server while it migrates, which saves the seconds the application takes to
load, and yet no request meets an old schema. The gate is a pipe: it opens when `up` closes its
end, and stays open for workers that are started later.
"""

from __future__ import annotations

import os
import select
from typing import Protocol

VARIABLE = "INSPECT_GATE_FD"
_NOTIFY_SECONDS = 5.0


class Worker(Protocol):
    """The part of gunicorn's worker that is used here."""

    def notify(self) -> None:
        """Tell the arbiter that the worker lives."""


def post_worker_init(worker: Worker) -> None:
    """gunicorn calls this when the application is loaded and no request was taken yet."""
    gate = os.environ.get(VARIABLE)
    if gate is None:
        return
    # Nothing is ever written: readable means closed.
    while not select.select([int(gate)], [], [], _NOTIFY_SECONDS)[0]:
        worker.notify()
