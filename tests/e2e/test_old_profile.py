"""A browser profile of the pages before the order by areas: today's pages read it.

The frozen profile (database, replica, localStorage) is put back by script before today's page is
opened; only the session's tokens are those of the product that runs now.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT
from tests.e2e.people import Album, Phone

PROFILE = ROOT / "web/field/core/store/fixtures/profile-ca6e40e.json"
# An address of the same origin that runs no script of ours.
BLANK = "/icon.svg"
PUT_BACK = """async (profile) => {
  const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const decoded = (value) => {
    if (Array.isArray(value)) return value.map(decoded)
    if (value === null || typeof value !== 'object') return value
    if ('$base64' in value) return bytesOf(value.$base64).buffer
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, decoded(inner)]))
  }
  const { name, version, tables, rows } = profile.database
  await new Promise((done, failed) => {
    const opening = indexedDB.open(name, version)
    opening.onerror = () => failed(opening.error)
    opening.onupgradeneeded = () => {
      for (const [table, { keyPath, indexes }] of Object.entries(tables)) {
        const store = opening.result.createObjectStore(table, keyPath === null ? {} : { keyPath })
        for (const [index, path] of Object.entries(indexes)) store.createIndex(index, path)
        if (Array.isArray(rows[table])) for (const row of rows[table]) store.put(decoded(row))
        else for (const [key, row] of Object.entries(rows[table])) store.put(decoded(row), key)
      }
    }
    opening.onsuccess = () => {
      opening.result.close()
      done()
    }
  })
  for (const [cache, entries] of Object.entries(profile.caches)) {
    const files = await caches.open(cache)
    for (const { url, headers, body } of entries) {
      await files.put(url, new Response(bytesOf(body), { headers }))
    }
  }
  for (const [key, value] of Object.entries(profile.localStorage)) localStorage.setItem(key, value)
}"""


def session_of(page: Page, phone: Phone, device: dict[str, str]) -> dict[str, Any]:
    """Tokens of today's product for the phone of that time."""
    form = {"login": "chen", "password": phone.live.passwords["chen"], "device": device}
    answer = page.request.post("/api/v1/sessions", data=form)
    assert answer.ok
    signed_in: dict[str, Any] = answer.json()
    return signed_in


@pytest.fixture
def profile() -> dict[str, Any]:
    """The frozen profile."""
    frozen: dict[str, Any] = json.loads(PROFILE.read_text(encoding="utf-8"))
    return frozen


def restore_profile(phone: Phone, profile: dict[str, Any]) -> None:
    """Restore the profile, as if it had always been in this browser."""
    page = phone.page
    page.goto(BLANK)
    meta = profile["database"]["rows"]["meta"]
    current = profile["database"]["rows"]["session"]["current"]
    answer = session_of(page, phone, meta["device"])
    assert answer["person"]["id"] == current["person"]["id"]
    for name in ("access_token", "refresh_token", "expires_at"):
        current[name] = answer[name]
    # The profile gets the address of the running server.
    authorized = {"Authorization": f"Bearer {answer['access_token']}"}
    meta["epoch"] = page.request.get("/api/v1/me", headers=authorized).json()["epoch"]
    meta["position"]["cursor"] = None
    page.evaluate(PUT_BACK, profile)
    # The bare picture has no icon of its own.
    phone.console_errors.clear()


def test_a_record_left_by_the_old_pages_is_delivered_and_its_draft_offered(
    phone: Callable[..., Phone], profile: dict[str, Any], album: Album
) -> None:
    one = phone()
    restore_profile(one, profile)
    (op,) = profile["database"]["rows"]["ops"]
    (draft,) = profile["database"]["rows"]["drafts"]
    with one.page.expect_response("**/api/v1/sync/push") as pushed:
        one.open("/")
    sent = json.loads(pushed.value.request.post_data or "")["ops"]
    assert [one_op["op_id"] for one_op in sent] == [op["op_id"]]
    assert {name: sent[0][name] for name in op["content"]} == op["content"]
    one.wait_for_line("delivered")
    one.open(f"/#/records/{op['entity_id']}")
    expect(one.page.get_by_text(op["content"]["data"]["note"]).first).to_be_visible()
    one.open("/#/")
    album.keep(one.page, "draft-of-the-old-pages")
    one.see("draft-item", id=draft["draft_id"]).click()
    expect(one.see("resumed")).to_be_visible()
    expect(one.see("held-photo")).to_have_count(1)
    expect(one.see("note")).to_have_value(draft["fields"]["note"])
    assert one.console_errors == []


def test_what_the_old_database_lost_comes_back_from_its_replica(
    phone: Callable[..., Phone], profile: dict[str, Any]
) -> None:
    one = phone()
    draft = profile["database"]["rows"]["drafts"][0]
    for table in ("ops", "photos", "photo_bytes", "drafts"):
        profile["database"]["rows"][table] = []
    restore_profile(one, profile)
    with one.page.expect_response("**/api/v1/sync/push"):
        one.open("/")
    one.wait_for_line("delivered")
    one.see("draft-item", id=draft["draft_id"]).click()
    expect(one.see("held-photo")).to_have_count(1)
    expect(one.see("note")).to_have_value(draft["fields"]["note"])
