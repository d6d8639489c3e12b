"""The pages of phone and console: served correctly, accessible, without console errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from playwright.sync_api import Browser, Route, ViewportSize, expect

from tests.e2e import live
from tests.e2e.conftest import ROOT
from tests.e2e.people import PHONE, Album, Console, Person, Phone

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SMALLEST: ViewportSize = {"width": 320, "height": 640}
RECORDS = 120

# The person who opens each page, and an element that is there when it is rendered.
PHONE_PAGES = {
    "sign-in": (None, "/#/signin", "sign-in"),
    "today": ("chen", "/#/", "point-row"),
    "capture": ("chen", "/#/capture", "save-record"),
    "outbox": ("chen", "/#/outbox", "outbox-empty"),
    "records": ("chen", "/#/records", "records"),
    "notices": ("chen", "/#/notices", "notices"),
    "me": ("chen", "/#/me", "sign-out"),
    "tasks": ("wang", "/#/tasks", "task-item"),
}
CONSOLE_PAGES = {
    "sign-in": (None, "sign-in", "sign-in"),
    "board": ("chuangwen", "", "board-trend"),
    "cases": ("chuangwen", "tasks", "task-row"),
    "map": ("chuangwen", "map", "map"),
    "registers": ("admin", "registers/points", "register-table"),
    "people": ("admin", "registers/people", "register-table"),
    "quarantine": ("admin", "quarantine", "nothing"),
    "calendar": ("admin", "settings/calendar", "calendar-year"),
    "routing": ("admin", "settings/routing", "rule-row"),
    "channels": ("admin", "settings/channels", "channel-add"),
}


@pytest.fixture(scope="module")
def history(product: live.Live) -> live.Live:
    """The product with demo data."""
    product.command("demo", "--records", str(RECORDS))
    return product


@pytest.fixture(scope="module")
def phone_page(browser: Browser, history: live.Live) -> Iterator[Callable[..., Phone]]:
    """The phone of a person, open at a page; each signs in once."""
    with ExitStack() as opened:

        @cache
        def phone_of(login: str | None) -> Phone:
            one = Phone.of(browser, history)
            opened.callback(one.context.close)
            if login is not None:
                one.sign_in(login)
            return one

        def open_page(name: str, size: ViewportSize = PHONE["viewport"]) -> Phone:
            login, path, drawn = PHONE_PAGES[name]
            one = phone_of(login)
            one.console_errors.clear()
            one.page.set_viewport_size(size)
            one.open(path)
            expect(one.see(drawn).first).to_be_visible()
            return one

        yield open_page


@pytest.fixture(scope="module")
def console_page(browser: Browser, history: live.Live) -> Iterator[Callable[[str], Console]]:
    """The console of a person, open at a page; each signs in once."""
    with ExitStack() as opened:

        @cache
        def console_of(login: str | None) -> Console:
            one = Console.of(browser, history)
            opened.callback(one.context.close)
            if login is not None:
                one.sign_in(login)
            return one

        def open_page(name: str) -> Console:
            login, path, drawn = CONSOLE_PAGES[name]
            one = console_of(login)
            one.console_errors.clear()
            one.open(path)
            expect(one.see(drawn).first).to_be_visible()
            return one

        yield open_page


TO_THE_TOP = """() => {
  for (const one of document.querySelectorAll('*')) one.scrollTop = 0
}"""


def serious_violations(person: Person) -> list[str]:
    """What axe-core calls serious or critical on the page as it is now, from its top."""
    # What is scrolled below a fixed head would be measured against the head.
    person.page.evaluate(TO_THE_TOP)
    # The policy that blocks foreign scripts blocks ours too: evaluated, not inserted.
    person.page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = person.page.evaluate("axe.run().then((result) => result.violations)")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in violations
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", PHONE_PAGES)
def test_a_phone_page_is_accessible_and_quiet(
    phone_page: Callable[..., Phone], album: Album, name: str
) -> None:
    one = phone_page(name)
    album.keep(one.page, name)
    assert serious_violations(one) + one.console_errors == []


@pytest.mark.parametrize("name", CONSOLE_PAGES)
def test_a_console_page_is_accessible_and_quiet(
    console_page: Callable[[str], Console], album: Album, name: str
) -> None:
    one = console_page(name)
    if name == "cases":
        expect(one.see("task-row").locator("img").first).to_be_visible()
    album.keep(one.page, name)
    assert serious_violations(one) + one.console_errors == []


@pytest.mark.parametrize("name", ["reported", "closed"])
def test_a_number_of_a_day_leads_to_its_cases(
    console_page: Callable[[str], Console], album: Album, name: str
) -> None:
    one = console_page("board")
    one.press("trend-as-table")
    numbers = one.page.locator(f'[data-testid^="day-"][data-testid$="-{name}"]')
    expect(numbers.first).to_be_visible()
    # So few that all rows of the list are drawn at once.
    few = [number for number in numbers.all() if int(number.inner_text()) <= 6]
    count, day = int(few[0].inner_text()), (few[0].get_attribute("data-testid") or "")[4:14]
    album.keep(one.page, "days")
    few[0].click()
    expect(one.see("filter-from")).to_have_value(day)
    expect(one.see("filter-to")).to_have_value(day)
    expect(one.see("task-row")).to_have_count(count)
    one.expect_text("tasks-shown", f"{count} / 共 {count} 件")
    album.keep(one.page, "list")
    assert serious_violations(one) + one.console_errors == []


def test_a_case_on_the_console_is_accessible_and_quiet(
    console_page: Callable[[str], Console], album: Album
) -> None:
    one = console_page("cases")
    one.see("task-link").first.click()
    expect(one.see("evidence-before").locator("img")).to_be_visible()
    album.keep(one.page, "case")
    assert serious_violations(one) + one.console_errors == []


@pytest.mark.parametrize("state", ["reported", "filed", "handling", "closed"])
def test_every_form_of_a_case_is_accessible_and_quiet(
    console_page: Callable[[str], Console], history: live.Live, album: Album, state: str
) -> None:
    if state == "reported":
        history.report(1)
    one = console_page("cases")
    one.open(f"tasks?state={state}")
    one.see("task-link").first.click()
    buttons = one.see("moves").locator("button.move")
    expect(buttons.first).to_be_visible()
    for number in range(buttons.count()):
        buttons.nth(number).click()
        expect(one.see("move-form")).to_be_visible()
        album.keep(one.page, f"{state}-{number}")
        assert serious_violations(one) + one.console_errors == []


def test_a_task_on_the_phone_is_accessible_and_quiet(
    phone_page: Callable[..., Phone], album: Album
) -> None:
    one = phone_page("tasks")
    one.see("task-item").first.click()
    expect(one.see("remote-photo").first).to_be_visible()
    album.keep(one.page, "task")
    assert serious_violations(one) + one.console_errors == []


@pytest.mark.parametrize("name", PHONE_PAGES)
def test_a_phone_page_fits_a_width_of_320(
    phone_page: Callable[..., Phone], album: Album, name: str
) -> None:
    one = phone_page(name, SMALLEST)
    album.keep(one.page, name)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_phone_keeps_its_shell_in_a_service_worker(phone: Callable[..., Phone]) -> None:
    one = phone()
    one.open()
    worker = "navigator.serviceWorker.ready.then((it) => it.active.scriptURL)"
    assert one.page.evaluate(worker) == one.live.origin + "/sw.js"


@pytest.mark.parametrize("path", ["/assets/index-gone.js", "/console/assets/index-gone.js"])
def test_a_missing_asset_is_not_the_page(phone: Callable[..., Phone], path: str) -> None:
    answer = phone().context.request.get(path)
    assert answer.status == 404
    assert "<div id" not in answer.text()


def test_a_link_into_the_console_leads_there_after_signing_in(
    console: Callable[..., Console],
) -> None:
    one = console()
    requests: list[Route] = []

    def answer_only_the_first(ask: Route) -> None:
        requests.append(ask)
        if len(requests) == 1:
            ask.continue_()

    one.page.route("**/api/v1/me", answer_only_the_first)
    one.open("tasks?state=reported")
    expect(one.see("login-input")).to_be_visible()
    one.page.unroute("**/api/v1/me")
    for late in requests[1:]:
        late.continue_()
    one.enter("like")
    expect(one.see("filter-state-reported")).to_be_visible()
    assert one.page.url == one.live.origin + "/console/tasks?state=reported"


def test_the_api_page_is_drawn_under_the_page_policy(
    phone: Callable[..., Phone], album: Album
) -> None:
    one = phone(viewport={"width": 1280, "height": 900}, is_mobile=False)
    one.open("/api/v1/docs")
    expect(one.page.get_by_text("/api/v1/sync/push").first).to_be_visible()
    album.keep(one.page, "api")
    assert one.console_errors == []


def test_every_problem_has_a_page(phone: Callable[..., Phone], album: Album) -> None:
    one = phone()
    one.open("/problems/")
    links = one.page.locator("li a")
    expect(links.first).to_be_visible()
    album.keep(one.page, "problems")
    links.first.click()
    expect(one.page.locator("dl")).to_be_visible()
    assert one.console_errors == []
