"""Links of an export lead to a case and its photos; the server speaks the page's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e import live
from tests.e2e.people import Album, Console
from tests.e2e.test_review import ask

RECORDS = 120


@pytest.fixture(scope="module")
def history(product: live.Live) -> live.Live:
    """The product with cases that have several photos."""
    product.command("demo", "--records", str(RECORDS))
    return product


def test_a_photo_link_of_an_export_asks_to_sign_in_and_shows_that_photo(
    history: live.Live, console: Callable[..., Console], album: Album
) -> None:
    office = console()
    office.sign_in("chuangwen")
    exported = office.page.request.get("/api/v1/tasks/export?format=csv&state=closed").body()
    rows = csv.DictReader(io.StringIO(exported.decode("utf-8-sig"), newline=""))
    links = next(row["照片链接"] for row in rows if int(row["照片数"]) >= 3).splitlines()
    link = links[-1]
    assert link.startswith(f"{history.origin}/console/tasks/")
    visitor = console()
    visitor.page.goto(link)
    visitor.enter("chuangwen")
    shown = visitor.page.locator(f'.pane[data-photo="{link.partition("photo=")[2]}"]')
    expect(shown).to_be_visible()
    album.keep(visitor.page, "photo")
    assert visitor.console_errors == []


def test_a_link_of_a_case_of_another_district_shows_nothing_of_it(
    history: live.Live, console: Callable[..., Console]
) -> None:
    office = console()
    office.sign_in("chuangwen")
    case = ask(office.page, "/tasks?district=zhangwan&limit=1")["items"][0]
    other = console()
    other.sign_in("like")
    other.open(f"tasks/{case['id']}")
    expect(other.page.get_by_text("没有这件案件")).to_be_visible()
    expect(other.page.get_by_text(case["number"])).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "账号或密码不正确：请检查账号和密码"),
        ("en", "Login or password is not right: Check login"),
    ],
)
def test_the_server_answers_in_the_language_of_the_page(
    history: live.Live, console: Callable[..., Console], album: Album, language: str, words: str
) -> None:
    # The browser's own language is Chinese in both.
    one = console()
    one.open("sign-in")
    if language == "en":
        one.page.get_by_role("button", name="English").click()
    one.see("login-input").fill("nobody")
    one.see("password-input").fill("nothing-at-all")
    one.press("sign-in")
    expect(one.page.get_by_role("alert")).to_contain_text(words)
    album.keep(one.page, "refused")


def test_an_english_reader_understands_why_a_case_is_due_and_whose_it_is(
    history: live.Live, console: Callable[..., Console], album: Album
) -> None:
    one = console()
    one.sign_in("chuangwen")
    one.press("nav-language")
    one.open("tasks?state=handling")
    one.see("task-link").first.click()
    one.page.locator("aside.facts summary").first.click()
    explanation = one.see("deadline-explanation")
    expect(explanation).to_contain_text("Starts ")
    expect(explanation).not_to_contain_text("截止")
    expect(one.page.locator("aside.facts")).to_contain_text("By routing rule")
    expect(one.page.locator("aside.facts")).to_contain_text("a wide view")
    album.keep(one.page, "english")
