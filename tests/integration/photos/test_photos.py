"""Looking at photos: upright copies without metadata, short links, originals logged."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image, ImageChops, ImageStat
from werkzeug.test import TestResponse

from inspect_server.models import Photo, PhotoLook
from inspect_server.photos.api.photos import LINK_SECONDS, signer
from tests.support.actors import Device, Shot, jpeg, new_id, record
from tests.support.case_walks import dispatched, handling, reported
from tests.support.photos import encoded, exif, png, png_chunk, scene, stored_as
from tests.support.rows import Rows

pytestmark = pytest.mark.one_database


def link(device: Device, photo_id: str, copy: str) -> TestResponse:
    return device.get(f"/photos/{photo_id}/{copy}")


def body(device: Device, photo_id: str, copy: str) -> bytes:
    """Follow the link as an image element does: without a token, without a cookie."""
    answer = link(device, photo_id, copy)
    assert answer.status_code == 302, answer.text
    shown = device.app.test_client(use_cookies=False).get(answer.headers["Location"])
    assert shown.status_code == 200
    return shown.data


def status_and_slug(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["slug"]


# --- copies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("copy", ["review", "thumb"])
def test_before_the_worker_ran_a_copy_is_not_ready(observer: Device, copy: str) -> None:
    shot = Shot(jpeg())
    observer.report(shot)
    answer = link(observer, shot.photo_id, copy)
    assert status_and_slug(answer) == (404, "photo-not-ready")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.stores
def test_after_the_worker_ran_the_copies_are_there(
    observer: Device, work: Callable[[], int]
) -> None:
    shot = Shot(encoded(scene(2400, 1600)))
    observer.report(shot)
    assert work() == 1
    review, thumbnail = (
        Image.open(BytesIO(body(observer, shot.photo_id, copy))) for copy in ("review", "thumb")
    )
    assert (review.format, review.size) == ("JPEG", (1600, 1067))
    assert (thumbnail.format, max(thumbnail.size)) == ("JPEG", 320)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_copies_are_upright_and_carry_no_metadata(
    observer: Device, work: Callable[[], int], orientation: int
) -> None:
    shot = Shot(encoded(stored_as(orientation), exif=exif(orientation)))
    assert b"SecretMaker" in shot.content
    observer.report(shot)
    work()
    for copy in ("review", "thumb"):
        content = body(observer, shot.photo_id, copy)
        shown = Image.open(BytesIO(content)).convert("RGB")
        apart = ImageStat.Stat(ImageChops.difference(shown, scene(*shown.size))).mean
        assert max(apart) < 6
        assert b"Secret" not in content
        assert not Image.open(BytesIO(content)).getexif()


def test_the_original_is_kept_to_the_byte(observer: Device) -> None:
    shot = Shot(encoded(stored_as(6), exif=exif(6)))
    observer.report(shot)
    assert body(observer, shot.photo_id, "original") == shot.content


def test_the_phone_gets_a_change_when_its_copies_are_ready(
    observer: Device, work: Callable[[], int]
) -> None:
    observer.report(Shot(jpeg()))
    cursor = observer.pull()["cursor"]
    work()
    changes = [c for c in observer.pull(cursor)["changes"] if c["collection"] == "observations"]
    assert [p["derivative"] for p in changes[-1]["data"]["photos"]] == ["ready"]


def test_a_photo_no_copy_can_be_made_of_is_kept_and_says_why(
    observer: Device, supervisor: Device, work: Callable[[], int], rows: Rows
) -> None:
    # The container is complete, the picture in it is not: only decoding shows it.
    shot = Shot(png(64, 48, png_chunk(b"IDAT", b"this is not what zlib writes")))
    observer.report(shot)
    work()
    assert rows.one(Photo).derivative == "failed"
    assert rows.one(Photo).derivative_problem == "unreadable"
    assert status_and_slug(link(observer, shot.photo_id, "review")) == (404, "photo-failed")
    assert body(supervisor, shot.photo_id, "original") == shot.content


# --- who -----------------------------------------------------------------------------------------


def photo_of(device: Device, task: dict[str, Any]) -> str:
    return str(device.task(task["id"])["evidence"][0]["id"])


def test_a_supervisors_view_of_an_original_is_logged(
    observer: Device, supervisor: Device, rows: Rows
) -> None:
    photo_id = photo_of(supervisor, reported(observer))
    assert link(supervisor, photo_id, "original").status_code == 302
    logged = rows.one(PhotoLook)
    assert (logged.photo_id, logged.person_id) == (UUID(photo_id), UUID(supervisor.person["id"]))


def test_the_authors_own_view_is_not_logged(observer: Device, rows: Rows) -> None:
    assert link(observer, photo_of(observer, reported(observer)), "original").status_code == 302
    assert rows.count(PhotoLook) == 0


def test_a_view_of_a_copy_is_not_logged(
    observer: Device, supervisor: Device, work: Callable[[], int], rows: Rows
) -> None:
    task = reported(observer)
    work()
    assert link(supervisor, photo_of(supervisor, task), "review").status_code == 302
    assert rows.count(PhotoLook) == 0


def test_a_handler_gets_copies_and_never_the_original(
    observer: Device, supervisor: Device, handler: Device, work: Callable[[], int]
) -> None:
    task = handling(observer, supervisor, handler)
    work()
    photo_id = photo_of(handler, task)
    assert link(handler, photo_id, "review").status_code == 302
    assert status_and_slug(link(handler, photo_id, "original")) == (404, "not-found")


@pytest.mark.parametrize("copy", ["original", "review", "thumb"])
def test_people_outside_the_scope_get_no_copy(
    observer: Device, supervisor: Device, sign_in: Any, work: Callable[[], int], copy: str
) -> None:
    task = dispatched(observer, supervisor)
    work()
    photo_id = photo_of(supervisor, task)
    for login in ("sun", "liu", "zhao"):
        assert status_and_slug(link(sign_in(login), photo_id, copy)) == (404, "not-found")


def test_an_unknown_photo_and_an_unknown_copy_are_404(observer: Device) -> None:
    assert link(observer, new_id(), "review").status_code == 404
    assert link(observer, photo_of(observer, reported(observer)), "public").status_code == 404


def test_a_photo_that_has_not_come_is_404(observer: Device) -> None:
    shot = Shot(jpeg())
    observer.send(record(shot))
    assert link(observer, shot.photo_id, "original").status_code == 404


def test_the_observer_sees_the_after_photo_of_the_own_record(
    observer: Device, supervisor: Device, handler: Device, work: Callable[[], int]
) -> None:
    task, after = handling(observer, supervisor, handler), Shot(jpeg(2), "after")
    handler.upload(after)
    handler.move(task, "submit", photos=[after.declared()])
    work()
    assert link(observer, after.photo_id, "review").status_code == 302


# --- links ---------------------------------------------------------------------------------------


def test_a_page_may_ask_for_the_link_itself(observer: Device) -> None:
    photo_id = photo_of(observer, reported(observer))
    accepts = {"Accept": "application/json"}
    answer = observer.get(f"/photos/{photo_id}/original", headers=accepts)
    assert answer.status_code == 200
    assert answer.json["url"].startswith("/media/")
    assert answer.json["expires_at"].endswith("Z")


def address(observer: Device) -> str:
    return str(link(observer, photo_of(observer, reported(observer)), "original").location)


def test_a_link_runs_out(observer: Device, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    url = address(observer)
    with app.app_context():
        kind = type(signer().make_signer("media"))
    real = kind.get_timestamp
    monkeypatch.setattr(kind, "get_timestamp", lambda self: real(self) + LINK_SECONDS + 1)
    assert status_and_slug(app.test_client().get(url)) == (403, "link-expired")


@pytest.mark.parametrize(
    "tamper", [lambda u: u[:-1], lambda u: u[:-5] + "AAAAA", lambda u: "/media/x"]
)
def test_a_tampered_link_leads_nowhere(
    observer: Device, app: Flask, tamper: Callable[[str], str]
) -> None:
    assert status_and_slug(app.test_client().get(tamper(address(observer)))) == (404, "not-found")


def test_a_shown_photo_can_run_nothing(observer: Device, app: Flask) -> None:
    answer = app.test_client().get(address(observer))
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"].startswith("private")


def test_a_photo_missing_from_the_store_is_404(observer: Device, app: Flask, rows: Rows) -> None:
    url = address(observer)
    app.extensions["store"].delete(rows.one(Photo).object_key)
    assert status_and_slug(app.test_client().get(url)) == (404, "not-found")
