"""Fixtures of the browser tests: one Chromium, one running product, photographs, people."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e import chromium, fresh_city, live, shared_product
from tests.e2e.handset import Handset
from tests.e2e.people import Album, Console, Phone
from tests.e2e.shared_product import SharedProduct

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ROOT / "inspect_server" / "operations" / "starter_data" / "photos"
RESULTS = ROOT / "test-results"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser tests, and give the first of each module time to start a product."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # The first test of a module also starts a product and fills it.
            item.add_marker(pytest.mark.timeout(420))


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """What drives Chromium; not started where there is none."""
    try:
        chromium.find()
    except chromium.ChromiumLeftOut as reason:
        pytest.skip(str(reason))
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def start_browser(
    playwright_driver: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Browser]]:
    """Start Chromium with a camera that looks at a scene of the starter photographs."""
    with ExitStack() as opened:

        def start(scene: str) -> Browser:
            picture = tmp_path_factory.mktemp("camera") / "scene.mjpeg"
            shutil.copyfile(PHOTOS / f"{scene}.jpg", picture)
            started = playwright_driver.chromium.launch(
                executable_path=chromium.find(), args=[*chromium.QUIET, *chromium.camera(picture)]
            )
            opened.callback(started.close)
            return started

        yield start


@pytest.fixture(scope="session")
def browser(start_browser: Callable[[str], Browser]) -> Browser:
    """A real Chromium, whose camera looks at an overflowing bin."""
    return start_browser("bins-before")


@pytest.fixture(scope="session")
def started_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedProduct]:
    """The running product."""
    with shared_product.running(tmp_path_factory.mktemp("product")) as started:
        yield started


@pytest.fixture(scope="module")
def product(started_product: SharedProduct) -> live.Live:
    """The running product, with the data it was started with."""
    started_product.put_back()
    return started_product.live


@pytest.fixture
def new_city(tmp_path: Path) -> Iterator[fresh_city.City]:
    """A real city just made, running."""
    with fresh_city.running(tmp_path / "city") as city:
        yield city


@pytest.fixture
def phone(browser: Browser, product: live.Live) -> Iterator[Callable[..., Phone]]:
    """Open phones, and close them after the test."""
    out: list[Phone] = []

    def open_phone(with_camera: Browser = browser, **more: object) -> Phone:
        out.append(Phone.of(with_camera, product, **more))
        return out[-1]

    yield open_phone
    for one in out:
        one.context.close()


@pytest.fixture
def console(browser: Browser, product: live.Live) -> Iterator[Callable[..., Console]]:
    """Open consoles, and close them after the test."""
    out: list[Console] = []

    def open_console(**more: object) -> Console:
        out.append(Console.of(browser, product, **more))
        return out[-1]

    yield open_console
    for one in out:
        one.context.close()


@pytest.fixture
def album(request: pytest.FixtureRequest) -> Album:
    """Where this test's screenshots go."""
    folder = RESULTS / request.node.name.removeprefix("test_")
    shutil.rmtree(folder, ignore_errors=True)
    return Album(folder)


@pytest.fixture
def handset(playwright_driver: Playwright, product: live.Live, tmp_path: Path) -> Handset:
    """小陈's phone, signed in."""
    one = Handset(playwright_driver, product, tmp_path / "profile")
    one.sign_in("chen")
    return one


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Three small photographs: the size does not matter when the page is killed."""
    made = []
    for name in ("bins-before", "bins-close", "bins-after"):
        path = tmp_path / f"{name}.jpg"
        with Image.open(PHOTOS / f"{name}.jpg") as whole:
            whole.resize((640, 480)).save(path, quality=80)
        made.append(path)
    return made
