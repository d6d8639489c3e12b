"""The desk's map and board in a real browser: the base map by key, and pages on a narrow screen."""

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
from tests.e2e.people import PHONE, Album, Desk

KEY = "0123456789abcdef"


class Tiles(ThreadingHTTPServer):
    """A tile server on this machine, in the place of 天地图; it remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Tile)
        self.asked: list[str] = []
        picture = BytesIO()
        Image.new("RGB", (256, 256), (200, 220, 240)).save(picture, "PNG")
        self.picture = picture.getvalue()

    @property
    def origin(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"


class Tile(BaseHTTPRequestHandler):
    """Answers one tile."""

    server: Tiles

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(self.server.picture)))
        self.end_headers()
        self.wfile.write(self.server.picture)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


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
def desk(browser: Browser, product: live.Live) -> Iterator[Desk]:
    """The administrator's desk."""
    one = Desk.of(browser, product)
    one.sign_in("admin")
    yield one
    one.context.close()


def test_the_base_map_is_asked_for_when_somebody_wants_it(
    desk: Desk, tiles: Tiles, album: Album
) -> None:
    desk.complaints.clear()
    desk.open("map")
    expect(desk.see("map-zoom-in")).to_be_visible()
    assert tiles.asked == []
    desk.press("map-base")
    first = desk.see("map-tiles").locator("img").first
    expect(first).to_be_visible()
    while {urlsplit(path).path for path in tiles.asked} < {"/vec_w/wmts", "/cva_w/wmts"}:
        desk.page.wait_for_timeout(50)
    desk.page.wait_for_load_state("networkidle")
    asked = [(urlsplit(path).path, parse_qs(urlsplit(path).query)) for path in tiles.asked]
    assert {path for path, _ in asked} == {"/vec_w/wmts", "/cva_w/wmts"}
    assert {query["tk"][0] for _, query in asked} == {KEY}
    album.keep(desk.page, "base-map")
    desk.press("map-base")
    expect(desk.see("map-tiles")).to_have_count(0)
    assert desk.complaints == []


NARROW = {
    "": "trends",
    "?by=unit&days=90": "group-table",
    "settings/calendar": "calendar-year",
    "settings/routing": "rule-row",
    "registers/people": "register-table",
}


@pytest.mark.parametrize("path", NARROW)
def test_a_page_is_no_wider_than_a_phone(desk: Desk, album: Album, path: str) -> None:
    desk.page.set_viewport_size(PHONE["viewport"])
    desk.open(path)
    expect(desk.see(NARROW[path]).first).to_be_visible()
    album.keep(desk.page, "narrow")
    wide = desk.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


def test_a_group_is_looked_at_alone_and_leads_to_its_list(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 1440, "height": 900})
    desk.open()
    desk.press("trend-by-category")
    desk.see("group-table").get_by_role("button").first.click()
    expect(desk.see("trend-alone")).to_be_visible()
    count = desk.see("group-table").get_by_role("link").first
    shown = count.inner_text()
    count.click()
    expect(desk.see("task-row")).to_have_count(int(shown))


def test_a_case_is_chosen_by_the_keyboard_alone(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 1440, "height": 900})
    desk.complaints.clear()
    desk.open("map")
    cluster = desk.see("map-cluster").first
    single = desk.page.locator('[data-testid^="map-task-"]').first
    expect(cluster.or_(single).first).to_be_visible()
    for _ in range(8):
        if single.count():
            break
        cluster.focus()
        held = cluster.element_handle()
        desk.page.keyboard.press("Enter")
        # The markers are drawn anew at the new scale.
        held.wait_for_element_state("hidden")
    single.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.see("map-card")).to_be_visible()
    assert desk.complaints == []
