"""The console's map and board in a browser: the base map by key, pages on a narrow screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.e2e import live
from tests.e2e.people import PHONE, Album, Console

KEY = "0123456789abcdef"


class Tiles(ThreadingHTTPServer):
    """A tile server on this machine in place of 天地图; it records the requested paths."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Tile)
        self.paths: list[str] = []
        picture = BytesIO()
        Image.new("RGB", (256, 256), (200, 220, 240)).save(picture, "PNG")
        self.picture = picture.getvalue()

    @property
    def origin(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.server_port}"


class Tile(BaseHTTPRequestHandler):
    """Answers one tile."""

    server: Tiles

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(self.server.picture)))
        self.end_headers()
        self.wfile.write(self.server.picture)

    def log_message(self, *_: object) -> None:
        """Write no access log."""


@pytest.fixture(scope="module")
def tiles() -> Iterator[Tiles]:
    """The tile server, as long as the product runs."""
    with Tiles() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def product(
    browser: Browser, tiles: Tiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[live.Live]:
    """The product with a key, and a history to look at."""
    settings = {"INSPECT_TIANDITU_KEY": KEY, "INSPECT_TIANDITU_URL": tiles.origin}
    with live.running(tmp_path_factory.mktemp("product"), **settings) as standing:
        standing.command("demo", "--records", "120")
        yield standing


@pytest.fixture(scope="module")
def console(browser: Browser, product: live.Live) -> Iterator[Console]:
    """The administrator's console."""
    one = Console.of(browser, product)
    one.sign_in("admin")
    yield one
    one.context.close()


def test_the_base_map_is_requested_only_when_it_is_switched_on(
    console: Console, tiles: Tiles, album: Album
) -> None:
    console.console_errors.clear()
    console.open("map")
    expect(console.see("map-zoom-in")).to_be_visible()
    assert tiles.paths == []
    console.press("map-base")
    first = console.see("map-tiles").locator("img").first
    expect(first).to_be_visible()
    while {urlsplit(path).path for path in tiles.paths} < {"/vec_w/wmts", "/cva_w/wmts"}:
        console.page.wait_for_timeout(50)
    console.page.wait_for_load_state("networkidle")
    requests = [(urlsplit(path).path, parse_qs(urlsplit(path).query)) for path in tiles.paths]
    assert {path for path, _ in requests} == {"/vec_w/wmts", "/cva_w/wmts"}
    assert {query["tk"][0] for _, query in requests} == {KEY}
    album.keep(console.page, "base-map")
    console.press("map-base")
    expect(console.see("map-tiles")).to_have_count(0)
    assert console.console_errors == []


NARROW = {
    "": "trends",
    "?by=unit&days=90": "group-table",
    "settings/calendar": "calendar-year",
    "settings/routing": "rule-row",
    "registers/people": "register-table",
}


@pytest.mark.parametrize("path", NARROW)
def test_a_page_is_no_wider_than_a_phone(console: Console, album: Album, path: str) -> None:
    console.page.set_viewport_size(PHONE["viewport"])
    console.open(path)
    expect(console.see(NARROW[path]).first).to_be_visible()
    album.keep(console.page, "narrow")
    wide = console.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


def test_a_group_of_the_trends_is_shown_alone_and_leads_to_its_list(console: Console) -> None:
    console.page.set_viewport_size({"width": 1440, "height": 900})
    console.open()
    console.press("trend-by-category")
    table = console.see("group-table")
    expect(table.get_by_role("columnheader").first).to_have_text("类别")
    with console.page.expect_response(lambda answer: "category=" in answer.url):
        table.get_by_role("button").first.click()
    expect(console.see("trend-alone")).to_be_visible()
    expect(table.get_by_role("button")).to_have_count(0)
    count = table.get_by_role("link").first
    shown = count.inner_text()
    count.click()
    expect(console.see("task-row")).to_have_count(int(shown))


def test_a_case_is_chosen_by_the_keyboard_alone(console: Console) -> None:
    console.page.set_viewport_size({"width": 1440, "height": 900})
    console.console_errors.clear()
    console.open("map")
    cluster = console.see("map-cluster").first
    single = console.page.locator('[data-testid^="map-task-"]').first
    expect(cluster.or_(single).first).to_be_visible()
    for _ in range(8):
        if single.count():
            break
        cluster.focus()
        marker = cluster.element_handle()
        console.page.keyboard.press("Enter")
        # The markers are drawn anew at the new scale.
        marker.wait_for_element_state("hidden")
    single.focus()
    console.page.keyboard.press("Enter")
    expect(console.see("map-card")).to_be_visible()
    assert console.console_errors == []
