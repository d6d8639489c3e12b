"""A place for people: a pin dragged by hand, sketches with roads, coordinates to copy, links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from inspect_server.core.geo import metres_between
from tests.e2e import live
from tests.e2e.people import WUYAN, Album, Console, Person, Phone
from tests.e2e.test_pages import serious_violations

OVERFLOWING_BIN = "GG0402"
UNIT = "茅箭区城管局"
MAPS = {"amap": "GCJ-02", "baidu": "BD-09", "tencent": "GCJ-02", "apple": "GCJ-02"}


def copied(person: Person, datum: str) -> tuple[float, float]:
    """Copy the coordinates of a datum and read the clipboard: (lon, lat)."""
    person.press(f"copy-{datum}")
    expect(person.see(f"copy-{datum}")).to_contain_text("已复制")
    text = person.page.evaluate("navigator.clipboard.readText()")
    lat, lon = map(float, text.split(","))
    return lon, lat


def linked(person: Person) -> dict[str, str]:
    """The addresses of the four maps."""
    for key, datum in MAPS.items():
        expect(person.see(f"map-{key}", datum=datum)).to_be_visible()
    return {key: person.see(f"map-{key}").get_attribute("href") or "" for key in MAPS}


def drag_pin(chen: Phone, east: float, north: float) -> None:
    """Take the pin by its head and carry it."""
    box = chen.see("sketch-pin").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    mouse = chen.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + east / 2, y - north / 2)
    mouse.move(x + east, y - north)
    mouse.up()


@pytest.fixture
def roads(product: live.Live, tmp_path: Path) -> None:
    """Two roads of the city, loaded by its operator."""
    lines = {
        ("人民北路", "primary"): [[110.7840, 32.6440], [110.7870, 32.6490], [110.7905, 32.6560]],
        ("朝阳路", "residential"): [[110.7845, 32.6502], [110.7875, 32.6495], [110.7910, 32.6499]],
    }
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "highway": kind},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for (name, kind), line in lines.items()
    ]
    file = tmp_path / "roads.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    product.command("load", "roads", str(file), "--attribution", "十堰市测绘院")


@pytest.fixture
def chen(roads: None, phone: Callable[..., Phone], album: Album) -> Phone:
    """小陈, who has set the place of a record by hand and sent it."""
    chen = phone()
    chen.sign_in("chen")
    chen.press("capture-open")
    chen.take_photo()
    chen.press("category-open")
    chen.press(f"category-item-{OVERFLOWING_BIN}")
    chen.expect_text("place-words", "±8 m")
    chen.press("place-open")
    expect(chen.see("place-confirm-pin")).to_be_disabled()
    expect(chen.see("sketch-scale")).to_contain_text("米")
    expect(chen.see("sketch")).to_contain_text("朝阳路")
    album.keep(chen.page, "phone-pin-to-drag")
    drag_pin(chen, 60, 40)
    chen.expect_text("pin-away", "米")
    album.keep(chen.page, "phone-pin-dragged")
    assert serious_violations(chen) == []
    chen.press("place-confirm-pin")
    chen.expect_text("place-words", "手动图钉")
    chen.press("save-record")
    chen.press("saved-done")
    chen.wait_for_line("delivered")
    return chen


def test_a_place_set_by_hand_is_found_by_the_unit(
    chen: Phone,
    console: Callable[..., Console],
    phone: Callable[..., Phone],
    start_browser: Callable[[str], Browser],
    album: Album,
) -> None:
    like = console(permissions=["clipboard-read", "clipboard-write"])
    like.sign_in("like")
    like.press("nav-tasks")
    like.see("task-row").first.click()
    like.press("task-open")
    like.state("待立案")

    # The office reads that it was set by hand, and how far from the measured position.
    expect(like.see("place-facts")).to_contain_text("手动选点")
    expect(like.see("measured-place")).to_contain_text(re.compile(r"手机定位在 \d+ 米外（±8 米）"))
    lon, lat = copied(like, "WGS-84")
    here = (WUYAN["longitude"], WUYAN["latitude"])
    assert 30 < metres_between(here, (lon, lat)) < 300
    assert 500 < metres_between((lon, lat), copied(like, "GCJ-02")) < 610
    assert urlsplit(linked(like)["amap"]).hostname == "uri.amap.com"
    like.see("place-sketch").scroll_into_view_if_needed()
    expect(like.see("place-sketch")).to_contain_text("人民北路")
    expect(like.see("place-sketch")).to_contain_text("十堰市测绘院")
    album.keep(like.page, "console-place")
    assert serious_violations(like) == []
    like.move("file")
    like.move("dispatch", unit=UNIT)
    like.state("已派遣")

    # The handler has the same place, without a network too.
    permissions = ["camera", "geolocation", "clipboard-read", "clipboard-write"]
    wang = phone(start_browser("bins-after"), permissions=permissions)
    wang.sign_in("wang")
    wang.see("task-item").first.click()
    # Seen once, it is kept.
    expect(wang.see("sketch")).to_contain_text("人民北路")
    wang.go_offline()
    wang.page.reload()
    expect(wang.see("sketch-fix")).to_be_visible()
    expect(wang.see("sketch")).to_contain_text("人民北路")
    expect(wang.see("sketch")).to_contain_text("十堰市测绘院")
    wang.see("place-panel").scroll_into_view_if_needed()
    album.keep(wang.page, "handler-place")
    assert copied(wang, "WGS-84") == (lon, lat)
    addresses = linked(wang)
    assert parse_qs(urlsplit(addresses["baidu"]).query)["coord_type"] == ["bd09ll"]
    marker = parse_qs(urlsplit(addresses["tencent"]).query)["marker"][0]
    assert marker.startswith(f"coord:{','.join(reversed_of(copied(wang, 'GCJ-02')))};")
    wang.press("sketch-out")
    wang.press("sketch-out")
    album.keep(wang.page, "handler-place-wider")
    like.press("nav-map")
    expect(like.page.locator(".map-road.rank-1")).to_have_count(1)
    album.keep(like.page, "console-map-with-roads")
    assert serious_violations(wang) == []
    assert wang.console_errors == []
    assert chen.console_errors == []


def reversed_of(spot: tuple[float, float]) -> tuple[str, str]:
    """Latitude and longitude as links write them."""
    return f"{spot[1]:.6f}", f"{spot[0]:.6f}"
