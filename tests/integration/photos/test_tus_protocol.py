"""tus 1.0.0, sentence by sentence, against a real gunicorn: `docs/api.md` lists these checks."""

from __future__ import annotations

import base64
import hashlib
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.support.actors import BYTES, Shot, jpeg
from tests.support.tus_client import Wire, address

pytestmark = pytest.mark.one_database


def checksum(piece: bytes, algorithm: str = "sha256") -> str:
    digest = hashlib.new(algorithm, piece).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


def at(answer: requests.Response) -> int:
    return int(answer.headers["Upload-Offset"])


# --- core ----------------------------------------------------------------------------------------


def test_options_names_version_extensions_and_limits(wire: Wire) -> None:
    answer = wire.call("OPTIONS", Tus_Resumable="")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"].isdigit()
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256"
    assert "creation-with-upload" in answer.headers["Tus-Extension"].split(",")


def test_unsupported_extensions_are_not_advertised(wire: Wire) -> None:
    extensions = wire.call("OPTIONS").headers["Tus-Extension"].split(",")
    assert not {"concatenation", "creation-defer-length", "checksum-trailer"} & set(extensions)


@pytest.mark.parametrize("spoken", ["", "0.2.2", "1.0"])
def test_another_version_is_412_and_nothing_is_done(wire: Wire, spoken: str) -> None:
    shot = Shot(jpeg())
    answer = wire.create(shot, Tus_Resumable=spoken)
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert wire.head(shot).status_code == 404


def test_every_answer_names_the_version_refusals_too(wire: Wire) -> None:
    shot = Shot(jpeg())
    answers = [wire.head(shot), wire.create(shot), wire.patch(shot, 9, b"x"), wire.head(shot)]
    assert [answer.status_code for answer in answers] == [404, 201, 409, 200]
    assert {answer.headers["Tus-Resumable"] for answer in answers} == {"1.0.0"}


def test_head_has_offset_and_length_and_is_never_cached(wire: Wire) -> None:
    shot = wire.begun()
    wire.patch(shot, 0, shot.content[:700])
    answer = wire.head(shot)
    assert (answer.status_code, at(answer), answer.content) == (200, 700, b"")
    assert answer.headers["Upload-Length"] == str(len(shot.content))
    assert answer.headers["Cache-Control"] == "no-store"


def test_head_of_an_unknown_upload_is_404_without_an_offset(wire: Wire) -> None:
    answer = wire.head(Shot(jpeg()))
    assert answer.status_code == 404
    assert "Upload-Offset" not in answer.headers


def test_patch_at_the_offset_is_204_with_the_new_offset(wire: Wire) -> None:
    shot = wire.begun()
    answer = wire.patch(shot, 0, shot.content[:500])
    assert (answer.status_code, at(answer)) == (204, 500)
    assert at(wire.patch(shot, 500, shot.content[500:900])) == 900


def test_patch_at_another_offset_is_409_and_keeps_nothing(wire: Wire) -> None:
    shot = wire.begun()
    wire.patch(shot, 0, shot.content[:500])
    for offset in (0, 499, 501):
        assert wire.patch(shot, offset, shot.content[offset:]).status_code == 409
    assert at(wire.head(shot)) == 500


@pytest.mark.parametrize("offset", ["", "-1", "many"])
def test_patch_without_a_readable_offset_is_400(wire: Wire, offset: str) -> None:
    shot = wire.begun()
    assert wire.patch(shot, offset, b"x").status_code == 400


def test_patch_of_another_content_type_is_415_and_keeps_nothing(wire: Wire) -> None:
    shot = wire.begun()
    answer = wire.patch(shot, 0, shot.content, Content_Type="application/octet-stream")
    assert answer.status_code == 415
    assert at(wire.head(shot)) == 0


def test_patch_of_an_unknown_upload_is_404(wire: Wire) -> None:
    assert wire.patch(Shot(jpeg()), 0, b"x").status_code == 404


def test_patch_beyond_the_length_is_refused_and_keeps_nothing(wire: Wire) -> None:
    shot = wire.begun()
    assert wire.patch(shot, 0, shot.content + b"x").status_code == 400
    assert at(wire.head(shot)) == 0


def test_patch_after_the_end_changes_nothing(wire: Wire) -> None:
    shot = wire.begun()
    assert wire.patch(shot, 0, shot.content).headers["Upload-Complete"] == "?1"
    assert wire.patch(shot, len(shot.content), b"").status_code == 204
    assert wire.patch(shot, 0, shot.content).status_code == 409
    assert at(wire.head(shot)) == len(shot.content)


@pytest.mark.parametrize("method", ["PATCH", "HEAD", "DELETE"])
def test_a_method_may_stand_in_a_header(wire: Wire, method: str) -> None:
    shot = wire.begun()
    answer = wire.call(
        "POST",
        address(shot),
        shot.content if method == "PATCH" else None,
        X_HTTP_Method_Override=method,
        Upload_Offset="0",
        Content_Type=BYTES["Content-Type"],
    )
    expected = {"PATCH": (204, 200), "HEAD": (200, 200), "DELETE": (204, 404)}[method]
    assert (answer.status_code, wire.head(shot).status_code) == expected


def test_a_post_to_an_upload_without_a_method_in_its_header_is_405(wire: Wire) -> None:
    shot = wire.begun()
    assert wire.call("POST", address(shot)).status_code == 405
    assert wire.call("POST", address(shot), X_HTTP_Method_Override="PUT").status_code == 405


# --- creation, creation-with-upload --------------------------------------------------------------


def test_creation_is_201_with_an_address_that_answers(wire: Wire) -> None:
    shot = Shot(jpeg())
    answer = wire.create(shot)
    assert (answer.status_code, at(answer)) == (201, 0)
    assert wire.call("HEAD", answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload_Length": ""},
        {"Upload_Length": "0"},
        {"Upload_Length": "", "Upload_Defer_Length": "1"},
    ],
    ids=["no length", "nothing", "length told later"],
)
def test_creation_without_a_length_is_400(wire: Wire, headers: dict[str, str]) -> None:
    shot = Shot(jpeg())
    assert wire.create(shot, None, **headers).status_code == 400
    assert wire.head(shot).status_code == 404


def test_creation_beyond_the_largest_size_is_413(wire: Wire) -> None:
    max_size = int(wire.call("OPTIONS").headers["Tus-Max-Size"])
    assert wire.create(Shot(jpeg()), Upload_Length=str(max_size + 1)).status_code == 413


def test_creation_whose_metadata_is_no_base64_is_400(wire: Wire) -> None:
    assert wire.create(Shot(jpeg()), Upload_Metadata="photo_id !!!").status_code == 400


def test_a_repeated_creation_is_the_same_upload_where_it_stands(wire: Wire) -> None:
    shot = wire.begun()
    wire.patch(shot, 0, shot.content[:600])
    again = wire.create(shot, shot.content, **{"Content_Type": BYTES["Content-Type"]})
    assert (again.status_code, at(again)) == (201, 600)
    assert again.headers["Location"] == address(shot)


def test_a_creation_with_bytes_keeps_them(wire: Wire) -> None:
    shot = Shot(jpeg())
    answer = wire.create(shot, shot.content[:800], **{"Content_Type": BYTES["Content-Type"]})
    assert (answer.status_code, at(answer)) == (201, 800)


def test_a_creation_with_a_body_of_another_type_takes_none_of_it(wire: Wire) -> None:
    shot = Shot(jpeg())
    answer = wire.create(shot, shot.content, Content_Type="image/jpeg")
    assert (answer.status_code, at(answer)) == (201, 0)


# --- checksum, expiration, termination ------------------------------------------------------------


def test_a_piece_with_its_true_checksum_is_kept(wire: Wire) -> None:
    shot = wire.begun()
    piece = shot.content[:500]
    assert wire.patch(shot, 0, piece, Upload_Checksum=checksum(piece)).status_code == 204
    assert at(wire.head(shot)) == 500


def test_a_piece_with_another_checksum_is_460_and_not_kept(wire: Wire) -> None:
    shot = wire.begun()
    answer = wire.patch(shot, 0, shot.content[:500], Upload_Checksum=checksum(b"other"))
    assert answer.status_code == 460
    assert at(wire.head(shot)) == 0


def test_a_checksum_of_an_unknown_kind_is_400_and_nothing_is_kept(wire: Wire) -> None:
    shot = wire.begun()
    piece = shot.content[:500]
    assert wire.patch(shot, 0, piece, Upload_Checksum=checksum(piece, "md5")).status_code == 400
    assert at(wire.head(shot)) == 0


def test_whole_bytes_that_are_not_those_promised_are_460_and_begin_again(wire: Wire) -> None:
    shot = wire.begun()
    wrong = bytes([shot.content[0] ^ 1]) + shot.content[1:]
    assert wire.patch(shot, 0, wrong).status_code == 460
    assert at(wire.head(shot)) == 0


def test_an_unfinished_upload_says_until_when_it_is_kept(wire: Wire) -> None:
    shot = Shot(jpeg())
    answers = [wire.create(shot), wire.patch(shot, 0, shot.content[:500]), wire.head(shot)]
    for answer in answers:
        assert parsedate_to_datetime(answer.headers["Upload-Expires"]).tzinfo is not None


def test_a_finished_upload_does_not_expire_and_has_its_hash(wire: Wire) -> None:
    shot = wire.begun()
    answer = wire.patch(shot, 0, shot.content)
    assert "Upload-Expires" not in answer.headers
    digest = base64.b64encode(hashlib.sha256(shot.content).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"


def test_a_terminated_upload_is_gone(wire: Wire) -> None:
    shot = wire.begun()
    assert wire.call("DELETE", address(shot)).status_code == 204
    assert wire.head(shot).status_code == 404
    assert wire.patch(shot, 0, shot.content).status_code == 404
