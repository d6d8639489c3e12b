"""A visit before a lead is filed: the console, and a phone without a network."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.people import Album, Console, Phone
from tests.e2e.test_pages import serious_violations

OVERFLOWING_BIN = "GG0402"
WANTED = "看桶边是否还有散落垃圾"


@pytest.fixture
def reported(phone: Callable[..., Phone]) -> None:
    """小陈 reported an overflowing bin."""
    chen = phone()
    chen.sign_in("chen")
    chen.press("capture-open")
    chen.take_photo()
    chen.press("category-open")
    chen.press(f"category-item-{OVERFLOWING_BIN}")
    chen.expect_text("place-words", "±8 m")
    chen.press("save-record")
    chen.press("saved-done")
    chen.wait_for_line("delivered")


def test_somebody_is_sent_to_look_and_records_it_without_a_network(
    reported: None, phone: Callable[..., Phone], console: Callable[..., Console], album: Album
) -> None:
    like, lin = console(), phone()

    # 李科 asks 小林, the observer of the place; nobody is sent to check an own lead.
    like.sign_in("like")
    like.press("nav-tasks")
    like.see("task-row").click()
    like.press("task-open")
    like.state("待立案")
    expect(like.see("evidence-before").locator("img")).to_be_visible()
    like.press("visit-ask")
    expect(like.see("visitor-select")).to_contain_text("小林")
    like.press("visitor-select")
    expect(like.page.get_by_role("listbox", name="请谁去")).to_be_visible()
    album.keep(like.page, "console-visitors")
    assert serious_violations(like) == []
    like.page.get_by_role("option", name="小林").click()
    expect(like.page.get_by_role("listbox", name="请谁去")).to_be_hidden()
    like.see("visit-note").fill(WANTED)
    album.keep(like.page, "console-ask")
    like.press("visit-confirm")
    expect(like.see("visit", state="asked")).to_contain_text(WANTED)
    expect(like.see("mark-visit")).to_be_visible()
    album.keep(like.page, "console-visit-requested")

    # 小林 finds it on 今日, with the photo to go by, and goes where there is no network.
    lin.sign_in("lin")
    expect(lin.see("visit-card")).to_contain_text(WANTED)
    expect(lin.see("seen-before")).to_have_count(1)
    expect(lin.see("visit-distance")).to_be_visible()
    album.keep(lin.page, "phone-today")
    lin.go_offline()
    lin.page.reload()
    lin.see("visit-card").click()
    expect(lin.see("seen-before")).to_have_count(1)
    album.keep(lin.page, "phone-visit-offline")
    lin.press("visit-open")
    expect(lin.see("overlay", state="here")).to_be_visible()
    expect(lin.see("from-spot", far="false")).to_be_visible()
    expect(lin.see("task-visit")).to_be_disabled()
    lin.take_photo()
    lin.press("finding-confirmed")
    album.keep(lin.page, "phone-look")
    assert serious_violations(lin) == []
    lin.see("visit-note").fill("桶满,地上有袋装垃圾。")
    lin.press("task-visit")
    expect(lin.see("visit-own")).not_to_have_attribute("data-state", "delivered")
    album.keep(lin.page, "phone-saved-offline")
    lin.open("/#/")
    expect(lin.see("today")).to_be_visible()
    expect(lin.see("visit-card")).to_have_count(0)
    lin.open("/#/records")
    expect(lin.see("visit-item")).to_have_count(1)
    expect(lin.see("visit-item", state="delivered")).to_have_count(0)
    lin.go_online()
    lin.wait_for_line("delivered")
    expect(lin.see("visit-item", state="delivered")).to_have_count(1)
    album.keep(lin.page, "phone-own-list")

    # 李科 reads what was found, beside what was reported.
    like.page.reload()
    expect(like.see("visit-standing")).to_contain_text("问题属实")
    expect(like.see("visit", finding="confirmed")).to_contain_text("地上有袋装垃圾")
    expect(like.see("timeline")).to_contain_text("现场复核结果")
    expect(like.see("evidence-before").locator("img")).to_be_visible()
    expect(like.see("evidence-after").locator("img")).to_be_visible()
    album.keep(like.page, "console-found")
    assert serious_violations(like) == []
    like.move("file")
    like.state("已立案")

    assert like.console_errors + lin.console_errors == []
