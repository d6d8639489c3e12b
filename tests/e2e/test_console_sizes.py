"""What fits on the console's screen: the photos of a review, the rows of the list, its filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

from tests.e2e import live
from tests.e2e.people import PHONE, Album, Console
from tests.e2e.test_pages import CONSOLE_PAGES, serious_violations
from tests.e2e.test_review import ask

RECORDS = 120
# 4:3 like nearly all photos of phones held sideways: the two fill 1,440 px.
REVIEW_PHOTO = {"width": 700, "height": 525}
PHOTO_BESIDE_A_FORM = {"width": 530, "height": 397}
ROWS_AT_900 = 12
WHOLE_ROWS = """(list) => {
  const frame = list.getBoundingClientRect()
  return [...list.querySelectorAll('[data-testid="task-row"]')].filter((row) => {
    const box = row.getBoundingClientRect()
    return box.top >= frame.top - 0.5 && box.bottom <= frame.bottom + 0.5
  }).length
}"""
# Texts of controls that are cut off: the chosen word of a list, a button, a placeholder. In rows
# of a table long names end with an ellipsis on purpose.
CUT_TEXTS = """(root) => {
  const paper = document.createElement('canvas').getContext('2d')
  const width = (field) => {
    paper.font = getComputedStyle(field).font
    return paper.measureText(field.placeholder).width
  }
  const controls = root.querySelectorAll('button, a, summary, label, .el-select__selected-item')
  const isCut = (one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1
    && one.clientWidth > 1 && !one.closest('td, [role="row"]')
  const cut = [...controls].filter(isCut)
  const fields = [...root.querySelectorAll('input[placeholder]')]
  const short = fields.filter((one) => one.offsetParent && width(one) > one.clientWidth)
  return [...cut.map((one) => one.innerText), ...short.map((one) => one.placeholder)]
}"""


@pytest.fixture(scope="module")
def history(product: live.Live) -> live.Live:
    """The product with cases of every state."""
    product.command("demo", "--records", str(RECORDS))
    product.report(ROWS_AT_900)
    return product


@pytest.fixture
def review(history: live.Live, console: Callable[..., Console]) -> Callable[..., Console]:
    """Open a case that can be decided and has photos of before and after, at a size of screen."""

    def open_review(viewport: ViewportSize | None = None) -> Console:
        one = console(**({"viewport": viewport} if viewport else {}))
        one.sign_in("chuangwen")
        one.open(f"tasks/{_repaired(one)}")
        for side in ("before", "after"):
            expect(one.see(f"evidence-{side}", shown="yes")).to_be_visible()
        return one

    return open_review


def _repaired(one: Console) -> str:
    """The id of a closed case with a photo of before and one of after."""
    for row in ask(one.page, "/tasks?state=closed&limit=50")["items"]:
        case: dict[str, Any] = ask(one.page, f"/tasks/{row['id']}")
        stored = {photo["role"] for photo in case["evidence"] if photo["derivative"] == "ready"}
        if {"scene", "after"} <= stored and "reopen" in case["moves"]:
            return str(case["id"])
    raise LookupError("no closed case has photos of before and after")


def photos(one: Console) -> list[Locator]:
    return [one.see(f"evidence-{side}").locator("img") for side in ("before", "after")]


def expect_at_least(photo: Locator, least: dict[str, int]) -> None:
    """Wait until a photo is as large as this on the screen."""
    size = "(img, [width, height]) => img.getBoundingClientRect().width >= width"
    size += " && img.getBoundingClientRect().height >= height"
    handle = photo.element_handle()
    assert handle is not None
    photo.page.wait_for_function(
        f"([img, least]) => ({size})(img, least)", arg=[handle, list(least.values())]
    )


def test_the_photos_of_a_review_fill_the_width_and_a_form_opens_beside_them(
    review: Callable[..., Console], album: Album
) -> None:
    one = review()
    for photo in photos(one):
        expect_at_least(photo, REVIEW_PHOTO)
        expect(photo).to_be_in_viewport(ratio=0.99)
    expect(one.see("move-reopen")).to_be_in_viewport(ratio=1)
    expect(one.see("evidence-strip")).to_be_in_viewport()
    album.keep(one.page, "review")
    assert serious_violations(one) == []
    one.page.keyboard.press("o")
    expect(one.see("move-confirm")).to_be_in_viewport(ratio=1)
    for photo in photos(one):
        expect_at_least(photo, PHOTO_BESIDE_A_FORM)
        expect(photo).to_be_in_viewport(ratio=0.99)
    album.keep(one.page, "deciding")
    assert serious_violations(one) == []


def test_the_slider_is_one_key_away(review: Callable[..., Console], album: Album) -> None:
    one = review()
    one.page.keyboard.press("c")
    expect(one.see("compare-cut")).to_be_visible()
    before, after = (photo.bounding_box() for photo in photos(one))
    assert before == after
    album.keep(one.page, "slider")
    one.page.keyboard.press("c")
    expect(one.see("compare-cut")).to_have_count(0)


def test_the_photos_of_a_review_fill_a_phone(review: Callable[..., Console], album: Album) -> None:
    one = review(PHONE["viewport"])
    width = PHONE["viewport"]["width"]
    for photo in photos(one):
        expect_at_least(photo, {"width": width - 4, "height": 280})
    album.keep(one.page, "phone")
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("query", ["", "?state=reported"])
def test_the_list_shows_twelve_rows_below_its_filters(
    history: live.Live, console: Callable[..., Console], album: Album, language: str, query: str
) -> None:
    one = console()
    one.sign_in("chuangwen")
    if language == "en":
        one.press("nav-language")
    one.open(f"tasks{query}")
    expect(one.see("task-row").nth(ROWS_AT_900 - 1)).to_be_visible()
    for name in ("text", "district", "unit", "category", "severity", "overdue", "from", "sort"):
        expect(one.see(f"filter-{name}").first).to_be_in_viewport(ratio=1)
    for name in ("columns", "export"):
        expect(one.see(f"menu-{name}")).to_be_in_viewport(ratio=1)
    album.keep(one.page, "list")
    assert one.see("task-list").evaluate(WHOLE_ROWS) >= ROWS_AT_900


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)], ids=["1440", "1280"])
def test_no_filter_of_the_list_is_cut_off(
    history: live.Live,
    console: Callable[..., Console],
    album: Album,
    size: tuple[int, int],
    language: str,
) -> None:
    one = console(viewport={"width": size[0], "height": size[1]})
    one.sign_in("chuangwen")
    if language == "en":
        one.press("nav-language")
    one.open("tasks?state=reported")
    expect(one.see("task-row").first).to_be_visible()
    album.keep(one.page, "filters")
    assert one.page.locator(".tools").evaluate(CUT_TEXTS) == []
    assert one.page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("login", ["chuangwen", "admin"])
@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)], ids=["1440", "1280"])
def test_no_word_of_the_english_console_is_cut_off(
    history: live.Live,
    console: Callable[..., Console],
    album: Album,
    size: tuple[int, int],
    login: str,
) -> None:
    one = console(viewport={"width": size[0], "height": size[1]})
    one.sign_in(login)
    one.press("nav-language")
    cut = []
    for name, (reader, path, drawn) in CONSOLE_PAGES.items():
        if reader != login:
            continue
        one.open(path)
        expect(one.see(drawn).first).to_be_visible()
        for section in one.page.locator("nav a").all():
            expect(section).to_be_in_viewport(ratio=1)
        album.keep(one.page, name)
        cut += [f"{name}: {text}" for text in one.page.locator("body").evaluate(CUT_TEXTS)]
        if one.page.evaluate("document.documentElement.scrollWidth") > size[0]:
            cut.append(f"{name}: the page is wider than the screen")
    assert cut == []
