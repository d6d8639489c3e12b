"""The command `worker`: one background worker, until it is stopped."""

from __future__ import annotations

import signal
import threading

import click

from inspect_server import create_app
from inspect_server.commands import context
from inspect_server.core import clock
from inspect_server.worker import loop


@click.command("worker")
def worker_command() -> None:
    """Run background jobs until stopped: review copies, alarms, deliveries, cleanup."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    loop.run(create_app(context.settings()), stop, clock.now)
