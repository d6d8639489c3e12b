"""The phone in daily use: receipts, edits, drawn copies, search, and photos without a network."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e import live
from tests.e2e.handset import READ
from tests.e2e.people import Album, Console, Phone
from tests.e2e.test_pages import serious_violations

OVERFLOWING_BIN = "GG0402"
UNSORTED = "GG9999"
PATH = [(0.3, 0.3), (0.6, 0.55), (0.7, 0.6)]


@pytest.fixture
def chen(phone: Callable[..., Phone]) -> Phone:
    """小陈 is signed in."""
    one = phone()
    one.sign_in("chen")
    return one


def fill_in(
    one: Phone, category: str = OVERFLOWING_BIN, campaign: str = "public_facilities"
) -> None:
    """A photo and a category."""
    one.open("/#/capture")
    one.take_photo()
    one.press("category-open")
    one.press("campaign-public_facilities")
    one.press("category-unsorted" if category == UNSORTED else f"category-item-{category}")
    one.expect_text("place-words", "±8 m")


def save(one: Phone) -> None:
    one.press("save-record")
    expect(one.see("saved-sheet")).to_be_visible()


def draw(one: Phone) -> None:
    """A circle over the photo that is open, with one finger."""
    board = one.see("draw-board")
    expect(one.see("draw-board", ready="yes")).to_be_visible()
    # A sheet takes no tap at first: on a wet screen one tap comes twice.
    expect(one.page.locator("dialog.settling")).to_have_count(0)
    box = board.bounding_box()
    assert box is not None
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in PATH]
    one.page.mouse.move(*points[0])
    one.page.mouse.down()
    for point in points[1:]:
        one.page.mouse.move(*point)
    one.page.mouse.up()
    expect(one.see("draw-done")).to_be_enabled()


def test_the_receipt_names_the_case_when_the_record_is_delivered(chen: Phone, album: Album) -> None:
    fill_in(chen)
    chen.expect_text("missing-pieces", "近景")
    missing, button = chen.see("missing-pieces"), chen.see("save-record")
    above, below = missing.bounding_box(), button.bounding_box()
    assert above is not None and below is not None
    # Where the thumb is: above the button, on the screen without scrolling.
    assert 0 < below["y"] - (above["y"] + above["height"]) < 40
    album.keep(chen.page, "missing-close-up")
    chen.go_offline()
    save(chen)
    expect(chen.see("saved-sheet", state="saved")).to_contain_text("已保存在手机")
    album.keep(chen.page, "receipt-saved")
    chen.go_online()
    expect(chen.see("saved-sheet", state="delivered")).to_contain_text("已送达 · 案件")
    number = chen.see("case-number").get_attribute("data-number") or ""
    chen.expect_text("saved-sheet", number.split("-")[1])
    assert number.split("-")[0] not in chen.see("saved-sheet").inner_text()
    assert serious_violations(chen) == []
    album.keep(chen.page, "receipt-delivered")


def test_a_saved_record_is_edited_before_it_is_sent(chen: Phone, album: Album) -> None:
    chen.go_offline()
    fill_in(chen)
    save(chen)
    chen.press("saved-done")
    chen.see("record-item").first.click()
    album.keep(chen.page, "record-to-edit")
    chen.press("edit-open")
    expect(chen.see("resumed")).to_contain_text("正在修改")
    expect(chen.see("held-photo")).to_have_count(1)
    chen.take_photo()
    chen.press("more")
    chen.see("note").fill("桶盖也坏了")
    album.keep(chen.page, "editing")
    save(chen)
    chen.press("saved-done")
    chen.press("queue-line")
    expect(chen.see("outbox-item")).to_have_count(1)
    chen.go_online()
    chen.wait_for_line("delivered")
    mine = "(one) => one.note === '桶盖也坏了'"
    chen.page.wait_for_function(f"async () => (await ({READ})()).records.some({mine})")
    (record,) = chen.page.evaluate(f"async () => (await ({READ})()).records.filter({mine})")
    assert len(record["photos"]) == 2
    assert {photo["state"] for photo in record["photos"]} == {"stored"}
    # Delivered: corrections are additions from now on.
    chen.open(f"/#/records/{record['id']}")
    expect(chen.see("amend-open")).to_be_visible()
    expect(chen.see("edit-open")).to_have_count(0)
    assert chen.console_errors == []


def test_an_edit_that_comes_too_late_becomes_an_addition(chen: Phone, album: Album) -> None:
    chen.go_offline()
    fill_in(chen)
    save(chen)
    chen.press("saved-done")
    chen.see("record-item").first.click()
    chen.press("edit-open")
    chen.press("more")
    chen.see("note").fill("桶盖也坏了")
    chen.go_online()
    chen.page.wait_for_function(
        f"async () => (await ({READ})()).ops.some((op) => op.state === 'accepted')"
    )
    chen.press("save-record")
    expect(chen.see("amend-note")).to_have_value("桶盖也坏了")
    album.keep(chen.page, "edit-too-late")
    chen.press("task-amend")
    chen.page.wait_for_function(
        f"async () => (await ({READ})()).records.some((one) => one.note === '桶盖也坏了')"
    )


def test_an_edit_that_changed_nothing_leaves_no_draft(chen: Phone) -> None:
    chen.go_offline()
    fill_in(chen)
    save(chen)
    chen.press("saved-done")
    chen.see("record-item").first.click()
    chen.press("edit-open")
    expect(chen.see("resumed")).to_be_visible()
    chen.press("capture-back")
    expect(chen.see("record")).to_be_visible()
    chen.open("/#/")
    expect(chen.see("last-records")).to_be_visible()
    expect(chen.see("unfinished")).to_have_count(0)


def test_a_copy_is_drawn_on_and_the_photo_stays_as_it_is(
    chen: Phone, console: Callable[..., Console], album: Album
) -> None:
    fill_in(chen)
    chen.page.wait_for_function(f"async () => (await ({READ})()).photos.length === 1")
    before = chen.page.evaluate(READ)["hashes"]
    chen.see("held-photo").click()
    album.keep(chen.page, "photo-opened")
    chen.press("photo-draw")
    draw(chen)
    album.keep(chen.page, "drawing")
    chen.press("draw-done")
    expect(chen.see("held-photo", role="annotated")).to_have_count(1)
    chen.expect_text("photo-strip", "标注")
    album.keep(chen.page, "drawn-copy-in-the-strip")
    # A drawn copy is no close-up.
    chen.expect_text("missing-pieces", "近景")
    save(chen)
    expect(chen.see("saved-sheet", state="delivered")).to_be_visible()
    stored = chen.page.evaluate(READ)
    assert before.items() <= stored["hashes"].items()
    number = chen.see("case-number").get_attribute("data-number") or ""
    like = console()
    like.sign_in("like")
    like.open(f"tasks?text={number}")
    like.see("task-row").first.click()
    like.press("task-open")
    like.state("待立案")
    expect(like.see("evidence-before").locator("img")).to_be_visible()
    album.keep(like.page, "console-with-a-drawn-copy")
    (photo_id,) = before
    original = like.page.request.get(f"/api/v1/photos/{photo_id}/original").body()
    assert hashlib.sha256(original).hexdigest() == before[photo_id]


def test_who_does_not_know_the_category_leaves_it_to_the_supervisor(
    chen: Phone, console: Callable[..., Console], album: Album
) -> None:
    fill_in(chen, UNSORTED)
    chen.expect_text("category-chosen", "待归类")
    album.keep(chen.page, "unsorted-chosen")
    save(chen)
    expect(chen.see("saved-sheet", state="delivered")).to_contain_text("案件")
    number = chen.see("case-number").get_attribute("data-number") or ""
    like = console()
    like.sign_in("like")
    like.open(f"tasks?text={number}")
    like.see("task-row").first.click()
    like.press("task-open")
    like.press("move-file")
    like.press("move-confirm")
    like.expect_text("move-lacks", "请选择类别")
    like.see("category-choice").locator("input").fill("垃圾桶满了")
    album.keep(like.page, "console-chooses-a-category")
    like.press(f"category-option-{OVERFLOWING_BIN}")
    like.press("move-confirm")
    like.state("已立案")
    expect(like.see("event-category")).to_contain_text("垃圾")
    album.keep(like.page, "console-classified")
    chen.sync()
    chen.open("/#/records")
    chen.see("record-item").first.click()
    expect(chen.see("event-category")).to_contain_text("待归类")
    album.keep(chen.page, "phone-sees-the-category")


def test_own_records_are_searched_and_filtered(
    chen: Phone, product: live.Live, album: Album
) -> None:
    product.report(3)
    chen.sync()
    chen.go_offline()
    fill_in(chen)
    save(chen)
    chen.open("/#/records")
    expect(chen.see("record-item").nth(3)).to_be_visible()
    album.keep(chen.page, "records")
    chen.press("record-group-here")
    expect(chen.see("record-item")).to_have_count(1)
    chen.press("record-group-all")
    number = chen.see("case-number").first.get_attribute("data-number") or ""
    chen.see("record-search").fill(number.split("-")[1])
    expect(chen.see("record-item")).to_have_count(1)
    chen.see("record-search").fill("待立案")
    expect(chen.see("record-item").nth(2)).to_be_visible()
    album.keep(chen.page, "records-searched")
    chen.see("record-search").fill("没有这个")
    expect(chen.see("no-record-found")).to_be_visible()
    assert serious_violations(chen) == []


def test_the_words_of_the_phone_grow(chen: Phone, album: Album) -> None:
    chen.open("/#/me")
    chen.press("text-size-largest")
    album.keep(chen.page, "me-largest")
    chen.open("/#/")
    chen.page.reload()
    expect(chen.see("today")).to_be_visible()
    assert chen.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    album.keep(chen.page, "today-largest")
    chen.press("capture-open")
    expect(chen.see("save-record")).to_be_visible()
    album.keep(chen.page, "capture-largest")
    width = "document.documentElement.scrollWidth <= innerWidth"
    assert chen.page.evaluate(width)


def test_my_points_are_those_of_my_district(chen: Phone) -> None:
    chen.open("/#/")
    expect(chen.see("point-row").first).to_be_visible()
    chen.expect_text("points-scope", "茅箭区")
    own = chen.page.evaluate(
        """async () => {
          const opened = indexedDB.open('inspect-field')
          const db = await new Promise((ok) => (opened.onsuccess = () => ok(opened.result)))
          const request = db.transaction('points').objectStore('points').getAll()
          const rows = await new Promise((ok) => (request.onsuccess = () => ok(request.result)))
          db.close()
          return [rows.length, rows.filter((row) => row.data.district === 'maojian').length]
        }"""
    )
    assert own[1] < own[0]
    chen.page.get_by_text(f"我的全部 {own[1]} 个点位").click()
    expect(chen.see("point-row")).to_have_count(own[1])


def test_photos_from_before_are_kept_ahead_for_a_handler_without_a_network(
    phone: Callable[..., Phone], product: live.Live, album: Album
) -> None:
    product.command("demo", "--records", "120")
    wang = phone()
    wang.sign_in("wang")
    wang.open("/#/tasks")
    kept = wang.see("kept-ahead")
    expect(kept).to_contain_text("上限")
    every = kept.get_attribute("data-all")
    expect(wang.see("kept-ahead", here=every or "")).to_be_visible()
    album.keep(wang.page, "tasks-kept-ahead")
    wang.go_offline()
    # A task that was never opened with a network.
    wang.see("task-item").first.click()
    expect(wang.see("remote-photo").first).to_be_visible()
    album.keep(wang.page, "task-offline")


EACH_HAS_A_THUMBNAIL = """async (ids) => {
  const kept = await Promise.all(ids.map((id) => caches.match(`/kept/thumbs/${id}`)))
  return kept.every((one) => one !== undefined)
}"""


def photo_ids(one: Phone) -> list[str]:
    """The photos that the phone holds."""
    return [photo["photo_id"] for photo in one.page.evaluate(READ)["photos"]]


def test_own_thumbnails_stay_when_the_photos_are_freed(chen: Phone, album: Album) -> None:
    fill_in(chen)
    save(chen)
    expect(chen.see("saved-sheet", state="delivered")).to_be_visible()
    chen.press("saved-done")
    chen.page.wait_for_function(EACH_HAS_A_THUMBNAIL, arg=photo_ids(chen))
    chen.page.evaluate(
        """async () => {
          const opened = indexedDB.open('inspect-field')
          const db = await new Promise((ok) => (opened.onsuccess = () => ok(opened.result)))
          const tx = db.transaction(['photos', 'photo_bytes'], 'readwrite')
          const rows = tx.objectStore('photos').getAll()
          rows.onsuccess = () => {
            const photos = tx.objectStore('photos')
            for (const row of rows.result) photos.put({ ...row, bytes_here: false })
            tx.objectStore('photo_bytes').clear()
          }
          await new Promise((ok) => (tx.oncomplete = ok))
          db.close()
        }"""
    )
    chen.go_offline()
    chen.page.reload()
    expect(chen.see("last-records").locator("img").first).to_be_visible()
    album.keep(chen.page, "today-offline-thumbnails")
    chen.see("record-item").first.click()
    expect(chen.see("photos-before").locator("img").first).to_be_visible()


@pytest.mark.parametrize("known", [False, True], ids=["first record", "a category used before"])
def test_a_record_takes_at_most_six_taps(
    chen: Phone, known: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if known:
        fill_in(chen)
        save(chen)
    chen.open("/#/")
    chen.page.evaluate(
        """() => {
          window.taps = []
          addEventListener('click', (event) => event.isTrusted && taps.push(event.timeStamp))
        }"""
    )
    # A phone of the cheapest kind: a quarter of this machine.
    chen.context.new_cdp_session(chen.page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    chen.press("capture-open")
    chen.take_photo()
    if known:
        chen.press(f"recent-category-{OVERFLOWING_BIN}")
    else:
        chen.press("category-open")
        chen.press("campaign-public_facilities")
        chen.press(f"category-item-{OVERFLOWING_BIN}")
    save(chen)
    taps = chen.page.evaluate("taps.length")
    seconds = chen.page.evaluate("(performance.now() - taps[0]) / 1000")
    with capsys.disabled():
        times = "again" if known else "first"
        sys.stdout.write(f"\n{times}: {taps} taps, {seconds:.1f} s of the phone's own\n")
    assert taps <= 6
