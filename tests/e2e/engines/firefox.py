"""Firefox ESR, driven by geckodriver: Debian's browser, and a driver built from its crate."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver.firefox.options import Options
from selenium.webdriver.firefox.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

from tests.e2e.engines import programs
from tests.e2e.engines.engine import (
    HEIGHT,
    OWN_SESSION,
    PIXEL_RATIO,
    WIDTH,
    Engine,
)
from tests.e2e.people import WUYAN

POSITION = (
    'data:application/json,{"location":{"lat":%(latitude)s,"lng":%(longitude)s},'
    '"accuracy":%(accuracy)s}'
)
PREFERENCES = {
    "devtools.console.stdout.content": True,
    "geo.prompt.testing": True,
    "geo.prompt.testing.allow": True,
    "geo.provider.network.url": POSITION % WUYAN,
    "intl.accept_languages": "zh-CN",
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    # Bars that lie over the page, as on a phone.
    "ui.useOverlayScrollbars": 1,
}


@contextmanager
def prepared(profile: Path, log: Path) -> Iterator[tuple[Service, Options]]:
    """A browser without a window, on this profile."""
    profile.mkdir(exist_ok=True)
    options = Options()
    options.binary_location = programs.find_firefox() or ""
    options.enable_bidi = True
    for argument in ("-headless", "-profile", str(profile)):
        options.add_argument(argument)
    for name, value in PREFERENCES.items():
        options.set_preference(name, value)
    environ = os.environ | {"LANG": "C.UTF-8", "TZ": "Asia/Shanghai"}
    with log.open("a") as lines:
        driver = programs.find_geckodriver()
        popen = dict(OWN_SESSION)
        yield Service(driver, env=environ, log_output=lines, popen_kw=popen), options


def as_large_as_a_phone(driver: WebDriver) -> None:
    """Set the size of the page by BiDi: a window of Firefox is never narrower than 500 px."""
    driver.browsing_context.set_viewport(
        driver.current_window_handle,
        {"width": WIDTH, "height": HEIGHT},
        device_pixel_ratio=PIXEL_RATIO,
    )


FIREFOX = Engine("firefox", prepared, as_large_as_a_phone)
