"""What goes wrong in a run of the proxy: faults, their plan or seed, and the link."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of fault of one exchange. The bytes of a request are those of its body."""

    DELAY = "delay"  # it arrives later
    CUT_REQUEST = "cut request"  # the connection breaks after so many bytes of the body
    TRUNCATE_REQUEST = "truncate request"  # as cut, but the connection is closed cleanly
    CORRUPT_REQUEST = "corrupt request"  # one byte of the body is changed
    DUPLICATE = "duplicate"  # the server gets it twice, the client the second answer
    CUT_REPLY = "cut reply"  # the server acted; the connection breaks within its answer
    TRUNCATE_REPLY = "truncate reply"  # as cut, but closed cleanly
    CORRUPT_REPLY = "corrupt reply"  # one byte of the answer's body is changed
    DROP_REPLY = "drop reply"  # the server acted; its answer is dropped
    UNAVAILABLE = "unavailable"  # 503 with Retry-After; the server never gets the request
    PORTAL = "portal"  # a captive portal answers instead: 200, without X-Sync
    STALL = "stall"  # the request is discarded; the connection stays open without an answer


# A stall lasts until the client gives up, so it is planned and never drawn.
DRAWN = tuple(kind for kind in Kind if kind is not Kind.STALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `at` is a byte (int) or a share of the bytes (float below 1)."""

    kind: Kind
    at: int | float = 0.5
    seconds: float = 0.05

    def byte(self, length: int) -> int:
        """Return the index of the byte, at most the last of `length`."""
        index = int(self.at * length) if isinstance(self.at, float) else self.at
        return max(0, min(index, length - 1))


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault for the `nth` exchange of this method and path, and for `times` in a row."""

    fault: Fault
    method: str | None = None
    path: str = ""
    nth: int = 1
    times: int = 1

    def matches(self, method: str, path: str) -> bool:
        """Whether this exchange counts."""
        return self.method in (None, method) and self.path in path


@dataclass(frozen=True, slots=True)
class Link:
    """A radio link: bytes per second (None: unlimited), round-trip time and outages.

    It is dead for `dead_seconds` at the end of every `period_seconds`, or after every
    `dies_after_bytes` it carried upwards; all connections are then cut and the
    bytes on their way are lost. TCP's slow start and its loss recovery are not modelled.
    """

    up: float | None = None
    down: float | None = None
    rtt_seconds: float = 0.0
    period_seconds: float | None = None
    dead_seconds: float = 0.0
    dies_after_bytes: int | None = None

    def physical_seconds(self, size: int) -> float:
        """Return how long so many bytes take upwards at best, outages included."""
        left = size / self.up if self.up else 0.0
        if self.period_seconds is None:
            return left + self.rtt_seconds
        alive = self.period_seconds - self.dead_seconds
        outages = int(left / alive)
        return left + outages * self.dead_seconds + self.rtt_seconds


@dataclass(frozen=True)
class Script:
    """What goes wrong: planned faults first, else with `rate` one of `kinds`, drawn by the seed.

    A drawn UNAVAILABLE is a burst: it holds for as many exchanges as the seed says, up to three.
    """

    seed: int = 0
    rate: float = 0.0
    kinds: Sequence[Kind] = DRAWN
    plan: Sequence[Planned] = ()
    link: Link | None = None

    def drawn(self, number: int) -> Fault | None:
        """Return the fault of the exchange of this number, without the plan."""
        for earlier in range(3):
            burst = self._draw(number - earlier)
            if burst is None:
                continue
            if earlier == 0 or (burst[0].kind is Kind.UNAVAILABLE and burst[1] > earlier):
                return burst[0]
        return None

    def _draw(self, number: int) -> tuple[Fault, int] | None:
        generator = random.Random(f"{self.seed}:{number}")
        if number < 1 or generator.random() >= self.rate:
            return None
        kind = generator.choice(list(self.kinds))
        fault = Fault(kind, at=generator.random(), seconds=generator.random() * 0.2)
        return fault, generator.randint(1, 3)


@dataclass(slots=True)
class Exchange:
    """One line of the log: the request, its fault, the status the server sent (None: no answer)."""

    number: int
    method: str
    path: str
    fault: str | None = None
    status: int | None = None

    def __str__(self) -> str:
        """The line of the log."""
        line = f"{self.number} {self.method} {self.path} → {self.status or '–'}"
        return f"{line} [{self.fault}]" if self.fault else line
