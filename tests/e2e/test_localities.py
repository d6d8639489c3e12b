"""属地: said on the phone's form and record, set on the console, decided by imported outlines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.people import Album, Console, Phone

# 茅箭 far from every point: nothing says the street.
REMOTE = {"longitude": 110.7899, "latitude": 32.5291, "accuracy": 8}
SQUARE = [[110.78, 32.52], [110.80, 32.52], [110.80, 32.54], [110.78, 32.54], [110.78, 32.52]]
BIN = "GG0402"


def outlines(path: Path, community: str) -> Path:
    feature = {
        "type": "Feature",
        "properties": {"街道": "五堰街道", "社区": community},
        "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    document = {"type": "FeatureCollection", "features": [feature]}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def record(chen: Phone) -> None:
    chen.open("/#/")
    chen.press("capture-open")
    expect(chen.page.locator('.viewfinder[data-state="on"]')).to_be_visible()
    chen.take_photo()
    chen.press("category-open")
    chen.see("category-search").fill("ljmy")
    chen.press(f"category-item-{BIN}")


def test_a_locality_from_the_form_to_the_case(
    phone: Callable[..., Phone], console: Callable[..., Console], album: Album, tmp_path: Path
) -> None:
    # In 五堰 a point is near: the form names it, and presumes its street and community.
    chen = phone()
    chen.sign_in("chen")
    record(chen)
    expect(chen.see("place-locality")).to_contain_text("五堰街道")
    expect(chen.see("place-locality")).to_contain_text("（推定）")
    expect(chen.see("place-locality")).to_contain_text("最近：")
    album.keep(chen.page, "phone-locality-presumed")
    chen.press("save-record")
    expect(chen.see("saved-sheet")).to_contain_text("五堰街道")
    expect(chen.see("saved-sheet", state="delivered")).to_contain_text("最近：")
    album.keep(chen.page, "phone-receipt-locality")
    chen.press("saved-done")
    chen.wait_for_line("delivered")

    # Out of town nothing says it: the record waits for the office.
    chen.context.set_geolocation(REMOTE)
    record(chen)
    expect(chen.see("place-locality")).to_contain_text("送达后确定")
    chen.press("save-record")
    chen.press("saved-done")
    chen.wait_for_line("delivered")

    # The office lists what is undecided, and places it by hand.
    like = console()
    like.sign_in("like")
    expect(like.see("needs-locality_undecided")).to_contain_text("1")
    like.press("needs-locality_undecided")
    expect(like.see("task-row")).to_have_count(1)
    expect(like.see("task-row")).to_contain_text("属地未定")
    album.keep(like.page, "console-locality-undecided")
    like.see("task-link").click()
    expect(like.see("locality")).to_contain_text("街道、社区未定")
    like.press("locality-open")
    like.see("locality-street").locator("input").fill("武当路")
    like.page.keyboard.press("Enter")
    album.keep(like.page, "console-locality-form")
    like.press("locality-save")
    expect(like.see("locality")).to_contain_text("武当路街道")
    expect(like.see("timeline")).to_contain_text("确定属地")
    album.keep(like.page, "console-locality-set")
    chen.sync()
    chen.open("/#/records")
    chen.see("record-item").first.click()
    expect(chen.see("record-locality")).to_contain_text("武当路街道")
    expect(chen.see("record-locality")).to_contain_text("最近：")
    album.keep(chen.page, "phone-record-locality")

    # An admin imports an outline; a wrong name is refused, nothing is half imported.
    admin = console()
    admin.sign_in("admin")
    admin.open("settings/outlines")
    expect(admin.see("outline-form")).to_be_visible()
    admin.see("outline-file").set_input_files(outlines(tmp_path / "wrong.geojson", "朝阳社区"))
    admin.see("outline-datum").select_option("wgs84")
    admin.press("outline-import")
    expect(admin.see("outline-refusal")).to_contain_text("没有叫“朝阳社区”的社区")
    album.keep(admin.page, "console-outlines-refused")
    right = outlines(tmp_path / "right.geojson", "朝阳路社区")
    admin.see("outline-file").set_input_files(right)
    admin.press("outline-import")
    expect(admin.see("outline-report")).to_contain_text("社区 1 个")
    expect(admin.see("outline-420302003008")).to_contain_text("WGS-84")
    admin.press("localities-again")
    expect(admin.see("outline-notice")).to_contain_text("看了 1 件")
    album.keep(admin.page, "console-outlines")
    assert not [c for c in admin.console_errors if "422" not in c]
    assert not like.console_errors
