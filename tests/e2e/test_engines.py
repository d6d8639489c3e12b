"""The phone's journey in the engines of Safari and of Firefox: no record is lost when the browser
is killed and the server is silent, and the verdict comes back.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from schemas.city import SHANGHAI
from tests.e2e import live
from tests.e2e.conftest import PHOTOS, RESULTS
from tests.e2e.engines.engine import Engine
from tests.e2e.engines.firefox import FIREFOX
from tests.e2e.engines.programs import LEFT_OUT
from tests.e2e.engines.webkit import OLDER_WEBKIT, WEBKIT
from tests.e2e.handset import CATEGORY, INITIALS, records_are_pulled, run_checker
from tests.e2e.selenium_phone import SeleniumPage, SeleniumPhone
from tests.e2e.shared_product import SharedProduct
from tests.support.actors import new_id
from tests.support.http_client import HttpClient

ENGINES = {"webkit": WEBKIT, "older-webkit": OLDER_WEBKIT, "firefox": FIREFOX}
CLOSED = "已结案"
NOTE = "桶满，垃圾落在桶边。"
# Fields of a category that nobody writes.
ONLY_SHOWN = {"code", "pinyin", "unsorted"}
# A photo of 12 megapixels as phones take them: on its side, with a mark how to turn it.
CAMERA_SIZE = (4032, 3024)
TURN_RIGHT = 6
ORIENTATION = 0x0112
# Two pictures are the same scene when their pixels differ by no more on average (of 255).
SAME_SCENE = 12


@pytest.fixture(params=ENGINES.values(), ids=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """An engine of this machine."""
    one: Engine = request.param
    reason = LEFT_OUT[one.name]()
    if reason is not None:
        pytest.skip(reason)
    return one


@pytest.fixture
def product(started_product: SharedProduct) -> live.Live:
    """The running product, as started: the same photos in two records would be a hint of fraud."""
    started_product.put_back()
    return started_product.live


@pytest.fixture
def upright(tmp_path: Path) -> Image.Image:
    """The scene before, held upright."""
    with Image.open(PHOTOS / "bins-before.jpg") as scene:
        width, height = CAMERA_SIZE
        return scene.resize((height, width))


@pytest.fixture
def pictures(tmp_path: Path, upright: Image.Image) -> list[Path]:
    """The scene as a phone's camera writes it, and the scene after."""
    before, after = tmp_path / "before.jpg", tmp_path / "after.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = TURN_RIGHT
    upright.transpose(Image.Transpose.ROTATE_90).save(before, exif=exif, quality=85)
    after.write_bytes((PHOTOS / "bins-after.jpg").read_bytes())
    return [before, after]


@pytest.fixture
def phone(engine: Engine, product: live.Live, tmp_path: Path) -> SeleniumPhone:
    """小陈's phone."""
    return SeleniumPhone(engine, product, tmp_path)


@pytest.fixture
def screenshots(request: pytest.FixtureRequest) -> Path:
    """Where the screenshots of this engine go."""
    folder = RESULTS / request.node.name.removeprefix("test_")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sign_in(page: SeleniumPage) -> None:
    """The first visit: sign in, and let the first pull and the service worker finish."""
    page.fill("login-input", "chen")
    page.fill("password-input", page.live.passwords["chen"])
    page.press("sign-in")
    page.see("point-row")
    page.run("() => navigator.serviceWorker.ready.then(() => null)")
    # They come on a later page of the first pull than the points.
    page.wait("categories", lambda: CATEGORY in page.local_store()["categories"])


def make_record(page: SeleniumPage, photos: list[Path]) -> None:
    """A problem that is put right on the spot: a photo before and a photo after."""
    page.press("capture-open")
    # The address that names the draft scrolls the page to its top.
    page.wait("the draft is on the disk", lambda: "draft=" in page.driver.current_url)
    # What is near comes with the position and moves everything below it.
    page.text("place-words", "±8 m")
    page.see("place-offer")
    page.press("outcome-fixed_on_spot")
    page.add_photos(photos)
    page.press("category-open")
    page.fill("category-search", INITIALS)
    page.press(f"category-item-{CATEGORY}")
    page.press("more")
    page.fill("note", NOTE)


def original(supervisor: HttpClient, photo: str) -> bytes:
    """The bytes that the store holds of a photo."""
    answer = supervisor.call("GET", f"/photos/{photo}/original")
    assert answer.status_code == 200, answer.text
    return answer.content


def verify_all_of_category(product: live.Live) -> None:
    """No record that was settled on the spot closes by itself: each one is verified."""
    admin = HttpClient.sign_in(product.origin, "admin", product.passwords["admin"])
    address = f"/categories/{CATEGORY}"
    shown = admin.call("GET", address).json()
    entry = {name: value for name, value in shown.items() if name not in ONLY_SHOWN}
    answer = admin.call("PUT", address, json=entry | {"spot_check_percent": 100})
    assert answer.status_code == 200, answer.text


def pass_verification(like: HttpClient, record: str) -> None:
    """李科 passes the case."""
    task = like.call("GET", f"/observations/{record}").json()["task_id"]
    version = like.call("GET", f"/tasks/{task}").json()["version"]
    move = {"move_id": new_id(), "move": "pass", "version": version}
    answer = like.call("POST", f"/tasks/{task}/moves", json=move)
    assert answer.status_code == 200, answer.text


def kept(stored: dict[str, Any]) -> dict[str, str]:
    """The hashes of the stored bytes of all photos that ops declare."""
    ids = [photo["photo_id"] for op in stored["ops"] for photo in op["content"]["photos"]]
    return {photo_id: stored["hashes"][photo_id] for photo_id in ids}


def state_of(page: SeleniumPage, record: str) -> str | None:
    """The state of the case that the phone has pulled."""
    for one in page.local_store()["records"]:
        if one["id"] == record:
            return str(one["task"]["state"])
    return None


def exact_time(iso: str) -> str:
    """A time as the page writes it out."""
    return datetime.fromisoformat(iso).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def assert_same_scene(content: bytes, upright: Image.Image) -> None:
    """The photo is upright, as large as the phone makes it, and shows what the camera saw."""
    with Image.open(io.BytesIO(content)) as photo:
        assert photo.size == (1440, 1920)
        assert photo.getexif().get(ORIENTATION, 1) == 1
        seen, scene = (
            np.asarray(one.convert("RGB").resize((90, 120)), float) for one in (photo, upright)
        )
    assert np.abs(seen - scene).mean() < SAME_SCENE


def test_a_record_survives_a_killed_browser_and_a_silent_server(
    phone: SeleniumPhone,
    product: live.Live,
    pictures: list[Path],
    upright: Image.Image,
    screenshots: Path,
) -> None:
    verify_all_of_category(product)
    with ExitStack() as silence:
        with phone.opened() as page:
            sign_in(page)
            page.keep(screenshots / "01-today.png")
            # The server takes connections and answers nothing from here on.
            silence.enter_context(product.silent())
            make_record(page, pictures)
            page.keep(screenshots / "02-record.png")
            page.press("save-record")
            page.see("saved-sheet")
            page.whole("saved-done")
            saved = page.local_store()
            page.keep(screenshots / "03-saved.png")
            page.opened.kill()
        (op,) = saved["ops"]
        record, declared = op["entity_id"], op["content"]["photos"]
        assert [photo["role"] for photo in declared] == ["before", "after"]
        assert kept(saved) == {photo["photo_id"]: photo["sha256"] for photo in declared}

        with phone.opened() as page:
            page.press("queue-line")
            page.count("outbox-item", 1)
            page.press("outbox-item")
            page.count("outbox-photo", 2)
            page.pictures("outbox-item", 1)
            page.keep(screenshots / "04-opened-while-silent.png")
            page.go(f"/#/records/{record}")
            page.text("record", NOTE)
            page.text("record", exact_time(op["content"]["captured_at"]))
            for group in ("photos-before", "photos-after"):
                page.pictures(group, 1)
            page.keep(screenshots / "05-record-while-silent.png")
            stored = page.local_store()
            assert stored["vanished"] is None
            assert [(one["op_id"], one["content"]) for one in stored["ops"]] == [
                (op["op_id"], op["content"])
            ]
            assert kept(stored) == kept(saved)

            # The server answers again: everything is sent, each byte as it was saved.
            silence.close()
            page.go("/#/outbox")
            # As a phone says when it has a network again; the page asks by itself, but later.
            page.run("async () => { window.dispatchEvent(new Event('online')) }")
            page.see("queue-line", state="delivered")
            page.wait("pulled", lambda: records_are_pulled(page.local_store()))
            page.keep(screenshots / "06-delivered.png")
            report = run_checker(product, page.local_store())
            assert report.ok, "\n".join(report.lines())
            like = HttpClient.sign_in(product.origin, "like", product.passwords["like"])
            arrived = original(like, declared[0]["photo_id"])
            assert hashlib.sha256(arrived).hexdigest() == declared[0]["sha256"]
            assert_same_scene(arrived, upright)

            pass_verification(like, record)
            page.press("send-all")
            page.wait("the verdict", lambda: state_of(page, record) == "closed")
            page.go(f"/#/records/{record}")
            page.text("verdict", CLOSED)
            for group in ("photos-before", "photos-after"):
                page.pictures(group, 1)
            page.keep(screenshots / "07-verdict.png")
