"""The month of the board: chosen, followed to its cases, printed, and taken as a workbook."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.e2e import live
from tests.e2e.people import PHONE, Album, Console
from tests.e2e.test_pages import serious_violations
from tests.e2e.test_review import ask

RECORDS = 200
BOARD_ONLY = ("needs-reported", "board-all-received", "trends")


@pytest.fixture(scope="module")
def history(product: live.Live) -> live.Live:
    """The product with four months of cases."""
    product.command("demo", "--records", str(RECORDS))
    return product


@pytest.fixture
def last_month(history: live.Live, console: Callable[..., Console]) -> Callable[..., Console]:
    """Open the board, and choose the month before the current one."""

    def open_board(login: str = "chuangwen", **more: object) -> Console:
        one = console(**more)
        one.sign_in(login)
        one.open()
        expect(one.see("month-districts")).to_be_visible()
        with one.page.expect_response("**/api/v1/board/month?*"):
            one.press("month-earlier")
        expect(one.see("month-districts")).to_be_visible()
        return one

    return open_board


def test_a_month_is_chosen_and_each_number_leads_to_its_cases(
    last_month: Callable[..., Console], album: Album
) -> None:
    one = last_month()
    chosen = one.see("month-choice").input_value()
    assert one.page.url.endswith(f"?month={chosen}")
    shown = ask(one.page, f"/board/month?month={chosen}")
    district = max(shown["districts"], key=lambda row: row["received"])
    number = one.see(f"month-{district['code']}-received")
    expect(number).to_have_text(str(district["received"]))
    album.keep(one.page, "board")
    assert serious_violations(one) == []
    number.click()
    expect(one.see("filter-from")).to_have_value(shown["from_on"])
    expect(one.see("filter-to")).to_have_value(shown["to_on"])
    one.expect_text("tasks-shown", f"共 {district['received']} 件")
    one.page.go_back()
    expect(one.see("month-choice")).to_have_value(chosen)
    assert one.console_errors == []


def test_both_charts_of_the_trends_are_drawn(
    last_month: Callable[..., Console], album: Album
) -> None:
    one = last_month()
    for name in ("trend-flow", "trend-on-time", "group-chart"):
        expect(one.see(name).locator("svg")).to_be_visible()
    one.see("trend-on-time").scroll_into_view_if_needed()
    album.keep(one.page, "trends")


def test_choosing_a_period_of_the_trends_keeps_the_month(
    last_month: Callable[..., Console],
) -> None:
    one = last_month()
    chosen = one.see("month-choice").input_value()
    one.press("trend-days-90")
    expect(one.see("trend-days-90")).to_have_attribute("aria-pressed", "true")
    expect(one.see("month-choice")).to_have_value(chosen)


def test_a_printed_month_has_every_unit_and_nothing_else(
    last_month: Callable[..., Console], album: Album
) -> None:
    one = last_month()
    chosen = one.see("month-choice").input_value()
    units = ask(one.page, f"/board/month?month={chosen}")["units"]
    one.page.emulate_media(media="print")
    for name in BOARD_ONLY:
        expect(one.see(name)).to_be_hidden()
    expect(one.page.locator("header.top")).to_be_hidden()
    for unit in units:
        expect(one.see(f"month-unit-{unit['code']}")).to_be_visible()
    album.keep(one.page, "print")
    # As high as it is: a page of A4 across, without a scroll bar that hides columns.
    assert one.page.pdf(format="A4", landscape=True).startswith(b"%PDF")


def test_the_workbook_has_the_numbers_on_the_screen(
    last_month: Callable[..., Console], tmp_path: Path
) -> None:
    one = last_month()
    chosen = one.see("month-choice").input_value()
    with one.page.expect_download() as download:
        one.press("month-xlsx")
    assert download.value.suggested_filename == f"创文月报-{chosen}.xlsx"
    download.value.save_as(tmp_path / "month.xlsx")
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "month.xlsx").read_bytes()))
    names = [str(row[0]) for row in book["各单位"].iter_rows(min_row=2, values_only=True)]
    on_screen = one.see("month-units").locator("tbody th").all_text_contents()
    assert names == on_screen


def test_a_district_supervisor_sees_no_number_of_other_districts(
    last_month: Callable[..., Console], album: Album
) -> None:
    one = last_month("like")
    expect(one.see("month-district-zhangwan")).to_contain_text("不在您的范围")
    expect(one.see("month-maojian-received")).to_be_visible()
    album.keep(one.page, "district")


def test_the_board_on_a_phone_does_not_widen_the_page(
    last_month: Callable[..., Console], album: Album
) -> None:
    one = last_month(viewport=PHONE["viewport"])
    one.see("month").scroll_into_view_if_needed()
    album.keep(one.page, "phone")
    assert serious_violations(one) == []
    assert one.page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
