"""Interrupted uploads, and two writers of one photo: no byte is lost or mixed."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import pytest
from flask import Flask
from werkzeug import Response
from werkzeug.test import EnvironBuilder, run_wsgi_app

from inspect_server.models import Photo
from tests.support.actors import BYTES, TUS, Device, Shot, jpeg
from tests.support.rows import Rows
from tests.support.uploads import InterruptedBody, metadata, offset_of, store_of


class CutBody(io.RawIOBase):
    """A request body that ends early, or whose connection breaks."""

    def __init__(self, content: bytes, breaks: bool) -> None:
        self._content = io.BytesIO(content)
        self._breaks = breaks

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(min(size, 300) if size >= 0 else 300)
        if not piece and self._breaks:
            raise ConnectionResetError("connection lost")
        return piece


def streamed_request(
    device: Device, method: str, path: str, body: BinaryIO, length: int, headers: dict[str, str]
) -> Response:
    """A request whose body is this stream, as a WSGI server passes it."""
    builder = EnvironBuilder(
        path="/api/v1" + path, method=method, headers=device.bearer | TUS | BYTES | headers
    )
    environ = builder.get_environ()
    environ["CONTENT_LENGTH"] = str(length)
    environ["wsgi.input"] = body
    parts, status, reply_headers = run_wsgi_app(device.app, environ, buffered=True)
    return Response(parts, status, reply_headers)


def creation_headers(shot: Shot) -> dict[str, str]:
    headers = metadata(photo_id=shot.photo_id, sha256=shot.sha256)
    return headers | {"Upload-Length": str(len(shot.content))}


@pytest.mark.parametrize("breaks", [False, True], ids=["ends early", "breaks off"])
def test_the_bytes_before_a_cut_are_kept(observer: Device, breaks: bool) -> None:
    shot = Shot(jpeg())
    body: Any = CutBody(shot.content[:5000], breaks)
    streamed_request(observer, "POST", "/uploads", body, len(shot.content), creation_headers(shot))
    assert offset_of(observer.head(shot)) == 5000
    last = observer.patch(shot, 5000, shot.content[5000:])
    assert last.headers["Upload-Complete"] == "?1"


@pytest.mark.parametrize("breaks", [False, True], ids=["ends early", "breaks off"])
def test_the_bytes_of_a_piece_before_a_cut_are_kept(observer: Device, breaks: bool) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    body: Any = CutBody(shot.content[1000:4000], breaks)
    headers = {"Upload-Offset": "1000"}
    path = f"/uploads/{shot.photo_id}"
    streamed_request(observer, "PATCH", path, body, len(shot.content) - 1000, headers)
    assert offset_of(observer.head(shot)) == 4000
    last = observer.patch(shot, 4000, shot.content[4000:])
    assert last.headers["Upload-Complete"] == "?1"


def test_head_ends_the_turn_of_a_writer_that_is_still_sending(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    phone = Device(observer.app, observer.login, observer.password)
    offsets: list[int] = []
    body: Any = InterruptedBody(
        shot.content[1000:9000], 3000, lambda: offsets.append(offset_of(phone.head(shot)))
    )
    path, headers = f"/uploads/{shot.photo_id}", {"Upload-Offset": "1000"}
    stale = streamed_request(observer, "PATCH", path, body, 8000, headers)
    assert (stale.status_code, stale.json["slug"]) == (409, "upload-offset")
    (offset,) = offsets
    assert 4000 <= offset < 9000
    assert offset_of(phone.head(shot)) == offset
    last = phone.patch(shot, offset, shot.content[offset:])
    assert last.headers["Upload-Complete"] == "?1"


def test_two_pieces_at_one_offset_never_mix(observer: Device, app: Flask, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    phone = Device(observer.app, observer.login, observer.password)
    body: Any = InterruptedBody(
        bytes(len(shot.content) - 1000), 3000, lambda: phone.patch(shot, 1000, shot.content[1000:])
    )
    streamed_request(observer, "PATCH", f"/uploads/{shot.photo_id}", body, len(shot.content) - 1000,
              {"Upload-Offset": "1000"})  # fmt: skip
    assert observer.head(shot).headers["Upload-Complete"] == "?1"
    assert store_of(app).get(rows.one(Photo).object_key) == shot.content
