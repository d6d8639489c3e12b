"""隔离区 on the console: an item is read as a card, without its JSON."""

from __future__ import annotations

from collections.abc import Callable

import requests
from playwright.sync_api import expect

from tests.e2e import live
from tests.e2e.people import Album, Console
from tests.e2e.test_pages import serious_violations
from tests.support.actors import CAPTURED_AT, Shot, jpeg, new_id, record


def send_twice(product: live.Live) -> str:
    """小陈's phone creates one record by two ops, the second with a photo; returns its note."""
    device = {"id": new_id(), "name": "小陈的手机"}
    login = {"login": "chen", "password": product.passwords["chen"], "device": device}
    session = requests.post(f"{product.origin}/api/v1/sessions", json=login, timeout=60).json()
    bearer = {"Authorization": f"Bearer {session['access_token']}"}
    first, shot = record(note="桶满"), Shot(jpeg())
    second = record(shot, note="桶满，还有碎玻璃") | {"entity_id": first["entity_id"]}
    for op in (first, second):
        batch = {
            "epoch": None,
            "device_id": device["id"],
            "batch_id": new_id(),
            "sent_at": CAPTURED_AT,
            "ops": [op],
        }
        url = f"{product.origin}/api/v1/sync/push"
        requests.post(url, json=batch, headers=bearer, timeout=60).raise_for_status()
    return "桶满，还有碎玻璃"


def test_an_item_is_a_card_and_its_content_is_behind_a_fold(
    product: live.Live, console: Callable[..., Console], album: Album
) -> None:
    note = send_twice(product)
    like = console()
    like.sign_in("like")
    like.open("quarantine")
    like.see("quarantine-row").first.click()
    like.expect_text("quarantine-reason", "该记录已存在")
    like.expect_text("quarantine-advice", "请打开已收到的记录对照")
    like.expect_text("quarantine-facts", "小陈")
    like.expect_text("quarantine-facts", note)
    expect(like.see("quarantine-photos")).to_be_visible()
    expect(like.see("quarantine-raw")).to_be_hidden()
    album.keep(like.page, "card")
    assert serious_violations(like) == []

    like.see("quarantine-fold").locator("summary").click()
    expect(like.see("quarantine-raw")).to_contain_text("entity_id")
    album.keep(like.page, "unfolded")

    like.press("quarantine-concerned")
    expect(like.see("task-number")).to_be_visible()
    like.page.go_back()
    like.see("quarantine-note").fill("已对照，请本人补充。")
    like.press("quarantine-resolve")
    like.expect_text("quarantine-state", "已处理：已对照，请本人补充。")
    assert like.console_errors == []
