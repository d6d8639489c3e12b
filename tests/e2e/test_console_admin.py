"""What an administrator reads and decides in the registers: words, not codes; totals, not pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e import live
from tests.e2e.people import PHONE, Album, Console
from tests.e2e.test_pages import serious_violations
from tests.e2e.test_review import ask
from tests.support.actors import new_id

# Of each size of screen: a word that is added, and one that is left out.
SIZES = [
    ({"width": 1440, "height": 900}, "滑板车乱窜", "投影广告"),
    (PHONE["viewport"], "平衡车上路", "楼顶种菜"),
]


def search_in_vain(product: live.Live, words: list[str]) -> None:
    """小陈's phone sends the words for which it found no category."""
    device = {"id": new_id(), "name": "test"}
    login = {"login": "chen", "password": product.passwords["chen"], "device": device}
    session = requests.post(f"{product.origin}/api/v1/sessions", json=login, timeout=60).json()
    answer = requests.post(
        f"{product.origin}/api/v1/categories/misses",
        json={"texts": words},
        headers={"Authorization": f"Bearer {session['access_token']}"},
        timeout=60,
    )
    assert answer.status_code == 204, answer.text


@pytest.fixture
def admin(product: live.Live, console: Callable[..., Console]) -> Callable[..., Console]:
    """系统管理员 on the console, at a register."""

    def open_register(register: str, **more: object) -> Console:
        one = console(**more)
        one.sign_in("admin")
        one.open(f"registers/{register}")
        expect(one.see("register-table")).to_be_visible()
        return one

    return open_register


@pytest.mark.parametrize(("size", "added", "left_out"), SIZES, ids=["1440", "390"])
def test_a_word_that_found_no_category_becomes_one_of_its_words(
    product: live.Live,
    admin: Callable[..., Console],
    album: Album,
    size: dict[str, int],
    added: str,
    left_out: str,
) -> None:
    search_in_vain(product, [added, left_out])
    one = admin("categories", viewport=size)
    waiting = len(ask(one.page, "/categories/misses")["items"])
    misses = one.see("category-misses")
    expect(misses).to_contain_text(f"（{waiting}）")
    misses.locator("summary").click()
    rows = one.see("category-miss")
    expect(rows).to_have_count(waiting)
    album.keep(one.page, "misses")
    assert serious_violations(one) == []
    first = rows.filter(has_text=added)
    expect(first.get_by_test_id("category-miss-add")).to_be_disabled()
    first.get_by_test_id("category-miss-choice").click()
    first.get_by_test_id("category-miss-choice").locator("input").fill("BW0203")
    one.page.get_by_role("option", name="BW0203").click()
    album.keep(one.page, "chosen")
    first.get_by_test_id("category-miss-add").click()
    expect(rows).to_have_count(waiting - 1)
    category = ask(one.page, "/categories/BW0203")
    assert added in category["synonyms"]
    rows.filter(has_text=left_out).get_by_test_id("category-miss-drop").click()
    expect(rows).to_have_count(waiting - 2)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert one.console_errors == []


def test_what_evidence_a_category_asks_for_is_read_and_chosen_in_words(
    admin: Callable[..., Console], album: Album
) -> None:
    one = admin("categories")
    row = one.page.get_by_role("row").filter(has_text="GG0101")
    expect(row).to_contain_text("已电话报告、已围护")
    album.keep(one.page, "words")
    row.get_by_test_id("entry-open").click()
    for code, chosen in (("D", True), ("B", True), ("A", False)):
        expect(one.see(f"field-evidence_open-{code}")).to_be_checked(checked=chosen)
    one.press("field-evidence_open-B")
    album.keep(one.page, "form")
    assert serious_violations(one) == []
    one.press("entry-save")
    expect(one.see("entry-sheet")).to_have_count(0)
    assert ask(one.page, "/categories/GG0101")["evidence_open"] == "D"
    expect(row).not_to_contain_text("权属标识")
    assert one.console_errors == []


def test_a_unit_of_the_whole_city_says_so_in_list_form_and_history(
    admin: Callable[..., Console], album: Album
) -> None:
    one = admin("units")
    row = one.page.get_by_role("row").filter(has_text="市城管执法委")
    expect(row).to_contain_text("全市")
    row.get_by_test_id("entry-open").click()
    expect(one.see("entry-sheet").get_by_text("全市").first).to_be_visible()
    album.keep(one.page, "form")


def test_the_number_of_a_register_is_that_of_all_its_pages(
    product: live.Live, admin: Callable[..., Console]
) -> None:
    one = admin("people")
    everybody, cursor = 0, ""
    while True:
        page = ask(one.page, f"/people?limit=7&active=true&cursor={cursor}")
        everybody += len(page["items"])
        if not page["next"]:
            break
        cursor = page["next"]
    # As if a page held seven: the total is of all pages.
    one.page.route(
        "**/api/v1/people?*limit=200*",
        lambda route: route.continue_(url=route.request.url.replace("limit=200", "limit=7")),
    )
    one.page.reload()
    expect(one.page.get_by_text(f"共 {everybody} 条")).to_be_visible()
    expect(one.see("register-more")).to_be_visible()
