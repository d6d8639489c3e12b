"""小陈's phone in a browser that Selenium drives: what a person does there, and what it shows."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
    TimeoutException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.e2e.engines.engine import Engine, Opened
from tests.e2e.handset import READ
from tests.e2e.live import Live
from tests.e2e.people import PATIENCE_MS

# What a page that is being drawn answers: try again.
NOT_YET = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
# Bars at the top and at the bottom cover what a driver scrolls just into view. What is still
# moving is clicked beside, and nothing says so.
BRING_TO_REST = """
const [element, done] = arguments
element.scrollIntoView({ block: 'center' })
const top = () => element.getBoundingClientRect().top
const before = top()
requestAnimationFrame(() => requestAnimationFrame(() => done(top() === before)))
"""
# An animation may run for ever, as that of a bar that waits.
MOVED = """
async () => {
  const finite = (one) => one.effect.getComputedTiming().endTime !== Infinity
  await Promise.all(document.getAnimations().filter(finite).map((one) => one.finished))
}
"""
# Words may lie over the lower half. In widths of the screen.
UPPER_HALF = """
const { top, left, height, right } = arguments[0].getBoundingClientRect()
return [left, top, right, top + height / 2].map((edge) => edge / innerWidth)
"""
# The grey levels of an even area differ by less, of a photo by more.
EVEN = 10
IN_VIEW = """
const { top, left, bottom, right } = arguments[0].getBoundingClientRect()
return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth
"""
CALL = "const done = arguments[arguments.length - 1]; ({})().then(done, e => done(String(e)))"


@dataclass
class SeleniumPhone:
    """A phone whose browser is killed, and opened again on the same profile."""

    engine: Engine
    live: Live
    folder: Path

    @contextmanager
    def opened(self) -> Iterator[SeleniumPage]:
        """The browser at the start page, until the end or until it is killed."""
        with self.engine.opened(self.folder / "profile", self.folder / "log.txt") as opened:
            opened.driver.set_script_timeout(PATIENCE_MS / 1000)
            opened.driver.set_page_load_timeout(PATIENCE_MS / 1000)
            page = SeleniumPage(opened, self.live)
            page.go("/")
            yield page


@dataclass
class SeleniumPage:
    """An open page."""

    opened: Opened
    live: Live

    @property
    def driver(self) -> WebDriver:
        """The connection to the browser."""
        return self.opened.driver

    def go(self, path: str) -> None:
        """Go to a screen."""
        self.driver.get(self.live.origin + path)

    def all(self, testid: str, **attributes: str) -> list[WebElement]:
        """The elements with this `data-testid` and these `data-*` attributes, now."""
        selector = f'[data-testid="{testid}"]'
        selector += "".join(f'[data-{name}="{value}"]' for name, value in attributes.items())
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, what: str, happened: Callable[[], Any]) -> Any:
        """Repeat a check until it is true."""
        waiting = WebDriverWait(self.driver, PATIENCE_MS / 1000, 0.1, NOT_YET)
        try:
            return waiting.until(lambda _: happened(), what)
        except TimeoutException:
            shown = self.driver.execute_script("return document.body.innerText")
            raise AssertionError(f"{what}; {self.driver.current_url} shows:\n{shown}") from None

    def see(self, testid: str, **attributes: str) -> WebElement:
        """Wait for one that is shown."""

        def shown() -> WebElement | None:
            found = self.all(testid, **attributes)
            return next((one for one in found if one.is_displayed()), None)

        element: WebElement = self.wait(f"{testid} {attributes} is shown", shown)
        return element

    def count(self, testid: str, many: int) -> None:
        """Wait for so many."""
        self.wait(f"{many} of {testid}", lambda: len(self.all(testid)) == many)

    def text(self, testid: str, words: str) -> None:
        """Wait until the element shows these words."""
        self.wait(f"{testid} shows {words}", lambda: words in self.see(testid).text)

    def whole(self, testid: str) -> None:
        """Wait until no edge of the screen cuts it off."""
        self.wait(
            f"{testid} is whole", lambda: self.driver.execute_script(IN_VIEW, self.see(testid))
        )

    def pictures(self, testid: str, many: int) -> None:
        """Wait until it shows so many pictures."""

        def shown() -> bool:
            found = self.see(testid).find_elements(By.TAG_NAME, "img")
            return len(found) == many and all(map(self._is_painted, found))

        self.wait(f"{testid} shows {many} pictures", shown)

    def _is_painted(self, picture: WebElement) -> bool:
        """Whether it is more than an even area: an engine reads it first and paints it later.

        On the whole screen: WebKit paints no picture on the screenshot of an element.
        """
        box: list[float] = self.driver.execute_script(UPPER_HALF, picture)
        with Image.open(io.BytesIO(self.driver.get_screenshot_as_png())) as screen:
            left, top, right, bottom = (round(edge * screen.width) for edge in box)
            upper = screen.convert("L").crop((left, top, right, bottom))
        return ImageStat.Stat(upper).stddev[0] > EVEN

    def press(self, testid: str) -> None:
        """Click it as soon as it can be clicked."""

        def pressed() -> bool:
            element = self.see(testid)
            at_rest: bool = self.driver.execute_async_script(BRING_TO_REST, element)
            if at_rest:
                element.click()
            return at_rest

        self.wait(f"{testid} is pressed", pressed)

    def fill(self, testid: str, words: str) -> None:
        """Type into an empty field."""
        self.see(testid).send_keys(words)

    def add_photos(self, photos: Sequence[Path]) -> None:
        """Choose pictures and wait until each is on the phone."""
        (chooser,) = self.all("file-input")
        chooser.send_keys("\n".join(map(str, photos)))
        self.count("held-photo", len(photos))

    def run(self, function: str) -> Any:
        """Call a function of the page that returns a promise; returns its value."""
        return self.driver.execute_async_script(CALL.format(function))

    def local_store(self) -> dict[str, Any]:
        """The whole local store, with the hash of every photo's stored bytes."""
        stored = self.run(READ)
        assert isinstance(stored, dict), stored
        return stored

    def keep(self, path: Path) -> None:
        """Take a screenshot when nothing moves any more."""
        assert self.run(MOVED) is None
        self.driver.save_screenshot(str(path))
