"""`inspect-server worker`: one background worker, until it is stopped."""

from __future__ import annotations

import signal
import threading

import click

from inspect_server import clock, create_app
from inspect_server.commands import place
from inspect_server.jobs import worker


@click.command("worker")
def worker_command() -> None:
    """Make review copies and sweep leftovers, until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(create_app(place.settings()), stop, clock.now)
