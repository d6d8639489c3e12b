"""A signed-in person at a real web server: requests and answers go through its socket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import requests

from tests.support.actors import new_id
from tests.support.server import READY_SECONDS


@dataclass(frozen=True)
class HttpClient:
    """One person's session at `origin`, by a bearer token."""

    origin: str
    token: str

    @classmethod
    def sign_in(cls, origin: str, login: str, password: str) -> HttpClient:
        """Sign in as a new device."""
        answer = sign_in(origin, login, password)
        assert answer.status_code == 201, answer.text
        return cls(origin, answer.json()["access_token"])

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send one request below `/api/v1`."""
        return requests.request(
            method,
            f"{self.origin}/api/v1{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=READY_SECONDS,
            **more,
        )

    def report(self, register: str, table: bytes, mode: str = "dry_run") -> dict[str, Any]:
        """Import a table; returns the report."""
        answer = self.call("POST", f"/registers/{register}/table?mode={mode}", data=table)
        assert answer.status_code == 200, answer.text
        last = json.loads(answer.text.splitlines()[-1])
        assert last["step"] == "done", last
        return dict(last["report"])


def sign_in(origin: str, login: str, password: str) -> requests.Response:
    """Send a login with its password."""
    body = {"login": login, "password": password, "device": {"id": new_id(), "name": "http"}}
    return requests.post(f"{origin}/api/v1/sessions", json=body, timeout=READY_SECONDS)
