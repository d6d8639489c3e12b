"""The phone's store in a real browser: a cleared database, two tabs, failed starts."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.e2e.people import Album, Phone

OVERFLOWING_BIN = "GG0402"
# The estimate of a nearly full phone; no browser offers a way to set it.
NEARLY_FULL = """
  navigator.storage.estimate = () => Promise.resolve({ usage: 950_000_000, quota: 1_000_000_000 })
"""
# As after a deploy that went wrong: the kept shell names a script that is only half there.
BREAK_CACHED_SHELL = """async () => {
  for (const name of await caches.keys()) {
    const kept = await caches.open(name)
    for (const asked of await kept.keys()) {
      if (!/assets\\/index-.*\\.js/.test(asked.url)) continue
      const headers = { 'Content-Type': 'text/javascript' }
      await kept.put(asked, new Response("throw new Error('half a file')", { headers }))
    }
  }
}"""


def record(one: Phone) -> None:
    """Make a record with one photo in as few steps as possible."""
    one.open("/#/capture")
    one.take_photo()
    one.press("category-open")
    one.see("category-search").fill("ljmy")
    one.press(f"category-item-{OVERFLOWING_BIN}")
    one.press("save-record")
    expect(one.see("saved-sheet")).to_be_visible()
    one.press("saved-done")


def clear_both_places(one: Phone) -> None:
    """Delete the database and its replica, as a browser does that is short of storage."""
    devtools = one.context.new_cdp_session(one.page)
    both = {"origin": one.live.origin, "storageTypes": "indexeddb,cache_storage"}
    devtools.send("Storage.clearDataForOrigin", both)


def kept_records(page: Page) -> int:
    """How many unsent records the mark outside the database counts."""
    mark = "JSON.parse(localStorage.getItem('inspect-kept') ?? '{}').records ?? 0"
    return int(page.evaluate(mark))


def test_a_cleared_database_is_reported_once_with_what_was_lost(
    phone: Callable[..., Phone], album: Album
) -> None:
    one = phone()
    one.sign_in("chen")
    one.go_offline()
    record(one)
    one.wait_for_line("waiting")
    one.page.wait_for_function("JSON.parse(localStorage.getItem('inspect-kept')).records === 1")
    clear_both_places(one)
    one.go_online()
    one.page.reload()
    one.expect_text("vanished", "1 条记录、1 张照片")
    album.keep(one.page, "vanished")
    one.press("vanished-seen")
    expect(one.see("vanished")).to_have_count(0)
    one.sign_in("chen")
    one.page.reload()
    one.wait_for_line("delivered")
    expect(one.see("vanished")).to_have_count(0)
    assert kept_records(one.page) == 0
    assert one.console_errors == []


def test_two_tabs_send_a_record_once_and_both_know(phone: Callable[..., Phone]) -> None:
    one = phone()
    one.sign_in("chen")
    other = one.context.new_page()
    other.goto("/#/outbox")
    expect(other.get_by_test_id("outbox-empty")).to_be_visible()
    pushed: list[Request] = []

    def count(request: Request) -> None:
        if request.url.endswith("/sync/push"):
            pushed.append(request)

    one.context.on("request", count)
    one.go_offline()
    record(one)
    expect(other.get_by_test_id("outbox-item")).to_have_count(1)
    pushed.clear()
    one.go_online()
    one.wait_for_line("delivered")
    expect(other.get_by_test_id("outbox-item")).to_have_count(0)
    expect(other.get_by_test_id("delivered-item")).to_have_count(1)
    answered = [sent_request.response() for sent_request in pushed]
    assert len([answer for answer in answered if answer is not None and answer.ok]) == 1


def test_a_page_whose_script_is_gone_offers_a_way_out(
    phone: Callable[..., Phone], album: Album
) -> None:
    one = phone()
    one.page.route("**/assets/index-*.js", lambda route: route.fulfill(status=404))
    one.open()
    expect(one.see("boot-guard")).to_be_visible()
    album.keep(one.page, "boot-guard")
    one.page.unroute("**/assets/index-*.js")
    one.page.get_by_role("button", name="重新打开").click()
    expect(one.see("sign-in")).to_be_visible()


def test_the_way_out_of_a_broken_shell_leaves_the_records_alone(
    phone: Callable[..., Phone],
) -> None:
    one = phone()
    one.sign_in("chen")
    one.go_offline()
    record(one)
    one.wait_for_line("waiting")
    one.page.evaluate(BREAK_CACHED_SHELL)
    one.page.reload()
    expect(one.see("boot-guard")).to_be_visible()
    one.go_online()
    one.page.get_by_role("button", name="重新打开").click()
    one.wait_for_line("delivered")
    one.press("queue-line")
    expect(one.see("delivered-item")).to_have_count(1)


def test_a_first_pull_that_was_cut_goes_on_by_itself(
    phone: Callable[..., Phone], album: Album
) -> None:
    one = phone()
    one.page.route("**/api/v1/sync/pull*", lambda route: route.abort())
    one.open("/#/signin")
    one.enter("chen")
    one.expect_text("never-pulled", "还没有下载完")
    album.keep(one.page, "never-pulled")
    one.page.unroute("**/api/v1/sync/pull*")
    expect(one.see("never-pulled")).to_have_count(0)
    expect(one.see("point-row").first).to_be_visible()


def test_a_full_phone_takes_no_photo_and_keeps_text(
    phone: Callable[..., Phone], album: Album
) -> None:
    one = phone()
    one.page.add_init_script(NEARLY_FULL)
    one.sign_in("chen")
    one.open("/#/capture")
    expect(one.see("room-low", **{"may-capture": "false"})).to_be_visible()
    expect(one.see("camera-shutter")).to_be_disabled()
    album.keep(one.page, "full")
    one.press("category-open")
    one.see("category-search").fill("ljmy")
    one.press(f"category-item-{OVERFLOWING_BIN}")
    one.press("save-record")
    one.press("save-without-photo")
    expect(one.see("saved-sheet")).to_be_visible()
    assert one.console_errors == []
