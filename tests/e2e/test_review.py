"""The review on the console: decided by key, taken back, several at once, drawn on the photo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import live
from tests.e2e.conftest import PHOTOS
from tests.e2e.people import PHONE, Album, Console, Phone
from tests.e2e.test_pages import serious_violations

# Enough of every state but the first: on a Monday morning little is left to be filed.
RECORDS = 400
REPORTED = 10
IS_CACHED = """(id) => caches.open('photos-from-before')
  .then((it) => it.match('/kept/photos/' + id))
  .then((kept) => kept !== undefined)"""


@pytest.fixture(scope="module")
def history(product: live.Live) -> live.Live:
    """The product with cases of every state."""
    product.command("demo", "--records", str(RECORDS))
    product.report(REPORTED)
    return product


@pytest.fixture
def city(history: live.Live, console: Callable[..., Console]) -> Console:
    """市创文办 on the console, who oversees the whole city."""
    one = console()
    one.sign_in("chuangwen")
    return one


@pytest.fixture(scope="module")
def submitted(browser: Browser, history: live.Live) -> str:
    """A case 老王's unit submits with a photo from a folder; its number."""
    wang = Console.of(browser, history)
    wang.sign_in("wang")
    wang.open("tasks?state=handling")
    wang.see("task-link").first.click()
    number = number_of(wang)
    wang.press("move-submit")
    wang.see("after-photo-input").set_input_files(PHOTOS / "bins-after.jpg")
    wang.press("move-confirm")
    wang.state("待核查")
    expect(wang.see("evidence-after").locator("img")).to_be_visible()
    wang.context.close()
    return number


def number_of(one: Console) -> str:
    return one.see("task-number").inner_text()


def ask(page: Page, path: str, body: object = None) -> dict[str, Any]:
    """The server's answer to this session, requested outside the page."""
    csrf = page.evaluate("fetch('/api/v1/me').then((a) => a.json()).then((me) => me.csrf_token)")
    answer = page.request.fetch(
        f"/api/v1{path}",
        method="GET" if body is None else "POST",
        headers={"X-CSRF-Token": csrf or "", "Accept": "application/json"},
        data=body,
    )
    assert answer.ok, answer.text()
    return dict(answer.json())


def open_first(one: Console, state: str) -> str:
    one.open(f"tasks?state={state}")
    one.see("task-link").first.click()
    expect(one.see("task-number")).to_be_visible()
    return number_of(one)


def test_a_decision_by_keyboard_shows_the_next_case_and_z_takes_it_back(
    city: Console, album: Album
) -> None:
    first = open_first(city, "reported")
    city.page.keyboard.press("f")
    expect(city.see("move-form")).to_be_visible()
    city.page.keyboard.press("Enter")
    expect(city.see("task-number")).not_to_have_text(first)
    city.expect_text("decision-held", first)
    album.keep(city.page, "held")
    assert serious_violations(city) == []
    city.page.keyboard.press("z")
    expect(city.see("decision-held")).to_have_count(0)
    expect(city.see("task-number")).to_have_text(first)
    city.page.reload()
    city.state("待立案")
    assert city.console_errors == []


def test_a_decision_that_is_not_taken_back_is_made(city: Console) -> None:
    first = open_first(city, "reported")
    city.page.keyboard.press("x")
    expect(city.see("move-form")).to_be_visible()
    city.page.keyboard.press("1")
    city.page.keyboard.press("Enter")
    expect(city.see("task-number")).not_to_have_text(first)
    city.page.keyboard.press("k")
    expect(city.see("move-held")).to_be_visible()
    city.press("decision-send")
    city.state("不予立案")
    expect(city.see("move-done")).to_be_visible()


def test_what_was_decided_is_made_though_the_tab_is_closed(city: Console) -> None:
    first = open_first(city, "reported")
    city.page.keyboard.press("f")
    city.page.keyboard.press("Enter")
    expect(city.see("decision-held")).to_be_visible()
    city.page.goto("about:blank")
    city.open(f"tasks?text={first}")
    expect(city.see("task-row")).to_contain_text("已立案")
    expect(city.see("decision-held")).to_have_count(0)


def test_of_three_at_once_the_one_that_changed_is_named_and_chosen_again(
    city: Console, album: Album
) -> None:
    city.open("tasks?state=reported")
    expect(city.see("task-row").nth(2)).to_be_visible()
    rows = [city.see("task-row").nth(place) for place in range(3)]
    numbers = [row.get_attribute("data-number") for row in rows]
    rows[0].get_by_test_id("task-pick").click()
    rows[2].get_by_test_id("task-pick").click(modifiers=["Shift"])
    city.expect_text("bulk-count", "3")
    for row in rows:
        expect(row.get_by_test_id("task-pick")).to_be_checked()
    city.press("bulk-file")
    album.keep(city.page, "bulk")
    assert serious_violations(city) == []
    city.press("bulk-confirm")
    city.expect_text("decision-held", "3 件")
    # Meanwhile somebody else asks the reporter of the second one for more.
    moved = rows[1].get_attribute("data-task") or ""
    version = ask(city.page, f"/tasks/{moved}")["version"]
    request = {
        "move_id": moved,
        "move": "ask_more",
        "version": version,
        "reason": "closer_view",
    }
    ask(city.page, f"/tasks/{moved}/moves", request)
    city.press("decision-send")
    city.expect_text("decision-refused", numbers[1] or "")
    city.expect_text("decision-tally", "3 件中 2 件已办理")
    album.keep(city.page, "bulk-refused")
    city.press("decision-choose-again")
    city.expect_text("bulk-count", "1")
    city.press("bulk-file")
    city.press("bulk-confirm")
    city.press("decision-send")
    city.open(f"tasks?text={numbers[1]}")
    expect(city.see("task-row")).to_contain_text("已立案")


@pytest.fixture
def filed(city: Console) -> list[str]:
    """The numbers of two cases that wait for dispatch and are routed to a unit."""
    city.open("tasks?state=filed")
    filed = [one for one in ask(city.page, "/tasks?state=filed&limit=50")["items"] if one["unit"]]
    reported = ask(city.page, "/tasks?state=reported&limit=50")["items"]
    for one in [one for one in reported if one["unit"]][: max(0, 2 - len(filed))]:
        made = {"move_id": str(uuid4()), "move": "file", "version": one["version"]}
        filed.append(ask(city.page, f"/tasks/{one['id']}/moves", made))
    assert len(filed) >= 2
    return [one["number"] for one in filed[:2]]


def dispatch_together(one: Console, numbers: list[str]) -> list[str]:
    """Choose them in the list and dispatch them, each to its own unit; their ids."""
    one.open("tasks?state=filed")
    rows = [one.see("task-row", number=number) for number in numbers]
    for row in rows:
        row.get_by_test_id("task-pick").click()
    one.press("bulk-dispatch")
    one.press("bulk-confirm")
    one.expect_text("decision-held", f"{len(numbers)} 件")
    return [row.get_attribute("data-task") or "" for row in rows]


def test_several_taken_back_in_time_stay_as_they_were_and_chosen(
    city: Console, filed: list[str], album: Album
) -> None:
    ids = dispatch_together(city, filed)
    album.keep(city.page, "held")
    assert serious_violations(city) == []
    city.page.keyboard.press("z")
    expect(city.see("decision-held")).to_have_count(0)
    city.expect_text("bulk-count", "2")
    # A page that is left sends its pending decisions: there are none.
    city.page.reload()
    expect(city.see("task-row", number=filed[0])).to_be_visible()
    cases = [ask(city.page, f"/tasks/{one}") for one in ids]
    assert [case["state"] for case in cases] == ["filed", "filed"]
    assert city.console_errors == []


def test_several_are_dispatched_when_the_window_has_run_out_each_to_its_own_unit(
    city: Console, filed: list[str], album: Album
) -> None:
    ids = dispatch_together(city, filed)
    before = [ask(city.page, f"/tasks/{one}") for one in ids]
    # Until then nobody gets a notice.
    assert [case["state"] for case in before] == ["filed", "filed"]
    expect(city.see("decision-tally", done="yes")).to_contain_text("2 件中 2 件已办理")
    album.keep(city.page, "done")
    assert serious_violations(city) == []
    after = [ask(city.page, f"/tasks/{one}") for one in ids]
    assert [case["state"] for case in after] == ["dispatched", "dispatched"]
    assert [case["unit"] for case in after] == [case["unit"] for case in before]
    for number in filed:
        expect(city.see("task-row", number=number)).not_to_contain_text("已立案")
    assert city.console_errors == []


def test_a_case_with_a_review_flag_is_not_passed_in_bulk(
    city: Console, submitted: str, album: Album
) -> None:
    city.open("tasks?state=verifying")
    expect(city.see("task-row", number=submitted)).to_be_visible()
    city.press("pick-page")
    city.press("bulk-pass")
    expect(city.see("bulk-doubtful")).to_contain_text("有疑点，请逐件看")
    # Out of a folder, not from the shutter.
    expect(city.see("bulk-doubtful")).to_contain_text(submitted)
    album.keep(city.page, "bulk-pass")
    assert serious_violations(city) == []


def test_what_is_drawn_on_the_console_is_seen_on_the_units_phone_without_a_network(
    city: Console, submitted: str, phone: Callable[..., Phone], album: Album
) -> None:
    wang = phone()
    wang.sign_in("wang")
    city.open(f"tasks?text={submitted}")
    city.see("task-link").first.click()
    city.state("待核查")
    city.page.keyboard.press("r")
    city.page.keyboard.press("1")
    city.page.keyboard.press("g")
    expect(city.see("annotate-board", ready="yes")).to_be_visible()
    box = city.see("annotate-board").bounding_box()
    assert box is not None
    mouse = city.page.mouse
    mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.7, steps=4)
    mouse.up()
    expect(city.see("annotate-board").locator("path")).to_have_count(2)
    album.keep(city.page, "drawing")
    assert serious_violations(city) == []
    city.press("annotate-done")
    city.expect_text("annotated", "已圈 1 张")
    city.press("move-confirm")
    expect(city.see("event-annotations").get_by_test_id("strokes")).to_be_visible()
    drawn_on = city.see("event-annotations").get_by_role("button").get_attribute("data-photo")
    album.keep(city.page, "drawn")

    wang.sync()
    wang.open("/#/tasks")
    wang.see("task-item", number=submitted).click()
    expect(wang.see("drawn-over").get_by_test_id("strokes")).to_be_visible()
    # Not `wait_for_function`: to it the promise itself is true.
    while not wang.page.evaluate(IS_CACHED, drawn_on):
        wang.page.wait_for_timeout(50)
    wang.go_offline()
    wang.page.reload()
    expect(wang.see("drawn-over").get_by_test_id("strokes")).to_be_visible()
    wang.see("drawn-over").scroll_into_view_if_needed()
    album.keep(wang.page, "phone-offline")
    assert serious_violations(wang) == []


@pytest.mark.parametrize("screen", ["task", "list"])
def test_the_console_on_a_phone_can_decide(
    history: live.Live, console: Callable[..., Console], album: Album, screen: str
) -> None:
    one = console(viewport=PHONE["viewport"])
    one.sign_in("chuangwen")
    one.open("tasks?state=reported")
    expect(one.see("task-row").first).to_be_visible()
    if screen == "task":
        one.see("task-link").first.click()
        expect(one.see("move-file")).to_be_in_viewport()
    else:
        one.see("task-pick").first.click()
        expect(one.see("bulk-file")).to_be_in_viewport()
    album.keep(one.page, screen)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
