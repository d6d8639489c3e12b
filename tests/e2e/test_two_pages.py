"""One record open in two pages of a phone: saved once, and nothing of either page is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHOTOS
from tests.e2e.handset import CREATE, READ
from tests.e2e.people import Album, Console, Phone
from tests.e2e.test_pages import serious_violations

OVERFLOWING_BIN = "GG0402"
# A page that hears nothing of the other one, as a page that Android froze.
DEAF = "delete window.BroadcastChannel"


def begin(one: Phone) -> None:
    """Take a photo and choose a category; the record is not saved."""
    one.press("capture-open")
    one.take_photo()
    one.press("category-open")
    one.press(f"category-item-{OVERFLOWING_BIN}")
    one.expect_text("place-words", "±8 m")


def second_page(one: Phone, script: str | None = None) -> Phone:
    """The same record in another page of the same browser."""
    page = one.context.new_page()
    if script is not None:
        page.add_init_script(script)
    page.goto(one.page.url)
    other = Phone(one.context, page, one.live)
    expect(other.see("held-photo")).to_have_count(1)
    return other


def save(one: Phone) -> None:
    one.press("save-record")
    expect(one.see("saved-sheet")).to_be_visible()


@pytest.fixture
def chen(phone: Callable[..., Phone]) -> Phone:
    """小陈 is signed in and has begun a record."""
    one = phone()
    one.sign_in("chen")
    begin(one)
    return one


def delivered(one: Phone, *photos: int) -> list[str]:
    """Wait until the server's records on the phone have so many photos; the kinds of all ops."""
    one.page.bring_to_front()
    one.sync()
    counts = f"(await ({READ})()).records.map((record) => record.photos.length).sort()"
    one.page.wait_for_function(f"async () => ({counts}).join() === '{','.join(map(str, photos))}'")
    one.page.wait_for_function(
        f"async () => (await ({READ})()).ops.every((op) => op.state === 'accepted')"
    )
    kept: dict[str, Any] = one.page.evaluate(READ)
    return sorted(op["kind"] for op in kept["ops"])


def expect_no_quarantine(console: Callable[..., Console]) -> None:
    admin = console()
    admin.sign_in("admin")
    admin.open("quarantine")
    expect(admin.page.get_by_text("没有待处理的内容")).to_be_visible()


def test_saved_in_one_page_the_other_says_where_it_is(
    chen: Phone, console: Callable[..., Console], album: Album
) -> None:
    other = second_page(chen)
    save(chen)
    other.page.bring_to_front()
    expect(other.page.get_by_text("这条记录已在另一个页面保存")).to_be_visible()
    album.keep(other.page, "saved-elsewhere")
    assert serious_violations(other) == []
    other.press("elsewhere-look")
    expect(other.see("steps")).to_be_visible()
    expect(other.see("photos-before").locator("img")).to_have_count(1)
    assert delivered(chen, 1) == [CREATE]
    expect_no_quarantine(console)


def test_a_deaf_page_saves_nothing_twice(chen: Phone, console: Callable[..., Console]) -> None:
    other = second_page(chen, DEAF)
    save(chen)
    other.page.bring_to_front()
    other.press("save-record")
    expect(other.page.get_by_text("这条记录已在另一个页面保存")).to_be_visible()
    expect(other.see("saved-sheet")).to_have_count(0)
    assert delivered(chen, 1) == [CREATE]
    expect_no_quarantine(console)


def test_what_only_the_second_page_has_is_added_to_the_record(
    chen: Phone, console: Callable[..., Console], album: Album
) -> None:
    other = second_page(chen, DEAF)
    save(chen)
    other.page.bring_to_front()
    other.see("file-input").set_input_files(PHOTOS / "bins-after.jpg")
    expect(other.page.get_by_text("这条记录已在另一个页面保存")).to_be_visible()
    other.expect_text("elsewhere-words", "没有丢")
    album.keep(other.page, "kept-beside")
    assert serious_violations(other) == []
    other.press("elsewhere-add")
    expect(other.see("held-photo")).to_have_count(1)
    album.keep(other.page, "added-to-the-record")
    other.press("task-amend")
    assert delivered(chen, 2) == ["observation.amend", CREATE]
    expect_no_quarantine(console)


def test_what_only_the_second_page_has_may_be_another_record(
    chen: Phone, console: Callable[..., Console]
) -> None:
    other = second_page(chen, DEAF)
    save(chen)
    other.page.bring_to_front()
    other.see("file-input").set_input_files(PHOTOS / "bins-after.jpg")
    other.press("elsewhere-fresh")
    expect(other.see("held-photo")).to_have_count(1)
    save(other)
    assert delivered(chen, 1, 1) == [CREATE, CREATE]
    expect_no_quarantine(console)


def test_a_photo_of_the_second_page_goes_with_the_record_of_the_first(chen: Phone) -> None:
    other = second_page(chen)
    other.add_photos("file-input", [PHOTOS / "bins-after.jpg"])
    chen.page.bring_to_front()
    expect(chen.see("held-photo")).to_have_count(2)
    save(chen)
    assert delivered(chen, 2) == [CREATE]
