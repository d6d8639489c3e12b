"""The fixed cast 小陈 老王 李科 外人, each with a client that sends what their device sends."""

from __future__ import annotations

import base64
import hashlib
import io
import json as json_module
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from skimage import data as pictures
from werkzeug.test import TestResponse

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}
CAPTURED_AT = "2026-03-04T01:30:00Z"
IN_MAOJIAN = {"lon": 110.7899, "lat": 32.5291, "accuracy_m": 8, "source": "gnss"}
IN_ZHANGWAN = {"lon": 110.6540, "lat": 32.6271, "accuracy_m": 8, "source": "gnss"}


def new_id() -> str:
    """An id as a phone makes one."""
    return str(uuid.uuid4())


@cache
def jpeg(seed: int = 0, side: int = 320) -> bytes:
    """A real photograph as JPEG bytes, another crop for every seed."""
    whole = (pictures.astronaut, pictures.coffee, pictures.chelsea)[seed % 3]()
    shift = (seed * 7) % 40
    crop = np.ascontiguousarray(whole[shift : shift + 280, shift : shift + 400])
    buffer = io.BytesIO()
    Image.fromarray(crop).resize((side, side * 3 // 4)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@dataclass
class Shot:
    """A photo on a phone: its bytes and its metadata."""

    content: bytes
    role: str = "scene"
    photo_id: str = field(default_factory=new_id)

    @property
    def sha256(self) -> str:
        """The hash of exactly these bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def declared(self, **more: Any) -> dict[str, Any]:
        """How an op declares it."""
        return {
            "photo_id": self.photo_id,
            "role": self.role,
            "sha256": self.sha256,
            "bytes": len(self.content),
            "mime": "image/jpeg",
            "width": 320,
            "height": 240,
            "taken_at": CAPTURED_AT,
            "source": "shutter",
        } | more


def record(*shots: Shot, **more: Any) -> dict[str, Any]:
    """An `observation.create` op; `more` overrides its data."""
    data = {"category": "MQ0201", "place": IN_MAOJIAN, "outcome": "open"} | more
    return op("observation.create", new_id(), data, shots)


def op(kind: str, entity_id: str, data: Any, shots: Any = (), **more: Any) -> dict[str, Any]:
    """An op as a phone freezes it."""
    return {
        "op_id": new_id(),
        "schema": 1,
        "kind": kind,
        "entity_id": entity_id,
        "captured_at": CAPTURED_AT,
        "clock": {"offset_ms": 120, "age_ms": 4000},
        "data": data,
        "photos": [shot.declared() for shot in shots],
    } | more


@dataclass
class Device:
    """A signed-in phone or console."""

    app: Flask
    login: str
    password: str
    device_id: str = field(default_factory=new_id)
    epoch: str | None = None

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.app.test_client()
        answer = self.client.post(
            "/api/v1/sessions",
            json={
                "login": self.login,
                "password": self.password,
                "device": {"id": self.device_id, "name": "test"},
            },
        )
        assert answer.status_code == 201, answer.text
        self.session: dict[str, Any] = answer.json or {}
        self.person: dict[str, Any] = self.session["person"]

    @property
    def bearer(self) -> dict[str, str]:
        """The header every call carries."""
        return {"Authorization": f"Bearer {self.session['access_token']}"}

    def call(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """Any call below /api/v1."""
        headers = self.bearer | kwargs.pop("headers", {})
        return self.client.open("/api/v1" + path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Read something."""
        return self.call("GET", path, **kwargs)

    def post(self, path: str, json: Any, **kwargs: Any) -> TestResponse:
        """Write something."""
        # As a browser writes it: half a character goes out escaped.
        body = json_module.dumps(json)
        return self.call("POST", path, data=body, content_type="application/json", **kwargs)

    def push(self, *ops: Any, **more: Any) -> TestResponse:
        """Send a batch."""
        batch = {
            "epoch": self.epoch,
            "device_id": self.device_id,
            "batch_id": new_id(),
            "sent_at": CAPTURED_AT,
            "ops": list(ops),
        } | more
        return self.post("/sync/push", batch)

    def send(self, *ops: Any) -> list[dict[str, Any]]:
        """Send a batch that is read, and return its results."""
        answer = self.push(*ops)
        assert answer.status_code == 200, answer.text
        return list((answer.json or {})["results"])

    def upload(self, shot: Shot, body: bytes | None = None, **headers: str) -> TestResponse:
        """tus creation-with-upload of a photo, or of its first bytes."""
        metadata_values = {"photo_id": shot.photo_id, "sha256": shot.sha256}
        metadata = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}"
            for name, value in metadata_values.items()
        )
        return self.call(
            "POST",
            "/uploads",
            data=shot.content if body is None else body,
            headers=TUS
            | BYTES
            | {"Upload-Length": str(len(shot.content)), "Upload-Metadata": metadata}
            | headers,
        )

    def patch(self, shot: Shot, offset: int, body: bytes, **headers: str) -> TestResponse:
        """PATCH: add bytes to an upload."""
        return self.call(
            "PATCH",
            f"/uploads/{shot.photo_id}",
            data=body,
            headers=TUS | BYTES | {"Upload-Offset": str(offset)} | headers,
        )

    def head(self, shot: Shot) -> TestResponse:
        """HEAD: the offset of an upload."""
        return self.call("HEAD", f"/uploads/{shot.photo_id}", headers=TUS)

    def report(self, *shots: Shot, **more: Any) -> dict[str, Any]:
        """Send a whole record, op and photos; returns the observation as its author reads it."""
        sent = record(*shots, **more)
        (result,) = self.send(sent)
        assert result["status"] == "accepted", result
        for shot in shots:
            assert self.upload(shot).status_code == 201
        return dict(self.get(f"/observations/{sent['entity_id']}").json or {})

    def task(self, task_id: str) -> dict[str, Any]:
        """A case with all its details, as this person sees it."""
        answer = self.get(f"/tasks/{task_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def ask(self, task: dict[str, Any], move: str, **more: Any) -> TestResponse:
        """Request a move of a task, with the version last seen."""
        request = {"move_id": new_id(), "move": move, "version": task["version"]} | more
        return self.post(f"/tasks/{task['id']}/moves", request)

    def move(self, task: dict[str, Any], move: str, **more: Any) -> dict[str, Any]:
        """Take a move that is allowed and return the task after it."""
        answer = self.ask(task, move, **more)
        assert answer.status_code in (200, 202), answer.text
        return dict(answer.json or {})

    def pull(self, cursor: str | None = None, limit: int = 500) -> dict[str, Any]:
        """One page of changes."""
        query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        answer = self.get(f"/sync/pull{query}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})
