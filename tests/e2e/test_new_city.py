"""A real city just made: its board leads through the steps, empty lists say what to do."""

from __future__ import annotations

import requests
from playwright.sync_api import Browser, expect

from tests.e2e import live
from tests.e2e.fresh_city import City
from tests.e2e.people import Album, Console
from tests.support.actors import new_id

NEW = "梧桐树下 7 号"
STEPS = ("districts", "units", "people", "points", "routing", "invitations")


def test_the_board_of_a_new_city_leads_through_the_steps(
    browser: Browser, new_city: City, album: Album
) -> None:
    product = new_city.live
    admin: Console = Console.of(browser, product)
    admin.sign_in_first(new_city.login, new_city.password, NEW)

    expect(admin.see("setup")).to_contain_text("襄阳市")
    done = [admin.see(f"setup-{step}").get_attribute("data-done") for step in STEPS]
    assert done == ["true", *["false"] * 5]
    album.keep(admin.page, "setup")

    admin.press("setup-units")
    admin.expect_text("nothing", "先建单位")
    album.keep(admin.page, "empty-units")
    unit = {"name": "市城管局", "code": "cg", "kind": "responsible"}
    put(product, f"/units/{new_id()}", unit)
    admin.open("")
    expect(admin.see("setup-units", done="true")).to_contain_text("已有 1")
    admin.press("setup-invitations")
    expect(admin.see("invite-many")).to_be_visible()
    admin.open("map")
    expect(admin.see("nav-map")).to_be_visible()
    album.keep(admin.page, "empty-map")
    assert not [one for one in admin.console_errors if "403" not in one]
    admin.context.close()


def put(product: live.Live, path: str, entry: dict[str, str]) -> None:
    """Enter something as the administrator does."""
    url = f"{product.origin}/api/v1"
    how = {"login": "limin", "password": NEW, "device": {"id": new_id()}}
    token = requests.post(f"{url}/sessions", json=how, timeout=60).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.put(url + path, json=entry, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
