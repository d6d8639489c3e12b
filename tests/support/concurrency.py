"""Deeds done at the very same moment, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Result = TypeVar("Result")


def at_once(deeds: Sequence[Callable[[], Result]]) -> list[Result]:
    """Begin all of these together; returns their results in order, or raises what one raised."""
    barrier = Barrier(len(deeds))

    def do(deed: Callable[[], Result]) -> Result:
        barrier.wait(60)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))
