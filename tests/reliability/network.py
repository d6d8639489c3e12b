"""The network of the histories 网络: carries requests between a phone and the server, one at a
time, and does to each what the history says; it knows the wire, not what is meant by it.

`proxy` spoils the sockets of a live server under load; here every exchange is a step of a
history, so that a seed gives the same trace again, and copies of a request can come late.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """What can befall one exchange."""

    NONE = "none"
    LOST = "lost"  # it never came
    DROPPED = "dropped"  # the server acted; nobody hears of it
    REPEATED = "repeated"  # it came n times in a row; the last answer is heard
    LATE = "late"  # answered now; a copy comes again after n later requests
    OVERTAKEN = "overtaken"  # lost for the phone, and comes after n later requests
    CUT = "cut"  # the line broke after n percent of the body
    CORRUPT = "corrupt"  # one byte of a photo is another, n percent on
    GARBLED = "garbled"  # the answer broke off after n percent
    STATUS = "status"  # our server says n and has done nothing
    GATEWAY = "gateway"  # the server acted; a stranger between answers 502
    PORTAL = "portal"  # a captive portal answers: 200, without X-Sync
    CURSOR = "cursor"  # the server says the cursor has expired


@dataclass(frozen=True, slots=True)
class Fault:
    """One trouble, and how much of it."""

    what: Trouble
    n: int = 0

    def __str__(self) -> str:
        return f"{self.what}({self.n})" if self.n else str(self.what)


FINE = Fault(Trouble.NONE)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it leaves a phone."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it comes back."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class ConnectionLost(Exception):
    """No answer came."""


class Server(Protocol):
    """Whoever answers; `sent` bytes of the body arrive before the line breaks, None is all."""

    def __call__(self, request: Request, sent: int | None = None, /) -> Answer:
        """Answer one request. Raises `ConnectionLost` when there is no answer to a cut one."""


PROBLEMS = {
    401: "not-signed-in",
    403: "account-disabled",
    408: "timeout",
    409: "cursor-invalid",
    429: "too-many",
    500: "server-error",
    503: "unavailable",
}
ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class Names:
    """Ids by the order they were met in: what differs between two runs of a seed."""

    def __init__(self) -> None:
        """Begin with no name."""
        self._known: dict[str, str] = {}

    def __call__(self, kind: str, id_: str) -> str:
        """Name an id."""
        return self._known.setdefault(id_, f"{kind}#{len(self._known) + 1}")

    def plain(self, text: str) -> str:
        """Write a text with names for ids."""
        return ID.sub(lambda found: self("id", found[0]), text)


@dataclass
class Network:
    """Between the phones and the server."""

    server: Server
    names: Names
    log: Callable[[str], None]
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    _late: list[tuple[int, str, Request]] = field(default_factory=list)

    def expect(self, phone: str, faults: Iterable[Fault]) -> None:
        """The next requests of this phone meet these, in order; then all is well."""
        self.faults[phone] = deque(faults)

    def carry(self, phone: str, request: Request) -> Answer:
        """Carry one request. Raises `ConnectionLost`."""
        self._deliver_late()
        fault = self._next(phone, request)
        try:
            answer = self._meet(fault, phone, request)
        except ConnectionLost:
            self._note(phone, request, fault, "no answer")
            raise
        self._note(phone, request, fault, _said(answer))
        return answer

    def deliver_all(self) -> None:
        """Whatever is still under way arrives now."""
        while self._late:
            _, phone, request = self._late.pop(0)
            self._late_copy(phone, request)

    def _next(self, phone: str, request: Request) -> Fault:
        """The first trouble ahead that can befall this request; what cannot waits for its own."""
        waiting = self.faults.get(phone) or deque()
        for fault in waiting:
            if _fits(fault, request):
                waiting.remove(fault)
                return fault
        return FINE

    def _deliver_late(self) -> None:
        self._late = [(after - 1, phone, request) for after, phone, request in self._late]
        due = [one for one in self._late if one[0] <= 0]
        self._late = [one for one in self._late if one[0] > 0]
        for _, phone, request in due:
            self._late_copy(phone, request)

    def _late_copy(self, phone: str, request: Request) -> None:
        answer = self.server(request)
        self._note(phone, request, FINE, f"{_said(answer)} to a late copy")

    def _meet(self, fault: Fault, phone: str, request: Request) -> Answer:
        match fault.what:
            case Trouble.NONE:
                return self.server(request)
            case Trouble.LOST:
                raise ConnectionLost
            case Trouble.DROPPED:
                self.server(request)
                raise ConnectionLost
            case Trouble.REPEATED:
                answers = [self.server(request) for _ in range(fault.n)]
                return answers[-1]
            case Trouble.LATE:
                self._late.append((fault.n, phone, request))
                return self.server(request)
            case Trouble.OVERTAKEN:
                self._late.append((fault.n, phone, request))
                raise ConnectionLost
            case Trouble.CUT:
                if request.body:
                    self.server(request, len(request.body) * fault.n // 100)
                raise ConnectionLost
            case Trouble.CORRUPT:
                return self.server(replace(request, body=_corrupted(request.body, fault.n)))
            case Trouble.GARBLED:
                answer = self.server(request)
                if not answer.body:
                    raise ConnectionLost
                return Answer(
                    answer.status,
                    answer.headers,
                    answer.body[: (len(answer.body) - 1) * fault.n // 100],
                )
            case Trouble.GATEWAY:
                self.server(request)
                return Answer(502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>")
            case Trouble.PORTAL:
                return Answer(200, {"Content-Type": "text/html"}, "<h1>欢迎使用</h1>".encode())
            case Trouble.CURSOR:
                return _refusal(409)
            case Trouble.STATUS:
                return _refusal(fault.n)

    def _note(self, phone: str, request: Request, fault: Fault, said: str) -> None:
        met = "" if fault is FINE else f" [{fault}]"
        path = request.target.partition("?")[0].removeprefix("/api/v1")
        self.log(self.names.plain(f"  {phone} {request.method} {path}{met} → {said}"))


def _fits(fault: Fault, request: Request) -> bool:
    """Say whether a trouble can befall this request: only cursors expire, only photos rot."""
    match fault.what:
        case Trouble.CURSOR:
            return "/sync/pull" in request.target
        case Trouble.CORRUPT:
            return bool(request.body) and "/uploads" in request.target
    return True


def _corrupted(body: bytes, percent: int) -> bytes:
    at = (len(body) - 1) * percent // 100
    return body[:at] + bytes([body[at] ^ 0x40]) + body[at + 1 :]


def _refusal(status: int) -> Answer:
    slug = PROBLEMS[status]
    problem = {"type": f"/problems/{slug}", "slug": slug, "status": status, "title": slug}
    headers = {"X-Sync": "1", "Content-Type": "application/problem+json"}
    if status in (429, 503):
        headers["Retry-After"] = "2"
    return Answer(status, headers, json.dumps(problem).encode())


def _said(answer: Answer) -> str:
    """What an answer says, without what differs from run to run."""
    said = str(answer.status)
    offset = answer.headers.get("Upload-Offset")
    if offset is not None:
        said += f" at {offset}"
    try:
        told = json.loads(answer.body)
    except ValueError:
        return said
    if answer.status >= 400:
        return f"{said} {told.get('slug')}"
    if "results" in told:
        return f"{said} " + ",".join(result["status"] for result in told["results"])
    if "changes" in told:
        return f"{said} {len(told['changes'])} changes"
    return said
