"""附近 50 米内已有人报过: seen before saving, joined, both hear the end; offline nothing waits."""

from __future__ import annotations

from collections.abc import Callable

import requests
from playwright.sync_api import expect

from tests.e2e.live import Live
from tests.e2e.people import Album, Console, Phone
from tests.e2e.test_pages import serious_violations
from tests.support.actors import new_id
from tests.support.server import until

OVERFLOWING_BIN = "GG0402"


def begin(one: Phone) -> None:
    """A record of an overflowing bin, not saved yet."""
    one.open("/#/")
    one.press("capture-open")
    one.take_photo()
    one.press("category-open")
    one.see("category-search").fill("ljmy")
    one.press(f"category-item-{OVERFLOWING_BIN}")
    one.expect_text("place-words", "±8 m")


def save(one: Phone) -> None:
    """Save it and wait until it has arrived."""
    one.press("save-record")
    one.press("saved-done")
    one.wait_for_line("delivered")


def picture_is_ready(live: Live) -> None:
    """Wait until the small picture of 小陈's case is made."""
    login = {
        "login": "chen",
        "password": live.passwords["chen"],
        "device": {"id": new_id(), "name": "test"},
    }
    session = requests.Session()
    answer = session.post(f"{live.origin}/api/v1/sessions", json=login, timeout=60).json()
    session.headers["Authorization"] = f"Bearer {answer['access_token']}"
    session.headers["Accept"] = "application/json"
    (task,) = session.get(f"{live.origin}/api/v1/tasks", timeout=60).json()["items"]
    url = f"{live.origin}/api/v1/photos/{task['thumb_photo_id']}/thumb"
    until("the picture is made", lambda: session.get(url, timeout=60).status_code == 200)


def test_a_second_reporter_joins_the_first_and_both_hear_the_verdict(
    product: Live, phone: Callable[..., Phone], console: Callable[..., Console], album: Album
) -> None:
    chen, lin = phone(), phone()
    chen.sign_in("chen")
    begin(chen)
    expect(chen.see("nearby")).to_have_count(0)
    save(chen)
    picture_is_ready(product)

    # 小林 sees it before saving: what it is and how far it has come, not who reported it.
    lin.sign_in("lin")
    begin(lin)
    case = lin.see("nearby-case", category=OVERFLOWING_BIN)
    expect(case).to_contain_text("待立案")
    expect(case).not_to_contain_text("小陈")
    expect(case.locator("img")).to_be_visible()
    lin.see("nearby").scroll_into_view_if_needed()
    album.keep(lin.page, "phone-nearby")
    lin.press("nearby-join")
    expect(lin.see("nearby-chosen")).to_contain_text("不另立案")
    album.keep(lin.page, "phone-nearby-chosen")
    assert serious_violations(lin) == []
    save(lin)

    # The record became part of that case.
    lin.sync()
    lin.open("/#/records")
    lin.see("record-item").first.click()
    expect(lin.see("merged-into")).to_be_visible()
    album.keep(lin.page, "phone-joined")

    like = console()
    like.sign_in("like")
    like.press("nav-tasks")
    like.see("task-row").filter(has_text="待立案").first.click()
    like.press("task-open")
    expect(like.see("timeline")).to_contain_text("并入他案")
    album.keep(like.page, "console-took-in")
    like.move("reject", reason="light_soiling")

    for one in (chen, lin):
        one.sync()
        one.open("/#/notices")
        expect(one.see("notice").first).to_contain_text("未予立案")
        one.see("notice").first.click()
        expect(one.see("verdict")).to_contain_text("不予立案")
    album.keep(lin.page, "phone-verdict-of-the-other")
    assert chen.console_errors == []
    assert lin.console_errors == []


def test_going_on_makes_a_case_of_its_own_and_without_a_network_nothing_is_shown(
    phone: Callable[..., Phone], album: Album
) -> None:
    chen = phone()
    chen.sign_in("chen")
    begin(chen)
    save(chen)
    begin(chen)
    expect(chen.see("nearby-case").first).to_contain_text("您报过的")
    save(chen)
    chen.go_offline()
    begin(chen)
    chen.press("save-record")
    expect(chen.see("saved-sheet")).to_be_visible()
    chen.press("saved-done")
    expect(chen.see("nearby")).to_have_count(0)
    chen.go_online()
    chen.wait_for_line("delivered")
    chen.sync()
    chen.open("/#/records")
    for nth in range(3):
        expect(chen.see("record-item").nth(nth)).not_to_contain_text("已并案")
    album.keep(chen.page, "phone-own-records")
