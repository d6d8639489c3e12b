"""What the console gives as a file, pressed in Chromium: it arrives, named, and can be opened."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Download, expect

from tests.e2e.people import Album, Console


@pytest.fixture
def admin(console: Callable[..., Console]) -> Console:
    """The administrator at the register of people."""
    one = console()
    one.sign_in("admin")
    one.open("registers/people")
    expect(one.see("register-table")).to_be_visible()
    return one


def pressed(admin: Console, testid: str) -> Download:
    """Press a link to a file and wait until it has arrived."""
    with admin.page.expect_download() as download:
        admin.press(testid)
    assert download.value.failure() is None
    return download.value


def rows(download: Download, folder: Path) -> list[list[str]]:
    path = folder / download.suggested_filename
    download.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_register_its_template_and_its_invitations_are_downloaded(
    admin: Console, album: Album, tmp_path: Path
) -> None:
    table = pressed(admin, "register-export")
    assert re.fullmatch(r"人员-\d{8}\.csv", table.suggested_filename)
    heading, *people = rows(table, tmp_path)
    assert "小陈" in {person[0] for person in people}

    admin.press("register-import")
    template = pressed(admin, "import-template")
    assert template.suggested_filename == "人员-模板.csv"
    assert rows(template, tmp_path) == [heading]
    admin.press("import-close")
    expect(admin.see("import-sheet")).to_be_hidden()

    admin.press("register-invite")
    admin.see("invite-role").select_option("observer")
    album.keep(admin.page, "invite-many")
    admin.press("invite-table")
    links = pressed(admin, "invite-save-table")
    assert links.suggested_filename == "邀请链接.csv"
    _, *invited = rows(links, tmp_path)
    assert invited
    assert all("/#/join/" in line[5] for line in invited)

    admin.press("invite-sheet")
    with admin.context.expect_page() as opened:
        admin.press("invite-open-sheet")
    sheet = opened.value
    expect(sheet.locator("article")).to_have_count(len(invited))
    expect(sheet.locator("article svg").first).to_be_visible()
    album.keep(sheet, "invitations")
    assert not admin.console_errors


def test_a_server_that_fails_is_not_called_a_network_that_is_down(
    admin: Console, album: Album
) -> None:
    path = "**/api/v1/invitations/many"
    admin.press("register-invite")
    # What gunicorn sends by itself: no mark of ours.
    admin.page.route(path, lambda route: route.fulfill(status=500, body="<h1>Internal</h1>"))
    admin.press("invite-sheet")
    admin.expect_text("invite-refusal", "服务器出错（HTTP 500），不是网络的问题")
    album.keep(admin.page, "server-failed")
    admin.page.unroute(path)
    admin.page.route(path, lambda route: route.abort("internetdisconnected"))
    admin.press("invite-sheet")
    admin.expect_text("invite-refusal", "连不上服务器。请检查网络")
    album.keep(admin.page, "network-down")
