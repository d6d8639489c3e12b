"""The network of the histories 网络: carries requests between a phone and the server, one at a
time, each with the fault the history says; it does not know what requests mean.

`proxy` breaks the sockets of a live server under load; here every exchange is a step of a
history, so that a seed gives the same trace again, and copies of a request can arrive late.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol


class FaultKind(StrEnum):
    """A kind of fault of one exchange; `n` is the number of the fault."""

    NONE = "none"
    LOST = "lost"  # the request never arrives
    DROPPED = "dropped"  # the server acted; its answer is lost
    REPEATED = "repeated"  # it arrives n times in a row; the last answer is received
    LATE = "late"  # answered now; a copy arrives after n later requests
    OVERTAKEN = "overtaken"  # lost for the phone, arrives after n later requests
    CUT = "cut"  # the connection breaks after n percent of the body
    CORRUPT = "corrupt"  # one byte of a photo is changed, at n percent
    GARBLED = "garbled"  # the answer ends after n percent
    STATUS = "status"  # our server answers n and has done nothing
    GATEWAY = "gateway"  # the server acted; a gateway answers 502
    PORTAL = "portal"  # a captive portal answers: 200, without X-Sync
    CURSOR = "cursor"  # the server says the cursor has expired


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an exchange."""

    kind: FaultKind
    n: int = 0

    def __str__(self) -> str:
        return f"{self.kind}({self.n})" if self.n else str(self.kind)


NO_FAULT = Fault(FaultKind.NONE)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a phone sends it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a phone receives it."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


class ConnectionLost(Exception):
    """No answer arrived."""


class Server(Protocol):
    """A server; `sent` bytes of the body arrive before the connection breaks, None is all."""

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


class IdNames:
    """Names ids by the order of their first use, because ids differ between two runs of a seed."""

    def __init__(self) -> None:
        """No id has a name yet."""
        self._names: dict[str, str] = {}

    def __call__(self, kind: str, id_: str) -> str:
        """Name an id."""
        return self._names.setdefault(id_, f"{kind}#{len(self._names) + 1}")

    def replace_ids(self, text: str) -> str:
        """Replace all ids of a text by names."""
        return ID.sub(lambda match: self("id", match[0]), text)


@dataclass
class Network:
    """Carries requests between phones and server."""

    server: Server
    names: IdNames
    log: Callable[[str], None]
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    _delayed: list[tuple[int, str, Request]] = field(default_factory=list)

    def set_faults(self, phone: str, faults: Iterable[Fault]) -> None:
        """The next requests of this phone have these faults, in order; later ones have none."""
        self.faults[phone] = deque(faults)

    def send(self, phone: str, request: Request) -> Answer:
        """Send one request. Raises `ConnectionLost`."""
        self._deliver_due()
        fault = self._next(phone, request)
        try:
            answer = self._apply(fault, phone, request)
        except ConnectionLost:
            self._log_exchange(phone, request, fault, "no answer")
            raise
        self._log_exchange(phone, request, fault, _summary(answer))
        return answer

    def deliver_delayed(self) -> None:
        """Deliver all delayed requests now."""
        while self._delayed:
            _, phone, request = self._delayed.pop(0)
            self._deliver_copy(phone, request)

    def _next(self, phone: str, request: Request) -> Fault:
        """The first fault that applies to this request; others wait for theirs."""
        waiting = self.faults.get(phone) or deque()
        for fault in waiting:
            if _applies(fault, request):
                waiting.remove(fault)
                return fault
        return NO_FAULT

    def _deliver_due(self) -> None:
        self._delayed = [(after - 1, phone, request) for after, phone, request in self._delayed]
        due = [entry for entry in self._delayed if entry[0] <= 0]
        self._delayed = [entry for entry in self._delayed if entry[0] > 0]
        for _, phone, request in due:
            self._deliver_copy(phone, request)

    def _deliver_copy(self, phone: str, request: Request) -> None:
        answer = self.server(request)
        self._log_exchange(phone, request, NO_FAULT, f"{_summary(answer)} to a late copy")

    def _apply(self, fault: Fault, phone: str, request: Request) -> Answer:
        match fault.kind:
            case FaultKind.NONE:
                return self.server(request)
            case FaultKind.LOST:
                raise ConnectionLost
            case FaultKind.DROPPED:
                self.server(request)
                raise ConnectionLost
            case FaultKind.REPEATED:
                answers = [self.server(request) for _ in range(fault.n)]
                return answers[-1]
            case FaultKind.LATE:
                self._delayed.append((fault.n, phone, request))
                return self.server(request)
            case FaultKind.OVERTAKEN:
                self._delayed.append((fault.n, phone, request))
                raise ConnectionLost
            case FaultKind.CUT:
                if request.body:
                    self.server(request, len(request.body) * fault.n // 100)
                raise ConnectionLost
            case FaultKind.CORRUPT:
                return self.server(replace(request, body=_corrupted(request.body, fault.n)))
            case FaultKind.GARBLED:
                answer = self.server(request)
                if not answer.body:
                    raise ConnectionLost
                return Answer(
                    answer.status,
                    answer.headers,
                    answer.body[: (len(answer.body) - 1) * fault.n // 100],
                )
            case FaultKind.GATEWAY:
                self.server(request)
                return Answer(502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>")
            case FaultKind.PORTAL:
                return Answer(200, {"Content-Type": "text/html"}, "<h1>欢迎使用</h1>".encode())
            case FaultKind.CURSOR:
                return _refusal(409)
            case FaultKind.STATUS:
                return _refusal(fault.n)

    def _log_exchange(self, phone: str, request: Request, fault: Fault, summary: str) -> None:
        note = "" if fault is NO_FAULT else f" [{fault}]"
        path = request.target.partition("?")[0].removeprefix("/api/v1")
        self.log(self.names.replace_ids(f"  {phone} {request.method} {path}{note} → {summary}"))


def _applies(fault: Fault, request: Request) -> bool:
    """Whether a fault applies to this request: only cursors expire, only photos are corrupted."""
    match fault.kind:
        case FaultKind.CURSOR:
            return "/sync/pull" in request.target
        case FaultKind.CORRUPT:
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


def _summary(answer: Answer) -> str:
    """The status and result of an answer, without values that differ between runs."""
    summary = str(answer.status)
    offset = answer.headers.get("Upload-Offset")
    if offset is not None:
        summary += f" at {offset}"
    try:
        body = json.loads(answer.body)
    except ValueError:
        return summary
    if answer.status >= 400:
        return f"{summary} {body.get('slug')}"
    if "results" in body:
        return f"{summary} " + ",".join(result["status"] for result in body["results"])
    if "changes" in body:
        return f"{summary} {len(body['changes'])} changes"
    return summary
