"""How a model phone speaks to the server: calls with its token, renewed once in a cycle."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tests.reliability.model.store import KillSwitch, Store
from tests.reliability.network import Answer, ConnectionLost, Network, Request

API = "/api/v1"


class CycleEnd(Exception):
    """The cycle ends here with this outcome."""


class Refused(Exception):
    """Our server refused the request."""

    def __init__(self, status: int, slug: str) -> None:
        super().__init__(f"{status} {slug}")
        self.status = status
        self.slug = slug


class Connection:
    """The requests of one cycle."""

    def __init__(self, phone: str, network: Network, store: Store, kill_switch: KillSwitch) -> None:
        """Send as this phone, with the tokens of its store."""
        self._phone = phone
        self._network = network
        self._store = store
        self._kill_switch = kill_switch
        self._renewed = False

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Call the API with JSON. Raises `Refused`, `ConnectionLost`, `CycleEnd`."""
        answer = self._send_authorized(
            method,
            path,
            {"Content-Type": "application/json"},
            b"" if body is None else json.dumps(body).encode(),
        )
        try:
            return dict(json.loads(answer.body))
        except ValueError:
            # A cut answer counts as no answer.
            raise ConnectionLost from None

    def tus(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        """Call an upload. Raises `Refused`, `ConnectionLost`, `CycleEnd`."""
        protocol = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
        answer = self._send_authorized(method, path, protocol | headers, body)
        if "Upload-Offset" not in answer.headers:
            raise ConnectionLost
        return answer

    def _send_authorized(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        """Send with the current token; an expired one is renewed once."""
        bearer = {"Authorization": f"Bearer {self._store.tokens['access']}"}
        try:
            return self._send(Request(method, API + path, headers | bearer, body))
        except Refused as refusal:
            if refusal.status == 403:
                raise CycleEnd("disabled") from None
            if refusal.status != 401:
                raise
        if self._renewed:
            raise CycleEnd("sign in again")
        self._renew()
        return self._send_authorized(method, path, headers, body)

    def _renew(self) -> None:
        self._renewed = True
        body = json.dumps({"refresh_token": self._store.tokens["refresh"]}).encode()
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._send(Request("POST", f"{API}/sessions/refresh", headers, body))
        except Refused as refusal:
            if refusal.status in (401, 403):
                raise CycleEnd("sign in again") from None
            raise
        try:
            self._store.use_session(json.loads(answer.body))
        except ValueError:
            raise ConnectionLost from None

    def _send(self, request: Request) -> Answer:
        self._kill_switch.step()
        answer = self._network.send(self._phone, request)
        self._kill_switch.step()
        if "X-Sync" not in answer.headers:
            raise ConnectionLost
        if answer.status >= 400:
            try:
                slug = str(json.loads(answer.body or b"{}").get("slug"))
            except ValueError:
                slug = "unreadable"
            raise Refused(answer.status, slug)
        return answer


def wire_time(moment: datetime) -> str:
    """A moment as the wire has it, in UTC to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
