"""Photos that phones really write, added on the console: they arrive, or the reason is shown."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import requests
from PIL import Image
from playwright.sync_api import Route, expect

from tests.e2e import live
from tests.e2e.conftest import PHOTOS
from tests.e2e.people import Album, Console
from tests.e2e.test_pages import serious_violations
from tests.support.actors import new_id
from tests.support.photos import with_gain_map

# 51 megapixels, as phones of 50 and more write them.
LARGE = (8256, 6192)
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(4000)
VENDOR = b"\x00\x00\x01\x0aImage_UTC_Data1767225600000SEFH" + bytes(40) + b"SEFT"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(400)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    """A photograph of what was done."""
    return (PHOTOS / "bins-after.jpg").read_bytes()


@pytest.fixture
def pictures(jpeg: bytes, tmp_path: Path) -> dict[str, Path]:
    """One file of each kind that phones and their galleries write."""
    with Image.open(BytesIO(jpeg)) as opened:
        scene = opened.convert("RGB")
    small = scene.resize((400, 300))
    contents = {
        "motion.jpg": jpeg + FILM,
        "vendor.jpg": jpeg + VENDOR,
        "no-end-mark.jpg": jpeg[:-2],
        "progressive-no-end-mark.jpg": encoded(small, "JPEG", progressive=True)[:-2],
        "ultra-hdr-motion.jpg": with_gain_map(jpeg, encoded(small, "JPEG")) + FILM,
        "trailing.png": encoded(small, "PNG") + FILM,
        "trailing.webp": encoded(small, "WEBP") + FILM,
        "large.jpg": encoded(scene.resize(LARGE), "JPEG", quality=50),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in contents}


def session_of(product: live.Live, login: str) -> requests.Session:
    """A session of this person outside a browser."""
    session = requests.Session()
    credentials = {"login": login, "password": product.passwords[login]}
    credentials |= {"device": {"id": new_id(), "name": "test"}}
    answer = session.post(f"{product.origin}/api/v1/sessions", json=credentials, timeout=60).json()
    session.headers["Authorization"] = f"Bearer {answer['access_token']}"
    return session


def make_move(product: live.Live, login: str, task_id: str, move: str) -> None:
    """One step of a case, on the version it has now."""
    session, url = session_of(product, login), f"{product.origin}/api/v1/tasks/{task_id}"
    version = session.get(url, timeout=60).json()["version"]
    body = {"move_id": new_id(), "move": move, "version": version}
    session.post(f"{url}/moves", json=body, timeout=60).raise_for_status()


@pytest.fixture
def handling(product: live.Live) -> str:
    """The id of a case that 老王's unit handles."""
    product.report(1)
    url = f"{product.origin}/api/v1/tasks?state=reported"
    task = session_of(product, "like").get(url, timeout=60).json()["items"][0]
    for login, move in (("like", "file"), ("like", "dispatch"), ("wang", "accept")):
        make_move(product, login, task["id"], move)
    return str(task["id"])


@pytest.fixture
def wang(handling: str, console: Callable[..., Console]) -> Console:
    """老王 is about to submit a case on the console."""
    one = console()
    one.sign_in("wang")
    one.open(f"tasks/{handling}")
    one.press("move-submit")
    expect(one.see("after-photo-input")).to_be_attached()
    return one


def test_every_picture_that_a_phone_writes_arrives(
    wang: Console, pictures: dict[str, Path], album: Album
) -> None:
    wang.see("after-photo-input").set_input_files(list(pictures.values()))
    expect(wang.see("move-photo")).to_have_count(len(pictures))
    expect(wang.see("photos-preparing")).to_have_count(0)
    expect(wang.see("move-problem")).to_have_count(0)
    album.keep(wang.page, "chosen")
    wang.press("move-confirm")
    wang.state("待核查")
    expect(wang.see("evidence-after").locator("img")).to_be_visible()
    assert wang.console_errors == []


def test_a_photo_that_cannot_be_evidence_is_named_with_what_to_do(
    wang: Console, jpeg: bytes, tmp_path: Path, album: Album
) -> None:
    (tmp_path / "IMG_0001.HEIC").write_bytes(HEIC)
    (tmp_path / "half.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    files = [tmp_path / "IMG_0001.HEIC", tmp_path / "half.jpg"]
    wang.see("after-photo-input").set_input_files(files)
    wang.expect_text("move-problem", "IMG_0001.HEIC：这是 HEIC 照片")
    wang.expect_text("move-problem", "half.jpg：这个文件已损坏或不是照片")
    expect(wang.see("move-photo")).to_have_count(0)
    album.keep(wang.page, "unfit")
    assert serious_violations(wang) == []


def test_the_servers_reason_is_shown_for_the_photo_it_refuses(
    wang: Console, jpeg: bytes, album: Album
) -> None:
    """What is sent is replaced on its way, so that the real server refuses it."""
    content = jpeg + b"PK\x03\x04 hidden"
    digest = base64.b64encode(hashlib.sha256(content).hexdigest().encode()).decode()

    def replace(route: Route) -> None:
        headers = dict(route.request.headers)
        pairs = [pair.split(" ") for pair in headers["upload-metadata"].split(",")]
        metadata = dict(pairs) | {"sha256": digest}
        headers["upload-metadata"] = ",".join(f"{name} {value}" for name, value in metadata.items())
        headers["upload-length"] = headers["content-length"] = str(len(content))
        route.continue_(headers=headers, post_data=content)

    wang.page.route("**/api/v1/uploads", replace)
    wang.see("after-photo-input").set_input_files(PHOTOS / "bins-after.jpg")
    expect(wang.see("move-photo")).to_have_count(1)
    wang.press("move-confirm")
    wang.expect_text("move-problem", "bins-after.jpg：照片尾部夹带其他数据")
    wang.expect_text("move-problem", "照片后面还附有别的数据")
    expect(wang.page.get_by_text("照片没有传完")).to_have_count(0)
    expect(wang.see("move-photo", refused="true")).to_contain_text("被拒收")
    album.keep(wang.page, "refused")
    assert serious_violations(wang) == []

    # Once more: the reason is that of the first time, not only that it was refused.
    wang.press("move-confirm")
    wang.expect_text("move-problem", "照片后面还附有别的数据")

    wang.page.unroute("**/api/v1/uploads")
    wang.press("move-photo-drop")
    wang.see("after-photo-input").set_input_files(PHOTOS / "bins-after.jpg")
    expect(wang.see("move-photo")).to_have_count(1)
    wang.press("move-confirm")
    wang.state("待核查")
