"""People at their screens: a phone, the console, and what both can do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.e2e.live import Live

# 茅箭区, the shopping street of 五堰: two demo points and a shop are a few steps away.
WUYAN = {"longitude": 110.78751, "latitude": 32.64962, "accuracy": 8}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
    "geolocation": WUYAN,
    "permissions": ["geolocation", "camera"],
}
CONSOLE: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
CHINESE: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
# Long enough for two busy cores; a test that passes does not wait for it.
PATIENCE_MS = 45_000
expect.set_options(timeout=PATIENCE_MS)
# What Chromium itself writes about expected answers: a network that a test cut, the
# console asking whether somebody is signed in, a review copy that is not made yet.
_EXPECTED_MESSAGES = re.compile(
    r"net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED)"
    r"|status of 401 .*/api/v1/(me|sessions/\w+)$"
    r"|status of 404 .*/api/v1/photos/[0-9a-f-]+/(review|thumb)(\?again=\d+)?$"
)


@dataclass
class Album:
    """The screenshots of one test, numbered in order."""

    folder: Path
    count: int = 0

    def keep(self, page: Page, name: str) -> None:
        """Take a screenshot of the page, without animations."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.count += 1
        path = self.folder / f"{self.count:02}-{name}.png"
        page.screenshot(path=path, animations="disabled")


@dataclass
class Person:
    """A person with their own browser."""

    context: BrowserContext
    page: Page
    live: Live
    console_errors: list[str] = field(default_factory=list)

    @classmethod
    def with_browser(cls, browser: Browser, live: Live, **more: Any) -> Any:
        """Open a new browser profile: nothing cached, nobody signed in."""
        context = browser.new_context(base_url=live.origin, **CHINESE, **more)
        context.set_default_timeout(PATIENCE_MS)
        person = cls(context, context.new_page(), live)
        person.page.on("pageerror", lambda error: person.console_errors.append(str(error)))
        person.page.on("console", person._hear)
        return person

    def see(self, testid: str, **attributes: str) -> Locator:
        """The elements with this `data-testid` and these `data-*` attributes."""
        selector = f'[data-testid="{testid}"]'
        selector += "".join(f'[data-{name}="{value}"]' for name, value in attributes.items())
        return self.page.locator(selector)

    def press(self, testid: str) -> None:
        """Click the element with this `data-testid`."""
        self.see(testid).click()

    def expect_text(self, testid: str, text: str) -> None:
        """Wait until the element shows this text."""
        expect(self.see(testid)).to_contain_text(text)

    def enter(self, login: str) -> None:
        """Fill in the sign-in form."""
        self.see("login-input").fill(login)
        self.see("password-input").fill(self.live.passwords[login])
        self.press("sign-in")

    def _hear(self, message: ConsoleMessage) -> None:
        text = f"{message.text} {message.location['url']}"
        if message.type == "error" and not _EXPECTED_MESSAGES.search(text):
            self.console_errors.append(text)


class Phone(Person):
    """手机: the page at `/`."""

    @classmethod
    def of(cls, browser: Browser, live: Live, **more: Any) -> Phone:
        """A phone in 五堰, 茅箭区."""
        phone: Phone = cls.with_browser(browser, live, **PHONE | more)
        return phone

    def open(self, path: str = "/") -> None:
        """Go to a screen."""
        self.page.goto(path)

    def sign_in(self, login: str) -> None:
        """The first visit: sign in, and let the first pull and the service worker finish."""
        self.open("/#/signin")
        with self.page.expect_response("**/api/v1/sync/pull*"):
            self.enter(login)
        expect(self.see("queue-line", state="delivered")).to_be_visible()
        self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")

    def go_offline(self) -> None:
        """Lose every network."""
        self.context.set_offline(True)

    def go_online(self) -> None:
        """Restore the network."""
        self.context.set_offline(False)

    def line(self, state: str) -> Locator:
        """The status line at the top, in this state."""
        return self.see("queue-line", state=state)

    def wait_for_line(self, state: str) -> None:
        """Wait until the status line shows this state."""
        expect(self.line(state)).to_be_visible()

    def take_photo(self) -> None:
        """Wait for the camera in the page, and press its shutter."""
        before = self.see("held-photo").count()
        expect(self.page.locator('.viewfinder[data-state="on"]')).to_be_visible()
        self.press("camera-shutter")
        expect(self.see("held-photo")).to_have_count(before + 1)

    def add_photos(self, testid: str, photos: Sequence[Path]) -> None:
        """Choose pictures and wait until each is on the phone."""
        before = self.see("held-photo").count()
        self.see(testid).set_input_files(list(photos))
        expect(self.see("held-photo")).to_have_count(before + len(photos))

    def sync(self) -> None:
        """Start a sync cycle and wait for the answer to its pull."""
        self.open("/#/outbox")
        with self.page.expect_response("**/api/v1/sync/pull*"):
            self.press("send-all")


class Console(Person):
    """电脑: the page at `/console/`."""

    @classmethod
    def of(cls, browser: Browser, live: Live, **more: Any) -> Console:
        """The console at 1440 by 900."""
        console: Console = cls.with_browser(browser, live, **CONSOLE | more)
        return console

    def open(self, path: str = "") -> None:
        """Go to a screen below /console/."""
        self.page.goto("/console/" + path)

    def sign_in(self, login: str) -> None:
        """Sign in and wait until the name is shown."""
        self.open("sign-in")
        self.enter(login)
        expect(self.see("nav-person")).to_be_visible()

    def sign_in_first(self, login: str, one_time: str, own: str) -> None:
        """Sign in with a one-time password 一次性密码 and replace it."""
        self.open("sign-in")
        self.see("login-input").fill(login)
        self.see("password-input").fill(one_time)
        self.press("sign-in")
        self.see("password-current").fill(one_time)
        self.see("password-new").fill(own)
        self.see("password-again").fill(own)
        self.press("password-save")
        expect(self.see("nav-board")).to_be_visible()

    def state(self, text: str) -> None:
        """Wait until the case is in this state."""
        self.expect_text("task-state", text)

    def move(self, move: str, *, reason: str | None = None, unit: str | None = None) -> None:
        """Make one legal step of the case that is open."""
        self.press(f"move-{move}")
        if reason is not None:
            self.press(f"reason-{reason}")
        if unit is not None:
            self.see("unit-select").click()
            self.page.get_by_role("option", name=unit).click()
        self.press("move-confirm")
        expect(self.see("move-done")).to_be_visible()
