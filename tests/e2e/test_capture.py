"""记录问题 in bad conditions: a killed page, no camera, damaged files, wet fingers."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, FilePayload, expect

from tests.e2e import chromium, live
from tests.e2e.conftest import PHOTOS
from tests.e2e.people import Album, Phone

SCENE = PHOTOS / "bins-close.jpg"
OVERFLOWING_BIN = "GG0402"
RECORDS = 120


@pytest.fixture(scope="module")
def shared_phone(browser: Browser, product: live.Live) -> Iterator[Phone]:
    """小陈's phone, signed in once for all of these."""
    one = Phone.of(browser, product)
    one.sign_in("chen")
    yield one
    one.context.close()


@pytest.fixture
def chen(shared_phone: Phone) -> Phone:
    """小陈 before a new record, with the camera open."""
    begin(shared_phone)
    return shared_phone


@pytest.fixture
def refusing(browser: Browser) -> Iterator[Browser]:
    """A Chromium with a camera that it shows to nobody without leave."""
    started = browser.browser_type.launch(
        executable_path=chromium.find(),
        args=[*chromium.QUIET, "--use-fake-device-for-media-stream"],
    )
    yield started
    started.close()


def begin(one: Phone) -> None:
    """A new record, from today's screen."""
    one.console_errors.clear()
    one.open("/#/")
    one.press("capture-open")
    expect(one.page.locator('.viewfinder[data-state="on"]')).to_be_visible()


NOTES_OF_DRAFTS = """
async () => {
  const answer = (request) => new Promise((ok, no) => {
    request.onsuccess = () => ok(request.result)
    request.onerror = no
  })
  const db = await answer(indexedDB.open('inspect-field'))
  const drafts = await answer(db.transaction('drafts').objectStore('drafts').getAll())
  db.close()
  return drafts.map((draft) => draft.fields.note)
}
"""


def kill_page(one: Phone) -> None:
    """As a phone does that needs its memory for the camera: no event, no farewell."""
    killed = one.page
    with killed.expect_event("crash"), suppress(Error):
        killed.goto("chrome://crash")
    one.page = one.context.new_page()
    killed.close()


def wait_until_written(one: Phone, note: str) -> None:
    """A draft is on the disk some milliseconds after the last letter, later on a busy machine."""
    while note not in one.page.evaluate(NOTES_OF_DRAFTS):
        one.page.wait_for_timeout(20)


def picture(colour: tuple[int, int, int], kind: str = "PNG") -> bytes:
    """A picture of one colour."""
    content = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(content, kind)
    return content.getvalue()


def file(name: str, content: bytes) -> FilePayload:
    """A file as the album gives it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def test_a_draft_is_offered_after_the_page_was_killed(chen: Phone, album: Album) -> None:
    chen.take_photo()
    chen.press("more")
    chen.see("note").fill("桶满了")
    wait_until_written(chen, "桶满了")
    kill_page(chen)
    chen.open("/")
    album.keep(chen.page, "today-with-a-draft")
    chen.see("draft-item").first.click()
    expect(chen.see("resumed")).to_be_visible()
    expect(chen.see("held-photo")).to_have_count(1)
    expect(chen.see("note")).to_have_value("桶满了")


def test_a_page_killed_over_its_record_comes_back_to_it(chen: Phone) -> None:
    chen.take_photo()
    address = chen.page.url
    kill_page(chen)
    chen.page.goto(address)
    expect(chen.see("resumed")).to_be_visible()
    expect(chen.see("held-photo")).to_have_count(1)


def test_a_draft_is_thrown_away_only_on_a_second_question(chen: Phone) -> None:
    chen.add_photos("file-input", [SCENE])
    before = chen.page.url
    chen.press("capture-back")
    draft = chen.see("drafts").locator("li", has=chen.see("draft-item", id=before.split("=")[-1]))
    draft.locator('[data-testid="draft-discard"]').click()
    chen.press("draft-discard-confirm")
    expect(draft).to_have_count(0)


def test_without_camera_permission_the_system_camera_takes_the_photo(
    phone: Callable[..., Phone], refusing: Browser, album: Album
) -> None:
    one = phone(refusing, permissions=["geolocation"])
    one.sign_in("chen")
    one.press("capture-open")
    expect(one.page.locator('.viewfinder[data-state="denied"]')).to_be_visible()
    album.keep(one.page, "camera-refused")
    one.see("system-camera").set_input_files(SCENE)
    expect(one.see("held-photo")).to_have_count(1)
    assert one.console_errors == []


def test_a_camera_taken_away_in_use_is_opened_again(chen: Phone, album: Album) -> None:
    # What a browser does when another app takes the camera: the track ends.
    chen.page.evaluate(
        "document.querySelector('.viewfinder video').srcObject.getTracks()"
        ".forEach((track) => track.dispatchEvent(new Event('ended')))"
    )
    expect(chen.page.locator('.viewfinder[data-state="lost"]')).to_be_visible()
    album.keep(chen.page, "camera-lost")
    chen.press("camera-open")
    chen.take_photo()


def test_the_tenth_photo_is_refused_before_a_camera_opens(chen: Phone, album: Album) -> None:
    chen.take_photo()
    chen.see("file-input").set_input_files([SCENE] * 10)
    expect(chen.see("held-photo")).to_have_count(9)
    chen.expect_text("capture-error", "2 张")
    expect(chen.see("camera-shutter")).to_be_disabled()
    expect(chen.see("file-input")).to_be_disabled()
    expect(chen.page.locator('.viewfinder[data-state="off"]')).to_be_visible()
    album.keep(chen.page, "nine-photos")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SCENE.read_bytes()[:60_000], "已损坏"),
        (b"not a picture at all", "已损坏"),
        (b"\0\0\0\x18ftypheic" + bytes(2000), "HEIC"),
        (picture((0, 0, 0)), "空白"),
    ],
    ids=["half", "words", "heic", "black"],
)
def test_an_unreadable_picture_is_not_kept(chen: Phone, content: bytes, message: str) -> None:
    chen.see("file-input").set_input_files(file("IMG_1.jpg", content))
    chen.expect_text("capture-error", message)
    expect(chen.see("held-photo")).to_have_count(0)


def test_an_upright_photo_stays_upright(chen: Phone) -> None:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(SCENE) as scene:
        scene.resize((4000, 3000)).save(content, "JPEG", exif=exif)
    chen.see("file-input").set_input_files(file("IMG_1.jpg", content.getvalue()))
    small = chen.see("held-photo").locator("img")
    expect(small).to_be_visible()
    assert small.evaluate("(img) => [img.naturalWidth, img.naturalHeight]") == [1440, 1920]


def test_a_shutter_pressed_twice_by_a_wet_finger_takes_one_photo(chen: Phone) -> None:
    chen.see("camera-shutter").dblclick()
    expect(chen.see("held-photo")).to_have_count(1)
    expect(chen.see("developing")).to_have_count(0)


def test_a_record_saved_by_two_taps_is_saved_once(phone: Callable[..., Phone]) -> None:
    one = phone()
    one.sign_in("chen")
    begin(one)
    one.go_offline()
    one.take_photo()
    one.press("category-open")
    one.see("category-search").fill("ljmy")
    one.press(f"category-item-{OVERFLOWING_BIN}")
    one.see("save-record").dblclick()
    expect(one.see("saved-sheet")).to_be_visible()
    one.press("saved-done")
    one.press("queue-line")
    expect(one.see("outbox-item")).to_have_count(1)


def test_a_submission_survives_the_end_of_its_page(
    phone: Callable[..., Phone], product: live.Live
) -> None:
    product.command("demo", "--records", str(RECORDS))
    wang = phone()
    wang.sign_in("wang")
    wang.see("task-item", state="handling").first.click()
    wang.press("move-submit")
    wang.take_photo()
    wang.see("submit-note").fill("已清运")
    wait_until_written(wang, "已清运")
    kill_page(wang)
    wang.open("/")
    wang.press("draft-item")
    expect(wang.see("held-photo")).to_have_count(1)
    expect(wang.see("submit-note")).to_have_value("已清运")
    wang.go_offline()
    wang.press("task-submit")
    expect(wang.see("own-move", move="submit")).to_be_visible()


def test_a_photo_shown_large_has_its_caption(chen: Phone, album: Album) -> None:
    chen.take_photo()
    chen.see("held-photo").click()
    chen.expect_text("photo-stamp", "110.78751, 32.64962 ±8 m")
    album.keep(chen.page, "caption")
