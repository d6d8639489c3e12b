"""Ops as the first phone wrote them 第一版: every schema ever shipped is accepted for push."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.actors import Device

pytestmark = pytest.mark.one_database

# The rows of the phone's own test of version 1; never changed.
WEB = Path(__file__).parents[2] / "web"
FROZEN = WEB / "field/core/store/fixtures/version1.json"
# The problem of an op that the server cannot read.
UNREAD = {"invalid", "malformed", "kind-unknown"}


def version_1_ops() -> list[dict[str, Any]]:
    """The ops of a phone of version 1, as they go over the wire."""
    rows = json.loads(FROZEN.read_text(encoding="utf-8"))["rows"]["ops"]
    return [
        (json.loads(row["frozen"]) if row["frozen"] else row["content"]) | {"clock": row["clock"]}
        for row in rows
    ]


def test_every_op_of_version_1_is_still_read(observer: Device) -> None:
    results = observer.send(*version_1_ops())
    refused = {result.get("problem", {}).get("slug") for result in results}
    assert not refused & UNREAD, results


def test_a_record_of_version_1_is_still_accepted_with_its_photos(observer: Device) -> None:
    ops = version_1_ops()
    results = observer.send(*ops)
    assert results[0]["status"] == "accepted"
    assert results[0]["wanted"] == [photo["photo_id"] for photo in ops[0]["photos"]]
