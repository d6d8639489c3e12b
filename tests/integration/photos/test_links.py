"""Links to photos: who gets one, for how long, and what it shows on every store."""

from __future__ import annotations

import hashlib
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from PIL import Image, ImageChops, ImageStat
from werkzeug.test import TestResponse

from inspect_server.models import PhotoLook
from media.store import ObjectStore, StoreSettings
from tests.support.actors import Device, Shot, jpeg
from tests.support.clock import FakeClock
from tests.support.photos import encoded, exif, scene, stored_as
from tests.support.rows import Rows

COPIES = ("original", "review", "thumb")


@pytest.fixture
def shot(observer: Device) -> Shot:
    """A photo of a record of 小陈 in 茅箭."""
    taken = Shot(jpeg())
    observer.report(taken)
    return taken


def look(person: Device, shot: Shot, copy: str, **headers: str) -> TestResponse:
    return person.get(f"/photos/{shot.photo_id}/{copy}", headers=headers)


def link(person: Device, shot: Shot, copy: str) -> str:
    answer = look(person, shot, copy)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def opened(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content)) as image:
        image.load()
    return image


# --- who sees what -------------------------------------------------------------------------------


def test_another_reporter_of_the_district_sees_no_copy(
    sign_in: Callable[..., Device], shot: Shot, work: Callable[[], int]
) -> None:
    work()
    assert [look(sign_in("liu"), shot, copy).status_code for copy in COPIES] == [404, 404, 404]


def test_a_handler_sees_nothing_before_the_task_is_dispatched(
    handler: Device, shot: Shot, work: Callable[[], int]
) -> None:
    work()
    assert [look(handler, shot, copy).status_code for copy in COPIES] == [404, 404, 404]


def test_a_photo_of_no_record_is_its_authors_alone(observer: Device, supervisor: Device) -> None:
    unattached = Shot(jpeg())
    observer.upload(unattached)
    assert look(observer, unattached, "original").status_code == 302
    assert look(supervisor, unattached, "original").status_code == 404


def test_a_refused_request_for_a_photo_is_not_logged(
    outsider: Device, shot: Shot, rows: Rows
) -> None:
    look(outsider, shot, "original")
    assert rows.count(PhotoLook) == 0


# --- links ---------------------------------------------------------------------------------------


def test_a_link_works_without_a_token(app: Flask, supervisor: Device, shot: Shot) -> None:
    answer = app.test_client().get(link(supervisor, shot, "original"))
    assert (answer.status_code, answer.data) == (200, shot.content)
    assert int(answer.headers["Content-Length"]) == len(shot.content)


def test_a_link_dies_after_five_minutes(app: Flask, observer: Device, shot: Shot) -> None:
    url, client = link(observer, shot, "original"), app.test_client()
    with time_machine.travel(time.time() + 299, tick=False):
        assert client.get(url).status_code == 200
    with time_machine.travel(time.time() + 302, tick=False):
        answer = client.get(url)
    assert (answer.status_code, answer.json["slug"]) == (403, "link-expired")


def test_a_link_can_be_had_as_json_with_its_end(
    app: Flask, observer: Device, shot: Shot, fake_clock: FakeClock
) -> None:
    fake_clock.stop_at(fake_clock().isoformat())
    answer = look(observer, shot, "original", Accept="application/json")
    assert answer.status_code == 200
    expires_at = datetime.fromisoformat(answer.json["expires_at"])
    assert abs(expires_at - fake_clock() - timedelta(minutes=5)) < timedelta(milliseconds=1)
    assert app.test_client().get(answer.json["url"]).data == shot.content


def test_a_browser_gets_the_redirect(observer: Device, shot: Shot) -> None:
    answer = look(observer, shot, "original", Accept="image/avif,image/webp,*/*;q=0.8")
    assert answer.status_code == 302


def test_a_link_while_the_store_is_away_is_503(
    app: Flask, observer: Device, shot: Shot, store_settings: StoreSettings
) -> None:
    url, store = link(observer, shot, "original"), app.extensions["store"]
    unreachable = ObjectStore(replace(store_settings, endpoint_url="http://127.0.0.1:9"))
    app.extensions["store"] = unreachable
    answer = app.test_client().get(url)
    app.extensions["store"] = store
    unreachable.close()
    assert (answer.status_code, answer.json["slug"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.stores
@pytest.mark.one_database
def test_a_store_with_a_public_address_is_read_directly(
    app: Flask, observer: Device, shot: Shot, store_settings: StoreSettings
) -> None:
    store = app.extensions["store"]
    public = ObjectStore(replace(store_settings, public_url=store_settings.endpoint_url))
    app.extensions["store"] = public
    url = link(observer, shot, "original")
    app.extensions["store"] = store
    public.close()
    assert url.startswith(store_settings.endpoint_url)
    with urllib.request.urlopen(url, timeout=30) as answer:
        content, mime = answer.read(), answer.headers["Content-Type"]
    assert (hashlib.sha256(content).hexdigest(), mime) == (shot.sha256, "image/jpeg")


# --- what is shown -------------------------------------------------------------------------------


@pytest.mark.stores
@pytest.mark.one_database
def test_all_eight_orientations_are_shown_upright_and_without_metadata(
    observer: Device, supervisor: Device, work: Callable[[], int]
) -> None:
    shots = [Shot(encoded(stored_as(n), exif=exif(n))) for n in range(1, 9)]
    observer.report(*shots)
    work()
    for shot in shots:
        for copy, size in (("review", (640, 427)), ("thumb", (320, 214))):
            content = supervisor.client.get(link(supervisor, shot, copy)).data
            shown = opened(content)
            assert shown.size == size
            drift = ImageStat.Stat(ImageChops.difference(shown, scene(*size))).mean
            assert max(drift) < 6
            assert not shown.getexif()
            assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert b"Secret" not in content
