"""Passwords at the screens: a one-time one is replaced first, and a volunteer comes back alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.live import Live
from tests.e2e.people import Album, Console, Person, Phone
from tests.support.actors import new_id

NEW = "梧桐树下 7 号"
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/126.0 Mobile Safari/537.36 MMWEBID/1 MicroMessenger/8.0.50 WeChat/arm64"
)


class Office:
    """The administrator, who prepares people by the interface."""

    def __init__(self, live: Live) -> None:
        self.url = f"{live.origin}/api/v1"
        how = {"login": "admin", "password": live.passwords["admin"], "device": {"id": new_id()}}
        session = requests.post(f"{self.url}/sessions", json=how, timeout=60).json()
        self.headers = {"Authorization": f"Bearer {session['access_token']}"}

    def call(self, method: str, path: str, body: Any) -> Any:
        answer = requests.request(
            method, self.url + path, json=body, headers=self.headers, timeout=60
        )
        assert answer.ok, answer.text
        return answer.json()

    def person(self, role: str, **more: Any) -> str:
        """Enter somebody; returns the id."""
        entry = {"name": f"新人 {new_id()[:4]}", "role": role, "district": "maojian"} | more
        return str(self.call("PUT", f"/people/{new_id()}", entry)["id"])

    def one_time_password(self, role: str, login: str) -> str:
        """Enter somebody with a login; returns the password that the office gives out."""
        person_id = self.person(role, login=login)
        return str(self.call("POST", f"/people/{person_id}/password", {})["password"])

    def invitation(self) -> str:
        """Invite a new volunteer; returns the token."""
        body = {"person_id": self.person("volunteer")}
        return str(self.call("POST", "/invitations", body)["invitation"])


@pytest.fixture
def office(product: Live) -> Office:
    return Office(product)


def enter(somebody: Person, login: str, password: str) -> None:
    somebody.see("login-input").fill(login)
    somebody.see("password-input").fill(password)
    somebody.press("sign-in")


def choose(somebody: Person, password: str) -> None:
    somebody.see("password-new").fill(password)
    somebody.see("password-again").fill(password)
    somebody.press("password-save")


def errors_of(somebody: Person) -> list[str]:
    """What the pages complained of, without the refusals that the test provoked."""
    return [one for one in somebody.console_errors if not re.search(r"status of (422|403)", one)]


def test_a_one_time_password_is_replaced_before_anything_else_on_the_phone(
    phone: Callable[..., Phone], office: Office, album: Album
) -> None:
    password = office.one_time_password("observer", "e2e-yici")
    observer = phone()
    observer.open("/#/signin")
    enter(observer, "e2e-yici", password)
    expect(observer.see("password-forced")).to_be_visible()
    album.keep(observer.page, "phone-forced")
    observer.open("/#/records")
    expect(observer.see("password-forced")).to_be_visible()

    # Opened again, the page no longer has what was typed.
    observer.page.reload()
    observer.see("password-current").fill(password)
    choose(observer, "aaaaaaaaaa")
    observer.expect_text("password-error", "至少用 4 个不同的字符")
    with observer.page.expect_response("**/api/v1/sync/pull*"):
        choose(observer, NEW)
    observer.wait_for_line("delivered")
    expect(observer.see("tab-today")).to_be_visible()
    assert not errors_of(observer)


def test_an_invited_volunteer_is_warned_sets_a_password_and_comes_back(
    phone: Callable[..., Phone], office: Office, album: Album
) -> None:
    volunteer = phone()
    volunteer.open(f"/#/join/{office.invitation()}")
    volunteer.press("join")
    volunteer.wait_for_line("delivered")
    volunteer.open("/#/me")
    volunteer.press("sign-out")
    expect(volunteer.see("invitation-used")).to_be_visible()
    album.keep(volunteer.page, "invitation-used")
    volunteer.press("set-password-first")
    volunteer.see("password-login").fill("e2e-volunteer")
    choose(volunteer, NEW)
    volunteer.expect_text("password-done", "e2e-volunteer")
    album.keep(volunteer.page, "password-set")

    volunteer.open("/#/me")
    volunteer.press("sign-out")
    expect(volunteer.see("sign-out-confirm")).to_be_visible()
    expect(volunteer.see("invitation-used")).to_have_count(0)
    volunteer.press("sign-out-confirm")
    enter(volunteer, "e2e-volunteer", NEW)
    volunteer.wait_for_line("delivered")
    assert not errors_of(volunteer)


def test_in_wechat_the_invitation_is_still_there_for_the_browser(
    phone: Callable[..., Phone], office: Office, album: Album
) -> None:
    token = office.invitation()
    sent: list[str] = []
    wechat = phone(user_agent=WECHAT)
    wechat.page.on("request", lambda request: sent.append(request.url))
    wechat.open(f"/#/join/{token}")
    expect(wechat.see("open-in-browser").locator("svg.picture")).to_be_visible()
    album.keep(wechat.page, "wechat")
    assert not [url for url in sent if url.endswith("/api/v1/sessions")]

    browser = phone()
    browser.open(f"/#/join/{token}")
    expect(browser.see("open-in-browser")).to_have_count(0)
    browser.press("join")
    browser.wait_for_line("delivered")


def test_the_console_asks_for_the_own_password_first_and_changes_it_later(
    console: Callable[..., Console], office: Office, album: Album
) -> None:
    password = office.one_time_password("supervisor", "e2e-ducha")
    supervisor = console()
    supervisor.open("sign-in")
    enter(supervisor, "e2e-ducha", password)
    expect(supervisor.see("password-forced")).to_be_visible()
    supervisor.open("tasks")
    expect(supervisor.see("password-forced")).to_be_visible()
    expect(supervisor.see("nav-tasks")).to_have_count(0)
    album.keep(supervisor.page, "console-forced")
    supervisor.see("password-current").fill(password)
    choose(supervisor, NEW)
    expect(supervisor.see("nav-tasks")).to_be_visible()
    expect(supervisor.see("password")).to_have_count(0)

    supervisor.press("change-password")
    supervisor.see("password-current").fill("falsch falsch")
    choose(supervisor, NEW + "!")
    supervisor.expect_text("password-error", "当前密码不正确")
    album.keep(supervisor.page, "console-change")
    supervisor.see("password-current").fill(NEW)
    choose(supervisor, NEW + "!")
    expect(supervisor.see("password-done")).to_be_visible()
    expect(supervisor.see("nav-tasks")).to_be_visible()
    assert not errors_of(supervisor)
