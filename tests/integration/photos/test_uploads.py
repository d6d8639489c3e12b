"""Photo bytes over tus 1.0.0: creation, pieces, and where an upload stands."""

from __future__ import annotations

import base64
import hashlib
from email.utils import parsedate_to_datetime

import pytest
from flask import Flask

from inspect_server.models import Photo, Task
from tests.support.actors import BYTES, TUS, Device, Shot, jpeg, new_id, record
from tests.support.clock import FakeClock
from tests.support.rows import Rows
from tests.support.uploads import metadata, offset_of

MEGABYTE = 1024 * 1024


def checksum(piece: bytes) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    return {"Upload-Checksum": f"sha256 {digest}"}


def begin_upload(device: Device, shot: Shot) -> None:
    """A creation without bytes."""
    assert device.upload(shot, b"").status_code == 201


# --- the protocol --------------------------------------------------------------


@pytest.mark.one_database
def test_the_server_describes_its_protocol(app: Flask) -> None:
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
        for headers in ({}, {"Tus-Resumable": "0.2.2"}):
            with subtests.test(f"{method} {headers}"):
                answer = observer.call(method, path, headers=BYTES | headers)
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
    assert offset_of(answer) == len(shot.content)
    assert answer.headers["Upload-Complete"] == "?1"


@pytest.mark.one_database
def test_a_creation_without_bytes_has_offset_zero(observer: Device) -> None:
    shot = Shot(jpeg())
    answer = observer.upload(shot, b"")
    assert (answer.status_code, offset_of(answer)) == (201, 0)
    assert "Upload-Complete" not in answer.headers
    assert offset_of(observer.head(shot)) == 0


@pytest.mark.one_database
def test_the_upload_of_a_declared_photo_answers_head(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    begin_upload(observer, shot)
    answer = observer.head(shot)
    assert (answer.status_code, offset_of(answer)) == (200, 0)


@pytest.mark.one_database
def test_a_creation_with_the_first_bytes_keeps_them(observer: Device) -> None:
    shot = Shot(jpeg())
    answer = observer.upload(shot, shot.content[:500])
    assert (answer.status_code, offset_of(answer)) == (201, 500)


@pytest.mark.one_database
def test_a_repeated_creation_has_the_offset_and_ignores_its_body(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    again = observer.upload(shot, shot.content[:900])
    assert (again.status_code, offset_of(again)) == (201, 500)


@pytest.mark.one_database
def test_a_repeated_creation_at_offset_zero_takes_its_body(observer: Device) -> None:
    shot = Shot(jpeg())
    begin_upload(observer, shot)
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
    begin_upload(observer, shot)
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
    begin_upload(observer, shot)
    answer = handler.upload(shot)
    assert (answer.status_code, answer.json["slug"]) == (409, "photo-id-reused")


BAD_HEADERS: dict[str, dict[str, str]] = {
    "no length": {"Upload-Length": ""},
    "a length that is no number": {"Upload-Length": "many"},
    "a negative length": {"Upload-Length": "-5"},
    "a length of zero": {"Upload-Length": "0"},
    "a length of twenty digits": {"Upload-Length": "9" * 20},
    "a deferred length": {"Upload-Defer-Length": "1"},
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
    begin_upload(observer, shot)
    first = observer.patch(shot, 0, shot.content[:third])
    assert (first.status_code, offset_of(first)) == (204, third)
    assert "Upload-Complete" not in first.headers
    second = observer.patch(shot, third, shot.content[third : 2 * third])
    last = observer.patch(shot, offset_of(second), shot.content[2 * third :])
    assert (last.status_code, last.headers["Upload-Complete"]) == (204, "?1")


def test_a_piece_at_a_wrong_offset_stores_nothing(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    for offset in (0, 499, 501, 10**9):
        answer = observer.patch(shot, offset, shot.content[offset : offset + 100])
        assert (answer.status_code, answer.json["slug"]) == (409, "upload-offset")
    assert offset_of(observer.head(shot)) == 500


def test_a_piece_longer_than_declared_is_refused_and_stores_nothing(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    answer = observer.patch(shot, 500, shot.content[500:] + b"more")
    assert (answer.status_code, answer.json["slug"]) == (400, "upload-headers")
    assert offset_of(observer.head(shot)) == 500


def test_an_empty_piece_changes_nothing(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    assert offset_of(observer.patch(shot, 500, b"")) == 500


def test_a_piece_of_another_type_is_refused(observer: Device) -> None:
    shot = Shot(jpeg())
    begin_upload(observer, shot)
    answer = observer.patch(shot, 0, shot.content, **{"Content-Type": "image/jpeg"})
    assert answer.status_code == 415
    assert offset_of(observer.head(shot)) == 0


def test_a_piece_of_an_unknown_photo_is_404(observer: Device) -> None:
    assert observer.patch(Shot(jpeg()), 0, b"x").status_code == 404


def test_a_piece_of_a_photo_nobody_began_to_send_is_404(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    assert observer.patch(shot, 0, shot.content).status_code == 404


def test_a_piece_with_its_own_true_checksum_is_kept(observer: Device) -> None:
    shot = Shot(jpeg())
    begin_upload(observer, shot)
    piece = shot.content[:700]
    answer = observer.patch(shot, 0, piece, **checksum(piece))
    assert (answer.status_code, offset_of(answer)) == (204, 700)


def test_a_piece_with_a_wrong_checksum_stores_nothing(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot, shot.content[:500])
    answer = observer.patch(shot, 500, shot.content[500:], **checksum(b"other"))
    assert (answer.status_code, answer.json["slug"]) == (460, "upload-hash")
    assert offset_of(observer.head(shot)) == 500


def test_a_photo_whose_bytes_are_not_those_promised_starts_again(observer: Device) -> None:
    shot = Shot(jpeg())
    wrong = bytes(len(shot.content))
    observer.upload(shot, wrong[:500])
    answer = observer.patch(shot, 500, wrong[500:])
    assert (answer.status_code, answer.json["slug"]) == (460, "upload-hash")
    assert offset_of(observer.head(shot)) == 0
    assert observer.patch(shot, 0, shot.content).headers["Upload-Complete"] == "?1"


def test_wrong_bytes_in_one_request_start_again(observer: Device, rows: Rows) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    assert observer.upload(shot, bytes(len(shot.content))).status_code == 460
    assert rows.one(Task).state == "awaiting_evidence"
    assert observer.upload(shot).headers["Upload-Complete"] == "?1"


# --- HEAD -------------------------------------------------------------------------------------


@pytest.mark.one_database
def test_a_stored_photo_says_so_for_ever_with_its_hash(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.upload(shot)
    answer = observer.head(shot)
    digest = base64.b64encode(hashlib.sha256(shot.content).digest()).decode()
    assert answer.headers["Upload-Complete"] == "?1"
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert offset_of(answer) == int(answer.headers["Upload-Length"]) == len(shot.content)
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
    begin_upload(observer, shot)
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
