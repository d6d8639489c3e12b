"""A hand-back 退回 in other words, without a network; what the unit and the board then show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.people import Album, Console, Phone
from tests.e2e.test_pages import serious_violations

OVERFLOWING_BIN = "GG0402"
UNIT = "茅箭区城管局"
WORDS = "这段路由市政公司管养，已电话告知。"
RAIN = "连日降雨，吊车进不了场。"


@pytest.fixture
def like(phone: Callable[..., Phone], console: Callable[..., Console]) -> Console:
    """李科, who has just sent a case that 小陈 reported to a unit."""
    chen, like = phone(), console()
    chen.sign_in("chen")
    chen.press("capture-open")
    chen.take_photo()
    chen.press("category-open")
    chen.press(f"category-item-{OVERFLOWING_BIN}")
    chen.expect_text("place-words", "±8 m")
    chen.press("save-record")
    chen.press("saved-done")
    chen.wait_for_line("delivered")
    like.sign_in("like")
    like.press("nav-tasks")
    like.see("task-row").click()
    like.press("task-open")
    like.state("待立案")
    like.move("file")
    like.state("已立案")
    like.move("dispatch", unit=UNIT)
    like.state("已派遣")
    return like


def give_reason(wang: Phone, album: Album, words: str, name: str) -> None:
    """Choose 其他: it is not taken without words."""
    wang.press("reason-other")
    expect(wang.see("reason-confirm")).to_be_disabled()
    wang.see("reason-note").fill(words)
    album.keep(wang.page, name)
    assert serious_violations(wang) == []
    wang.press("reason-confirm")


def test_a_unit_keeps_what_it_handed_back_and_says_why_in_words(
    like: Console,
    phone: Callable[..., Phone],
    console: Callable[..., Console],
    start_browser: Callable[[str], Browser],
    album: Album,
) -> None:
    wang = phone(start_browser("bins-after"))
    wang.sign_in("wang")
    wang.see("task-item").click()
    expect(wang.see("move-hand-back")).to_be_visible()

    # 老王 hands it back where there is no network.
    wang.go_offline()
    wang.press("move-hand-back")
    give_reason(wang, album, WORDS, "handler-other")
    expect(wang.see("own-move", move="hand_back")).to_be_visible()
    wang.go_online()
    wang.wait_for_line("delivered")

    # What the unit did stays, with its words; it is all there is, also without a network.
    expect(wang.see("past-task")).to_contain_text(WORDS)
    expect(wang.see("past-task").locator("li")).to_have_count(1)
    album.keep(wang.page, "handler-handed-back")
    wang.go_offline()
    wang.open("/#/tasks")
    expect(wang.see("task-item")).to_have_count(0)
    expect(wang.see("past-item")).to_contain_text(f"其他：{WORDS}")
    album.keep(wang.page, "handler-past-tasks")
    assert serious_violations(wang) == []
    wang.see("past-item").click()
    expect(wang.see("past-task")).to_contain_text(WORDS)
    wang.go_online()

    # The same on the unit's computer.
    office = console()
    office.sign_in("wang")
    office.press("nav-past")
    expect(office.see("past-task")).to_contain_text(WORDS)
    expect(office.see("past-task")).not_to_contain_text("小陈")
    album.keep(office.page, "console-handed-back")
    assert serious_violations(office) == []

    # 李科 reads why, and sends it to the same unit again, which now asks for more time.
    like.page.reload()
    expect(like.see("timeline")).to_contain_text(WORDS)
    like.move("dispatch", unit=UNIT)
    like.state("已派遣")
    wang.sync()
    wang.open("/#/tasks")
    expect(wang.see("past-item")).to_have_count(0)
    wang.see("task-item").click()
    wang.press("move-accept")
    wang.wait_for_line("delivered")
    wang.press("move-request-extension")
    give_reason(wang, album, RAIN, "handler-asks-for-time")
    expect(wang.see("extension", state="asked")).to_be_visible()

    # Her board counts the request, and says nothing of other districts.
    like.press("nav-board")
    expect(like.see("needs-extension_pending").locator("b")).to_have_text("1")
    expect(like.see("needs-appeal_pending").locator("b")).to_have_text("0")
    expect(like.see("board-maojian-received")).to_have_text("1")
    expect(like.see("board-zhangwan-outside")).to_have_text("不在您的范围")
    expect(like.see("board-zhangwan-received")).to_have_count(0)
    expect(like.see("board-district-all")).to_contain_text("您的范围")
    album.keep(like.page, "console-board-of-a-district")
    assert serious_violations(like) == []
    like.open("?by=district&of=zhangwan")
    expect(like.see("trend-outside")).to_contain_text("不在您的范围")
    like.press("needs-extension_pending")
    expect(like.see("filter-extension_pending")).to_have_attribute("aria-pressed", "true")
    expect(like.see("filter-extension_pending")).to_contain_text("1")
    expect(like.see("task-row")).to_have_count(1)
    expect(like.see("mark-extension")).to_be_visible()
    album.keep(like.page, "console-extensions-to-decide")
    assert serious_violations(like) == []
    like.open("tasks?district=zhangwan")
    nothing = like.see("task-list").get_by_test_id("nothing")
    expect(nothing).to_contain_text("不在您的范围")
    expect(like.see("filter-state-all")).to_contain_text("—")
    album.keep(like.page, "console-another-district")

    errors = like.console_errors + wang.console_errors + office.console_errors
    assert errors == []
