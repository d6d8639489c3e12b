"""Going back closes the sheet that is open, and only then the screen; no entry is left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import live
from tests.e2e.conftest import PHOTOS
from tests.e2e.people import Phone


def browser_back(page: Page) -> None:
    """The button of the browser or of Android, or a swipe."""
    page.evaluate("history.back()")


def escape(page: Page) -> None:
    """What Chromium on Android makes of its back gesture over a dialog."""
    page.keyboard.press("Escape")


WAYS = [browser_back, escape]

SLOW_TO_GO_BACK = """() => {
  const go = history.go.bind(history)
  history.go = (steps) => setTimeout(() => go(steps), 700)
}"""


@pytest.fixture(scope="module")
def shared(browser: Browser, product: live.Live) -> Iterator[Phone]:
    """小陈's phone, signed in once."""
    one = Phone.of(browser, product)
    one.sign_in("chen")
    yield one
    assert one.console_errors == []
    one.context.close()


@pytest.fixture
def chen(shared: Phone) -> Phone:
    """小陈 on a new record, opened from today's screen."""
    shared.open("/#/")
    shared.press("capture-open")
    expect(shared.see("category-open")).to_be_visible()
    return shared


def expect_entry_of_the_sheet(page: Page) -> None:
    page.wait_for_function("() => history.state?.sheet?.href === location.href")


def expect_today_next(one: Phone) -> None:
    """One step back leaves the record: nothing of a sheet lies between."""
    browser_back(one.page)
    expect(one.see("today")).to_be_visible()


@pytest.mark.parametrize("back", WAYS)
def test_back_closes_a_sheet_and_then_the_screen(chen: Phone, back: Callable[[Page], None]) -> None:
    chen.press("category-open")
    expect(chen.see("category-search")).to_be_visible()
    back(chen.page)
    expect(chen.see("category-search")).to_have_count(0)
    expect(chen.see("capture")).to_be_visible()
    expect_today_next(chen)


def test_the_topmost_of_two_sheets_closes_first(chen: Phone) -> None:
    chen.add_photos("file-input", [PHOTOS / "bins-close.jpg"])
    chen.see("held-photo").click()
    chen.press("photo-draw")
    expect(chen.see("draw-board")).to_be_visible()
    browser_back(chen.page)
    expect(chen.see("draw-board")).to_have_count(0)
    expect(chen.see("photo-remove")).to_be_visible()
    browser_back(chen.page)
    expect(chen.see("photo-remove")).to_have_count(0)
    expect(chen.see("capture")).to_be_visible()
    expect_today_next(chen)


def test_a_sheet_closed_by_its_button_leaves_nothing_to_go_back_over(chen: Phone) -> None:
    for _ in range(3):
        chen.press("category-open")
        chen.press("sheet-close")
        expect(chen.see("category-search")).to_have_count(0)
    expect_today_next(chen)


def test_a_choice_in_a_sheet_keeps_the_scroll_and_the_way_back(chen: Phone) -> None:
    # The camera's picture takes its height only when it is on.
    expect(chen.page.locator('.viewfinder[data-state="on"]')).to_be_visible()
    chen.press("more")
    chen.see("note").scroll_into_view_if_needed()
    before = chen.page.evaluate("scrollY")
    chen.press("category-open")
    chen.press("campaign-public_facilities")
    chen.see("category-item-GG0402").click()
    expect(chen.see("category-search")).to_have_count(0)
    assert chen.page.evaluate("scrollY") == pytest.approx(before, abs=2)
    expect_today_next(chen)


def test_after_saving_back_does_not_return_to_the_saved_form(chen: Phone) -> None:
    chen.add_photos("file-input", [PHOTOS / "bins-close.jpg"])
    chen.press("category-open")
    chen.press("campaign-public_facilities")
    chen.press("category-item-GG0402")
    chen.press("save-record")
    expect(chen.see("saved-sheet")).to_be_visible()
    browser_back(chen.page)
    expect(chen.see("today")).to_be_visible()
    expect(chen.see("saved-sheet")).to_have_count(0)


def test_a_form_whose_address_changes_under_its_sheet_is_left_in_two_steps(chen: Phone) -> None:
    chen.open("/#/records")
    chen.see("record-item").first.click()
    chen.press("amend-open")
    expect(chen.see("task-amend")).to_be_visible()
    chen.page.wait_for_url("**draft=*")
    expect_entry_of_the_sheet(chen.page)
    browser_back(chen.page)
    expect(chen.see("task-amend")).to_have_count(0)
    expect(chen.see("record")).to_be_visible()
    browser_back(chen.page)
    expect(chen.see("records")).to_be_visible()


def test_a_sheet_that_closes_into_its_screen_stays_there_on_a_slow_phone(chen: Phone) -> None:
    """The sheet takes its entry off, then the address changes: one step back, not two."""
    chen.open("/#/records")
    chen.see("record-item").first.click()
    chen.press("amend-open")
    chen.page.wait_for_url("**draft=*")
    expect_entry_of_the_sheet(chen.page)
    chen.see("amend-note").fill("见近景。")
    chen.page.evaluate(SLOW_TO_GO_BACK)
    chen.press("task-amend")
    expect(chen.see("task-amend")).to_have_count(0)
    chen.page.wait_for_function("() => !history.state?.sheet && !location.href.includes('draft=')")
    expect(chen.see("record")).to_contain_text("见近景。")
    browser_back(chen.page)
    expect(chen.see("records")).to_be_visible()


def test_a_page_opened_anew_over_a_sheet_still_goes_back(chen: Phone) -> None:
    chen.press("category-open")
    expect(chen.see("category-search")).to_be_visible()
    chen.page.reload()
    expect(chen.see("category-open")).to_be_visible()
    expect(chen.see("category-search")).to_have_count(0)
    chen.press("category-open")
    browser_back(chen.page)
    expect(chen.see("category-search")).to_have_count(0)
    expect(chen.see("capture")).to_be_visible()
