"""Photo bytes over tus 1.0.0: in pieces, across cuts, stored only when whole and true."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO
from uuid import UUID

import pytest
from flask import Flask
from werkzeug import Response
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from inspect_server.models import Job, Photo, Task, Upload
from media.store import ObjectStore
from tests.support.actors import BYTES, TUS, Device, Shot, jpeg, new_id, record
from tests.support.clock import FakeClock
from tests.support.photos import encoded, scene
from tests.support.rows import Rows

MEGABYTE = 1024 * 1024


def checksum(piece: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    return {"Upload-Checksum": f"sha256 {digest}"}


def metadata(**told: str) -> dict[str, str]:
    pairs = [f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items()]
    return {"Upload-Metadata": ",".join(pairs)}


def begun(device: Device, shot: Shot) -> None:
    """A creation without bytes."""
    assert device.upload(shot, b"").status_code == 201


def at(answer: TestResponse) -> int:
    return int(answer.headers["Upload-Offset"])


def bucket(app: Flask) -> ObjectStore:
    return app.extensions["store"]  # type: ignore[no-any-return]


# --- what the server says of itself ---------------------------------------------------------------


@pytest.mark.one_database
def test_the_server_tells_what_it_speaks(app: Flask) -> None:
    answer = app.test_client().options("/api/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "expiration",
        "termination",
        "checksum",
    }
    assert answer.headers["Tus-Max-Size"] == str(12 * MEGABYTE)
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256"


@pytest.mark.one_database
def test_another_version_of_the_protocol_is_refused(
    observer: Device, subtests: pytest.Subtests
) -> None:
    for method in ("POST", "PATCH", "HEAD", "DELETE"):
        path = "/uploads" if method == "POST" else f"/uploads/{new_id()}"
        for spoken in ({}, {"Tus-Resumable": "0.2.2"}):
            with subtests.test(f"{method} {spoken}"):
                answer = observer.call(method, path, headers=BYTES | spoken)
                assert answer.status_code == 412
                assert answer.headers["Tus-Version"] == "1.0.0"


@pytest.mark.one_database
def test_every_answer_names_the_protocol(observer: Device) -> None:
    shot = Shot(jpeg())
    for answer in (observer.head(shot), observer.upload(shot), observer.patch(shot, 7, b"")):
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        assert answer.headers["X-Sync"] == "1"


# --- creation ------------------------------------------------------------------------------------


@pytest.mark.one_database
def test_a_photo_sent_in_one_request_is_stored(observer: Device) -> None:
    shot = Shot(jpeg())
    answer = observer.upload(shot)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/uploads/{shot.photo_id}"
    assert at(answer) == len(shot.content)
    assert answer.headers["Upload-Complete"] == "?1"


@pytest.mark.one_database
def test_a_creation_without_bytes_stands_at_nought(observer: Device) -> None:
    shot = Shot(jpeg())
    answer = observer.upload(shot, b"")
    assert (answer.status_code, at(answer)) == (201, 0)
    assert "Upload-Complete" not in answer.headers
    assert at(observer.head(shot)) == 0


@pytest.mark.one_database
def test_a_creation_of_a_declared_photo_can_be_asked_for(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    begun(observer, shot)
    answer = observer.head(shot)
    assert (answer.status_code, at(answer)) == (200, 0)


@pytest.mark.one_database
def test_a_creation_with_the_first_bytes_keeps_them(observer: Device) -> None:
    shot = Shot(jpeg())
    answer = observer.upload(shot, shot.content[:500])
    assert (answer.status_code, at(answer)) == (201, 500)


@pytest.mark.one_database
def test_a_repeated_creation_tells_where_it_stands_and_ignores_its_body(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    again = observer.upload(shot, shot.content[:900])
    assert (again.status_code, at(again)) == (201, 500)


@pytest.mark.one_database
def test_a_repeated_creation_at_nought_takes_its_body(observer: Device) -> None:
    shot = Shot(jpeg())
    begun(observer, shot)
    assert observer.upload(shot).headers["Upload-Complete"] == "?1"


@pytest.mark.one_database
def test_a_repeated_creation_of_a_stored_photo_says_so(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    again = observer.upload(shot)
    assert (again.status_code, again.headers["Upload-Complete"]) == (201, "?1")


@pytest.mark.one_database
def test_another_length_under_the_same_id_is_refused(observer: Device) -> None:
    shot = Shot(jpeg())
    begun(observer, shot)
    for length in ("12", "100000"):
        answer = observer.upload(shot, b"", **{"Upload-Length": length})
        assert (answer.status_code, answer.json["slug"]) == (409, "photo-mismatch")


@pytest.mark.one_database
def test_another_hash_under_the_same_id_is_refused(observer: Device, app: Flask) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    answer = observer.upload(Shot(jpeg(1)[: len(shot.content)].ljust(len(shot.content)),
                                  photo_id=shot.photo_id))  # fmt: skip
    assert (answer.status_code, answer.json["slug"]) == (409, "photo-mismatch")


@pytest.mark.one_database
def test_another_author_under_the_same_id_is_refused(observer: Device, handler: Device) -> None:
    shot = Shot(jpeg())
    begun(observer, shot)
    answer = handler.upload(shot)
    assert (answer.status_code, answer.json["slug"]) == (409, "photo-id-reused")


BAD_HEADERS: dict[str, dict[str, str]] = {
    "no length": {"Upload-Length": ""},
    "a length that is no number": {"Upload-Length": "many"},
    "a negative length": {"Upload-Length": "-5"},
    "a length of nought": {"Upload-Length": "0"},
    "a length of twenty digits": {"Upload-Length": "9" * 20},
    "a length told later": {"Upload-Defer-Length": "1"},
    "no metadata": {"Upload-Metadata": ""},
    "metadata that is no base64": {"Upload-Metadata": "photo_id !!!"},
    "no hash": metadata(photo_id=new_id()),
    "no id": metadata(sha256="0" * 64),
    "an id that is none": metadata(photo_id="../../etc", sha256="0" * 64),
    "a short hash": metadata(photo_id=new_id(), sha256="0" * 63),
    "a hash in capitals": metadata(photo_id=new_id(), sha256="A" * 64),
    "an op that is none": metadata(photo_id=new_id(), sha256="0" * 64, op_id="x"),
    "a checksum of another kind": {"Upload-Checksum": "md5 Kq5sNclPz7QV2+lfQIuc6R7oRu0="},
}


@pytest.mark.one_database
def test_a_creation_whose_headers_cannot_be_read_is_refused(
    observer: Device, rows: Rows, subtests: pytest.Subtests
) -> None:
    for name, headers in BAD_HEADERS.items():
        with subtests.test(name):
            answer = observer.upload(Shot(jpeg()), **headers)
            assert (answer.status_code, answer.json["slug"]) == (400, "upload-headers")
    assert rows.count(Photo) == 0


@pytest.mark.one_database
def test_a_photo_over_twelve_megabytes_is_refused(observer: Device, rows: Rows) -> None:
    answer = observer.upload(Shot(jpeg()), b"", **{"Upload-Length": str(12 * MEGABYTE + 1)})
    assert (answer.status_code, answer.json["slug"]) == (413, "photo-too-large")
    assert rows.count(Photo) == 0


@pytest.mark.one_database
def test_a_declared_photo_over_twelve_megabytes_holds_its_record_up_no_longer(
    observer: Device, rows: Rows
) -> None:
    shot, size = Shot(jpeg()), 13 * MEGABYTE
    observer.send(record() | {"photos": [shot.declared(bytes=size)]})
    assert observer.upload(shot, b"", **{"Upload-Length": str(size)}).status_code == 413
    assert rows.one(Task).state == "reported"


@pytest.mark.one_database
def test_nobody_refuses_somebody_elses_photo_by_naming_it_too_large(
    observer: Device, handler: Device, rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    handler.upload(shot, b"", **{"Upload-Length": str(13 * MEGABYTE)})
    assert rows.one(Photo).state == "declared"
    assert observer.upload(shot).status_code == 201


# --- pieces --------------------------------------------------------------------------------------


def test_a_photo_in_pieces_is_stored_with_the_last(observer: Device) -> None:
    shot = Shot(jpeg())
    third = len(shot.content) // 3
    begun(observer, shot)
    first = observer.patch(shot, 0, shot.content[:third])
    assert (first.status_code, at(first)) == (204, third)
    assert "Upload-Complete" not in first.headers
    second = observer.patch(shot, third, shot.content[third : 2 * third])
    last = observer.patch(shot, at(second), shot.content[2 * third :])
    assert (last.status_code, last.headers["Upload-Complete"]) == (204, "?1")


def test_a_piece_at_a_wrong_offset_stores_nothing(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    for offset in (0, 499, 501, 10**9):
        answer = observer.patch(shot, offset, shot.content[offset : offset + 100])
        assert (answer.status_code, answer.json["slug"]) == (409, "upload-offset")
    assert at(observer.head(shot)) == 500


def test_a_piece_longer_than_declared_is_refused_and_stores_nothing(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    answer = observer.patch(shot, 500, shot.content[500:] + b"more")
    assert (answer.status_code, answer.json["slug"]) == (400, "upload-headers")
    assert at(observer.head(shot)) == 500


def test_an_empty_piece_changes_nothing(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    assert at(observer.patch(shot, 500, b"")) == 500


def test_a_piece_of_another_type_is_refused(observer: Device) -> None:
    shot = Shot(jpeg())
    begun(observer, shot)
    answer = observer.patch(shot, 0, shot.content, **{"Content-Type": "image/jpeg"})
    assert answer.status_code == 415
    assert at(observer.head(shot)) == 0


def test_a_piece_of_an_unknown_photo_is_404(observer: Device) -> None:
    assert observer.patch(Shot(jpeg()), 0, b"x").status_code == 404


def test_a_piece_of_a_photo_nobody_began_to_send_is_404(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    assert observer.patch(shot, 0, shot.content).status_code == 404


def test_a_piece_with_its_own_true_checksum_is_kept(observer: Device) -> None:
    shot = Shot(jpeg())
    begun(observer, shot)
    piece = shot.content[:700]
    answer = observer.patch(shot, 0, piece, **checksum(piece))
    assert (answer.status_code, at(answer)) == (204, 700)


def test_a_piece_with_a_wrong_checksum_stores_nothing(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    answer = observer.patch(shot, 500, shot.content[500:], **checksum(b"other"))
    assert (answer.status_code, answer.json["slug"]) == (460, "upload-hash")
    assert at(observer.head(shot)) == 500


def test_a_photo_whose_bytes_are_not_those_promised_starts_again(observer: Device) -> None:
    shot = Shot(jpeg())
    wrong = bytes(len(shot.content))
    observer.upload(shot, wrong[:500])
    answer = observer.patch(shot, 500, wrong[500:])
    assert (answer.status_code, answer.json["slug"]) == (460, "upload-hash")
    assert at(observer.head(shot)) == 0
    assert observer.patch(shot, 0, shot.content).headers["Upload-Complete"] == "?1"


def test_wrong_bytes_in_one_request_start_again(observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    assert observer.upload(shot, bytes(len(shot.content))).status_code == 460
    assert rows.one(Task).state == "awaiting_evidence"
    assert observer.upload(shot).headers["Upload-Complete"] == "?1"


# --- looking -------------------------------------------------------------------------------------


@pytest.mark.one_database
def test_a_stored_photo_says_so_for_ever_with_its_hash(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    answer = observer.head(shot)
    digest = base64.b64encode(hashlib.sha256(shot.content).digest()).decode()
    assert answer.headers["Upload-Complete"] == "?1"
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert at(answer) == int(answer.headers["Upload-Length"]) == len(shot.content)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.one_database
def test_an_unknown_photo_is_404(observer: Device) -> None:
    assert observer.head(Shot(jpeg())).status_code == 404


@pytest.mark.one_database
def test_a_declared_photo_nobody_began_to_send_is_404(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    assert observer.head(shot).status_code == 404


@pytest.mark.one_database
def test_somebody_elses_upload_does_not_exist(observer: Device, handler: Device) -> None:
    shot = Shot(jpeg())
    begun(observer, shot)
    assert handler.head(shot).status_code == 404
    assert handler.patch(shot, 0, shot.content).status_code == 404
    assert handler.call("DELETE", f"/uploads/{shot.photo_id}", headers=TUS).status_code == 404


@pytest.mark.one_database
def test_an_upload_under_way_says_when_it_expires(observer: Device, fake_clock: FakeClock) -> None:
    shot = Shot(jpeg())
    expires = parsedate_to_datetime(observer.upload(shot, b"").headers["Upload-Expires"])
    assert (expires - fake_clock()).days >= 29


@pytest.mark.one_database
def test_an_expired_upload_is_404_and_may_begin_again(
    observer: Device, fake_clock: FakeClock
) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    observer.upload(shot, shot.content[:500])
    fake_clock.forward(days=31)
    observer = Device(observer.app, observer.login, observer.password)
    assert observer.head(shot).status_code == 404
    assert observer.patch(shot, 500, shot.content[500:]).status_code == 404
    assert observer.upload(shot).headers["Upload-Complete"] == "?1"


# --- cuts ----------------------------------------------------------------------------------------


class CutBody(io.RawIOBase):
    """A body whose sender goes away: it ends early, or the connection breaks."""

    def __init__(self, content: bytes, breaks: bool) -> None:
        self._content = io.BytesIO(content)
        self._breaks = breaks

    def read(self, size: int = -1) -> bytes:
        piece = self._content.read(min(size, 300) if size >= 0 else 300)
        if not piece and self._breaks:
            raise ConnectionResetError("the phone went into a lift")
        return piece


def over_wire(
    device: Device, method: str, path: str, body: BinaryIO, length: int, headers: dict[str, str]
) -> Response:
    """A request whose body is this stream, as a server hands it over."""
    builder = EnvironBuilder(
        path="/api/v1" + path, method=method, headers=device.bearer | TUS | BYTES | headers
    )
    environ = builder.get_environ()
    environ["CONTENT_LENGTH"] = str(length)
    environ["wsgi.input"] = body
    parts, status, said = run_wsgi_app(device.app, environ, buffered=True)
    return Response(parts, status, said)


def creating(shot: Shot) -> dict[str, str]:
    told = metadata(photo_id=shot.photo_id, sha256=shot.sha256)
    return told | {"Upload-Length": str(len(shot.content))}


@pytest.mark.parametrize("breaks", [False, True], ids=["ends early", "breaks off"])
def test_the_bytes_before_a_cut_are_kept(observer: Device, breaks: bool) -> None:
    shot = Shot(jpeg())
    body: Any = CutBody(shot.content[:5000], breaks)
    over_wire(observer, "POST", "/uploads", body, len(shot.content), creating(shot))
    assert at(observer.head(shot)) == 5000
    last = observer.patch(shot, 5000, shot.content[5000:])
    assert last.headers["Upload-Complete"] == "?1"


@pytest.mark.parametrize("breaks", [False, True], ids=["ends early", "breaks off"])
def test_the_bytes_of_a_piece_before_a_cut_are_kept(observer: Device, breaks: bool) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    body: Any = CutBody(shot.content[1000:4000], breaks)
    headers = {"Upload-Offset": "1000"}
    path = f"/uploads/{shot.photo_id}"
    over_wire(observer, "PATCH", path, body, len(shot.content) - 1000, headers)
    assert at(observer.head(shot)) == 4000
    last = observer.patch(shot, 4000, shot.content[4000:])
    assert last.headers["Upload-Complete"] == "?1"


class Interrupted(io.RawIOBase):
    """A body in whose middle something happens."""

    def __init__(self, content: bytes, middle: int, happens: Callable[[], Any]) -> None:
        self._content = io.BytesIO(content)
        self._middle = middle
        self._happens: Callable[[], Any] | None = happens

    def read(self, size: int = -1) -> bytes:
        if self._happens and self._content.tell() >= self._middle:
            happens, self._happens = self._happens, None
            happens()
        return self._content.read(min(size, self._middle))


def test_a_look_shuts_out_a_writer_that_is_still_at_it(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    phone = Device(observer.app, observer.login, observer.password)
    seen: list[int] = []
    body: Any = Interrupted(
        shot.content[1000:9000], 3000, lambda: seen.append(at(phone.head(shot)))
    )
    path, headers = f"/uploads/{shot.photo_id}", {"Upload-Offset": "1000"}
    stale = over_wire(observer, "PATCH", path, body, 8000, headers)
    assert (stale.status_code, stale.json["slug"]) == (409, "upload-offset")
    (taken_over,) = seen
    assert 4000 <= taken_over < 9000
    assert at(phone.head(shot)) == taken_over
    last = phone.patch(shot, taken_over, shot.content[taken_over:])
    assert last.headers["Upload-Complete"] == "?1"


def test_two_pieces_at_one_offset_never_mix(observer: Device, app: Flask, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:1000])
    phone = Device(observer.app, observer.login, observer.password)
    body: Any = Interrupted(
        bytes(len(shot.content) - 1000), 3000, lambda: phone.patch(shot, 1000, shot.content[1000:])
    )
    over_wire(observer, "PATCH", f"/uploads/{shot.photo_id}", body, len(shot.content) - 1000,
              {"Upload-Offset": "1000"})  # fmt: skip
    assert observer.head(shot).headers["Upload-Complete"] == "?1"
    assert bucket(app).get(rows.one(Photo).object_key) == shot.content


# --- stored --------------------------------------------------------------------------------------


@pytest.mark.stores
def test_the_bytes_in_the_store_hash_to_what_the_phone_said(
    observer: Device, app: Flask, rows: Rows
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:2000])
    observer.patch(shot, 2000, shot.content[2000:])
    lying = bucket(app).get(rows.one(Photo).object_key)
    assert hashlib.sha256(lying).hexdigest() == shot.sha256


@pytest.mark.one_database
def test_a_stored_photo_orders_its_copies_once(observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    observer.upload(shot)
    assert rows.count(Job) == 1


@pytest.mark.one_database
def test_the_spool_is_empty_when_a_photo_is_stored(observer: Device, app: Flask) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:2000])
    observer.patch(shot, 2000, shot.content[2000:])
    assert list(app.extensions["uploads"].spool.folder.iterdir()) == []


@pytest.mark.one_database
def test_each_kind_of_photo_is_taken(
    observer: Device, rows: Rows, subtests: pytest.Subtests
) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        with subtests.test(kind):
            shot = Shot(encoded(scene(200, 150), kind))
            assert observer.upload(shot).status_code == 201
            photo = rows.one(Photo, Photo.id == UUID(shot.photo_id))
            assert (photo.mime, photo.width, photo.height) == (f"image/{kind.lower()}", 200, 150)


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
NO_PHOTO = {
    "words": (b"these are words, not a photo" * 10, "photo-not-an-image"),
    "HEIC": (HEIC, "photo-heic"),
    "half a JPEG": (jpeg()[: len(jpeg()) // 2], "photo-truncated"),
    "a JPEG with something behind it": (jpeg() + b"PK\3\4 hidden", "photo-trailing-data"),
    "a GIF": (b"GIF89a" + bytes(60), "photo-not-an-image"),
}


@pytest.mark.one_database
def test_what_is_no_photo_is_refused_for_good(observer: Device, subtests: pytest.Subtests) -> None:
    for name, (content, slug) in NO_PHOTO.items():
        with subtests.test(name):
            shot = Shot(content)
            answer = observer.upload(shot)
            assert (answer.status_code, answer.json["slug"]) == (422, slug)
            assert observer.head(shot).status_code == 410
            assert observer.patch(shot, 0, content).json["reason"]["slug"] == slug
            assert observer.upload(shot).status_code == 410


@pytest.mark.one_database
def test_a_refused_photo_lets_its_record_go_on_and_marks_it(observer: Device, rows: Rows) -> None:
    good, bad = Shot(jpeg()), Shot(HEIC)
    sent = record(good, bad)
    observer.send(sent)
    observer.upload(bad)
    assert rows.one(Task).state == "awaiting_evidence"
    observer.upload(good)
    assert rows.one(Task).state == "reported"
    seen = observer.get(f"/observations/{sent['entity_id']}").json
    assert seen["state"] == "incomplete"
    assert [p["state"] for p in seen["photos"]] == ["stored", "rejected"]


@pytest.mark.one_database
def test_the_desk_sees_which_photo_is_missing(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    good, missing = Shot(jpeg()), Shot(jpeg(1))
    observer.send(record(good, missing))
    observer.upload(good)
    seen = supervisor.task(str(rows.one(Task).id))
    assert seen["missing_photos"] == [missing.photo_id]


# --- taking back ---------------------------------------------------------------------------------


def drop(device: Device, shot: Shot) -> TestResponse:
    return device.call("DELETE", f"/uploads/{shot.photo_id}", headers=TUS)


def test_an_own_unattached_photo_may_be_taken_back(
    observer: Device, app: Flask, rows: Rows, work: Callable[[], int]
) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    work()
    assert drop(observer, shot).status_code == 204
    assert observer.head(shot).status_code == 404
    lying = [k for kind in ("original", "review", "thumb") for k in bucket(app).list_keys(kind)]
    assert [key for key in lying if shot.photo_id in key] == []
    assert rows.count(Job) == 0


def test_an_upload_under_way_may_be_taken_back(observer: Device, app: Flask, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    assert drop(observer, shot).status_code == 204
    assert rows.count(Photo) == rows.count(Upload) == 0
    assert list(app.extensions["uploads"].spool.folder.iterdir()) == []


def test_a_photo_that_belongs_to_a_record_stays(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    answer = drop(observer, shot)
    assert (answer.status_code, answer.json["slug"]) == (403, "upload-attached")
    assert observer.head(shot).headers["Upload-Complete"] == "?1"


def test_a_photo_of_a_quarantined_op_stays(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot, category="XX9999"))
    observer.upload(shot)
    assert drop(observer, shot).status_code == 403


def test_an_unknown_photo_cannot_be_taken_back(observer: Device) -> None:
    assert drop(observer, Shot(jpeg())).status_code == 404


def test_a_photo_keeps_the_id_the_phone_gave_it(observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    assert rows.one(Photo).id == UUID(shot.photo_id)
