"""tus by hand: a signed-in client that writes each header itself, to a real web server."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import requests

from tests.support.actors import BYTES, TUS, Shot, jpeg
from tests.support.server import READY_SECONDS, Web

UPLOADS_PATH = "/api/v1/uploads"


@dataclass(frozen=True)
class Wire:
    """A signed-in phone whose headers are written by hand, and its server."""

    web: Web
    bearer: dict[str, str]

    @property
    def origin(self) -> str:
        return self.web.origin

    def call(
        self, method: str, path: str = UPLOADS_PATH, body: bytes | None = None, **headers: str
    ) -> requests.Response:
        """Send a request; `Upload_Offset` becomes `Upload-Offset`, an empty header is left out."""
        sent_headers = (
            self.bearer | TUS | {name.replace("_", "-"): value for name, value in headers.items()}
        )
        sent_headers = {name: value for name, value in sent_headers.items() if value}
        return requests.request(
            method, self.origin + path, data=body, headers=sent_headers, timeout=READY_SECONDS
        )

    def create(self, shot: Shot, body: bytes | None = None, **headers: str) -> requests.Response:
        """POST: begin an upload."""
        sent_headers = {
            "Upload_Length": str(len(shot.content)),
            "Upload_Metadata": metadata(shot),
        }
        return self.call("POST", body=body, **(sent_headers | headers))

    def begun(self) -> Shot:
        """A photo of which nothing has come yet."""
        shot = Shot(jpeg())
        assert self.create(shot).status_code == 201
        return shot

    def patch(
        self, shot: Shot, offset: int | str, body: bytes, **headers: str
    ) -> requests.Response:
        """PATCH: add bytes."""
        sent_headers = {"Upload_Offset": str(offset), "Content_Type": BYTES["Content-Type"]}
        return self.call("PATCH", address(shot), body, **(sent_headers | headers))

    def head(self, shot: Shot) -> requests.Response:
        """HEAD: the offset of an upload."""
        return self.call("HEAD", address(shot))


def address(shot: Shot) -> str:
    return f"{UPLOADS_PATH}/{shot.photo_id}"


def metadata(shot: Shot) -> str:
    pairs = {"photo_id": shot.photo_id, "sha256": shot.sha256}
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())
