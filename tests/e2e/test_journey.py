"""One problem from the offline photo to the closed case, on two phones and the console."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PHOTOS
from tests.e2e.people import Album, Console, Phone

OVERFLOWING_BIN = "GG0402"
UNIT = "茅箭区城管局"
SHOPPING_STREET = "五堰步行商业街"
CLOSED = "已结案"


@pytest.fixture
def nearer(tmp_path: Path) -> Path:
    """The scene from two steps nearer."""
    path = tmp_path / "bins-nearer.jpg"
    with Image.open(PHOTOS / "bins-before.jpg") as whole:
        width, height = whole.size
        whole.crop((width // 8, height // 8, width, height)).save(path, quality=88)
    return path


def test_from_an_offline_photo_to_a_closed_case(
    phone: Callable[..., Phone],
    console: Callable[..., Console],
    start_browser: Callable[[str], Browser],
    nearer: Path,
    album: Album,
) -> None:
    # When 老王 takes his photo the bins have been emptied.
    chen, like, wang = phone(), console(), phone(start_browser("bins-after"))

    # 小陈, a first visit with a network: sign in, pull, the shell is kept.
    chen.open()
    expect(chen.see("sign-in")).to_be_visible()
    album.keep(chen.page, "phone-sign-in")
    chen.sign_in("chen")
    expect(chen.see("point-row").first).to_be_visible()
    album.keep(chen.page, "phone-today")

    # The second visit has no network at all.
    chen.go_offline()
    chen.page.reload()
    expect(chen.see("today")).to_be_visible()
    expect(chen.see("queue-line", offline="true")).to_be_visible()
    album.keep(chen.page, "phone-today-offline")

    # A record in six taps: new, shutter, categories, the one, the place, save.
    chen.press("capture-open")
    chen.take_photo()
    chen.add_photos("file-input", [PHOTOS / "bins-close.jpg", nearer])
    chen.press("category-open")
    chen.see("category-search").fill("ljmy")
    expect(chen.see(f"category-item-{OVERFLOWING_BIN}")).to_be_visible()
    album.keep(chen.page, "phone-category-by-initials")
    chen.press(f"category-item-{OVERFLOWING_BIN}")
    chen.expect_text("place-words", "±8 m")
    chen.see("place-offer").filter(has_text=SHOPPING_STREET).click()
    album.keep(chen.page, "phone-record")
    chen.press("save-record")
    expect(chen.see("saved-sheet")).to_be_visible()
    album.keep(chen.page, "phone-saved")
    chen.press("saved-done")
    chen.wait_for_line("waiting")
    chen.press("queue-line")
    item = chen.see("outbox-item")
    expect(item).to_have_count(1)
    item.locator("summary").click()
    expect(chen.see("outbox-photo")).to_have_count(3)
    album.keep(chen.page, "phone-outbox-offline")

    # The network comes back: everything is sent without a tap.
    chen.go_online()
    chen.wait_for_line("delivered")
    expect(chen.see("outbox-item")).to_have_count(0)
    record = chen.see("delivered-item").get_attribute("data-id")
    album.keep(chen.page, "phone-all-delivered")

    # 李科 sees it, files it and sends it to a unit.
    like.sign_in("like")
    expect(like.see("board-district-maojian")).to_be_visible()
    album.keep(like.page, "console-board")
    like.press("nav-tasks")
    expect(like.see("task-row")).to_have_count(1)
    like.see("task-row").click()
    expect(like.see("case-preview").locator("figure img")).to_have_count(2)
    album.keep(like.page, "console-cases")
    like.press("task-open")
    like.state("待立案")
    expect(like.see("evidence-before").locator("img")).to_be_visible()
    album.keep(like.page, "console-to-file")
    like.move("ask_more", reason="closer_view")

    # 小陈 gets a notice, and answers without a network.
    chen.sync()
    chen.open("/#/notices")
    expect(chen.see("notice", unread="true")).to_have_count(1)
    album.keep(chen.page, "phone-notices")
    chen.see("notice").click()
    chen.expect_text("asked-more", "请补拍清晰的近景")
    album.keep(chen.page, "phone-asked-for-more")
    chen.go_offline()
    chen.press("amend-open")
    chen.take_photo()
    chen.see("amend-note").fill("桶盖已坏，见近景。")
    album.keep(chen.page, "phone-answer")
    chen.press("task-amend")
    expect(chen.see("amending")).to_be_visible()
    expect(chen.see("asked-more")).to_have_count(0)
    expect(chen.see("record")).to_contain_text("桶盖已坏")
    album.keep(chen.page, "phone-answered-offline")
    chen.go_online()
    chen.wait_for_line("delivered")
    expect(chen.see("amending")).to_have_count(0)

    like.page.reload()
    expect(like.see("timeline")).to_contain_text("上报人更正")
    like.move("file")
    like.state("已立案")
    like.press("move-dispatch")
    expect(like.see("move-form")).to_be_visible()
    album.keep(like.page, "console-dispatch")
    like.press("move-cancel")
    like.move("dispatch", unit=UNIT)
    like.state("已派遣")

    # 老王 takes it over, then works where there is no network.
    wang.sign_in("wang")
    expect(wang.see("task-item")).to_contain_text(SHOPPING_STREET)
    album.keep(wang.page, "handler-tasks")
    wang.see("task-item").click()
    expect(wang.see("remote-photo").first).to_be_visible()
    album.keep(wang.page, "handler-task")
    wang.press("move-accept")
    wang.wait_for_line("delivered")
    expect(wang.see("move-submit")).to_be_visible()
    # The next moves come from the server, with the next pull.
    expect(wang.see("move-request-extension")).to_be_visible()
    wang.go_offline()
    wang.press("move-request-extension")
    wang.press("reason-weather")
    wang.see("reason-note").fill("连续降雨，清运车进不来。")
    album.keep(wang.page, "handler-asks-for-time")
    wang.press("reason-confirm")
    expect(wang.see("own-move", move="request_extension")).to_be_visible()
    expect(wang.see("move-request-extension")).to_have_count(0)
    wang.go_online()
    wang.wait_for_line("delivered")
    expect(wang.see("extension", state="asked")).to_be_visible()
    album.keep(wang.page, "handler-asked-for-time")
    wang.go_offline()
    wang.press("move-submit")
    expect(wang.see("overlay", state="here")).to_be_visible()
    expect(wang.see("from-spot", far="false")).to_be_visible()
    expect(wang.see("ghost")).to_be_visible()
    album.keep(wang.page, "handler-overlay")
    wang.take_photo()
    wang.see("submit-note").fill("已清运，桶身擦洗，周边清扫。")
    album.keep(wang.page, "handler-submit-offline")
    wang.press("task-submit")
    wang.wait_for_line("waiting")
    expect(wang.see("own-move", move="submit")).to_be_visible()
    album.keep(wang.page, "handler-submitted-offline")
    wang.go_online()
    wang.wait_for_line("delivered")
    expect(wang.see("remote-photo")).to_have_count(5)
    album.keep(wang.page, "handler-delivered")

    # 李科 compares before and after, and closes the case.
    like.page.reload()
    like.state("待核查")
    expect(like.see("evidence-before").locator("img")).to_be_visible()
    expect(like.see("evidence-after").locator("img")).to_be_visible()
    album.keep(like.page, "console-verify")
    # The camera of this test takes the same picture twice, which somebody has to confirm.
    like.press("move-pass")
    like.press("confirm-same_bytes")
    like.press("confirm-same_exposure")
    album.keep(like.page, "console-confirms-hints")
    like.press("move-confirm")
    like.state(CLOSED)
    album.keep(like.page, "console-closed")
    like.press("nav-board")
    expect(like.see("board-district-maojian")).to_be_visible()
    album.keep(like.page, "console-board-after")

    # 小陈's phone gets the result.
    chen.sync()
    chen.open(f"/#/records/{record}")
    expect(chen.see("record")).to_contain_text(CLOSED)
    expect(chen.see("photos-after").locator("img")).to_be_visible()
    album.keep(chen.page, "phone-closed")
    chen.see("photos-after").scroll_into_view_if_needed()
    album.keep(chen.page, "phone-closed-after-photo")

    assert chen.console_errors + like.console_errors + wang.console_errors == []
