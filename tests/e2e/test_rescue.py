"""A phone that cannot sync: an admin imports its records by zip, and none is duplicated."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import PHOTOS
from tests.e2e.people import PHONE, Album, Console, Phone

OVERFLOWING_BIN = "GG0402"


def record(phone: Phone, photo: Path) -> None:
    """One record from a picture in the album."""
    phone.open("/#/capture")
    phone.add_photos("file-input", [photo])
    phone.press("category-open")
    phone.see("category-search").fill("ljmy")
    phone.press(f"category-item-{OVERFLOWING_BIN}")
    phone.expect_text("place-words", "±8 m")
    phone.press("save-record")
    phone.press("saved-done")


def test_a_zip_imports_the_records_of_an_offline_phone_and_a_later_sync_duplicates_none(
    phone: Callable[..., Phone], console: Callable[..., Console], album: Album, tmp_path: Path
) -> None:
    chen, admin = phone(), console()
    chen.sign_in("chen")
    chen.go_offline()
    record(chen, PHOTOS / "bins-close.jpg")
    record(chen, PHOTOS / "bins-before.jpg")

    # No network: the two records go into a file.
    chen.open("/#/outbox")
    expect(chen.see("outbox-item")).to_have_count(2)
    chen.press("rescue-open")
    album.keep(chen.page, "phone-rescue")
    chen.press("rescue-pack")
    expect(chen.see("rescue-made")).to_contain_text("2 条记录，2 张照片")
    album.keep(chen.page, "phone-rescue-made")
    with chen.page.expect_download() as saved:
        chen.press("rescue-save")
    zip_ = tmp_path / saved.value.suggested_filename
    saved.value.save_as(zip_)
    chen.press("sheet-close")
    expect(chen.see("outbox-item")).to_have_count(2)

    # The admin imports it: two cases with their photographs, marked as imported.
    admin.sign_in("admin")
    admin.press("nav-rescue")
    album.keep(admin.page, "console-rescue")
    admin.see("rescue-file").set_input_files(zip_)
    expect(admin.see("rescue-verdict", tone="good")).to_be_visible()
    expect(admin.see("rescue-op", status="accepted")).to_have_count(2)
    expect(admin.see("rescue-photos-well")).to_be_visible()
    album.keep(admin.page, "console-rescue-done")
    admin.page.set_viewport_size(PHONE["viewport"])
    album.keep(admin.page, "console-rescue-done-narrow")
    admin.page.set_viewport_size({"width": 1440, "height": 900})
    admin.see("rescue-case").first.click()
    admin.expect_text("imported", "由管理员")
    expect(admin.see("evidence-before").locator("img")).to_be_visible()
    album.keep(admin.page, "console-imported-case")

    # The phone has a network again: all is delivered, and there are still two cases.
    chen.go_online()
    chen.press("send-all")
    chen.wait_for_line("delivered")
    expect(chen.see("outbox-item")).to_have_count(0)
    admin.press("nav-tasks")
    expect(admin.see("task-row")).to_have_count(2)

    # The same file again changes nothing and says so.
    admin.press("nav-rescue")
    admin.see("rescue-file").set_input_files(zip_)
    expect(admin.see("rescue-verdict", tone="known")).to_contain_text("以前导入过")
    assert chen.console_errors == []
    assert admin.console_errors == []


def test_a_phone_without_a_session_can_still_export_its_records(
    phone: Callable[..., Phone], album: Album
) -> None:
    chen = phone()
    chen.sign_in("chen")
    chen.open("/#/signin")
    expect(chen.see("rescue-open")).to_have_count(0)
    chen.go_offline()
    record(chen, PHOTOS / "bins-close.jpg")
    chen.open("/#/me")
    chen.press("sign-out")
    chen.press("sign-out-confirm")
    expect(chen.see("sign-in")).to_be_visible()
    chen.press("rescue-open")
    album.keep(chen.page, "phone-rescue-signed-out")
    chen.press("rescue-pack")
    expect(chen.see("rescue-made")).to_contain_text("1 条记录，1 张照片")
    with chen.page.expect_download() as saved:
        chen.press("rescue-save")
    assert "小陈" in saved.value.suggested_filename
    with zipfile.ZipFile(saved.value.path()) as packed:
        assert packed.testzip() is None
        assert {"manifest.json", "ops.json", "记录.html"} <= set(packed.namelist())
