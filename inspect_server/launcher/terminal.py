"""The output of `up` to the terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def fail(sentence: str) -> int:
    """Write why it failed; return the exit code."""
    sys.stderr.write(f"inspect-server: {sentence}\n")
    sys.stderr.flush()
    return 1


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print a step that may take long, its progress, and how long it took."""
    began = time.monotonic()
    sys.stdout.write(f"{name} …")
    sys.stdout.flush()
    over = threading.Event()

    def show_progress() -> None:
        while not over.wait(2):
            sys.stdout.write(".")
            sys.stdout.flush()

    dots = threading.Thread(target=show_progress, daemon=True)
    dots.start()
    done = False
    try:
        yield
        done = True
    finally:
        over.set()
        dots.join()
        sys.stdout.write(f" {time.monotonic() - began:.1f} 秒\n" if done else "\n")
        sys.stdout.flush()
