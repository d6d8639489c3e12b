"""Requests of an admin to the registers: write an entry, import a table, read the history."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import openpyxl
from werkzeug.test import TestResponse

from tests.support.actors import Device, new_id

UNIT = {"code": "sz-jd", "name": "三堰街道办", "kind": "street", "district": "maojian"}
POINT = {"code": "MJ99", "name": "北京路菜市场", "type": "集贸市场", "lon": 110.79, "lat": 32.63}
SHOP = {
    "plate_code": "MQ-MJ-9001",
    "name": "老李面馆",
    "lon": 110.79,
    "lat": 32.63,
    "duties": ["包卫生", "包绿化", "包秩序"],
}
PERSON = {"name": "周建国", "role": "volunteer", "district": "maojian", "code": "V0001"}
CATEGORY = {
    "campaign": "public_facilities",
    "name_zh": "充电桩损坏",
    "name_en": "charging post damaged",
    "severity": 3,
    "limit_value": 5,
    "limit_unit": "working_days",
    "record_as": "task",
    "evidence_open": "A",
    "evidence_close": "a",
}
# A whole entry of each register that can be written, and a change of one of its fields.
ENTRIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "units": (UNIT, {"name": "三堰街道办事处"}),
    "points": (POINT, {"address": "北京路 12 号"}),
    "shops": (SHOP, {"name": "老李牛肉面馆"}),
    "people": (PERSON, {"name": "周建军"}),
    "categories": (CATEGORY, {"limit_value": 3}),
}


def new_key(register: str) -> str:
    """An id as the console makes one; a category has a code."""
    return "GG0199" if register == "categories" else new_id()


def put(device: Device, register: str, key: str, entry: dict[str, Any]) -> TestResponse:
    """Write an entry."""
    return device.call("PUT", f"/{register}/{key}", json=entry)


def created(device: Device, register: str, entry: dict[str, Any], key: str = "") -> dict[str, Any]:
    """A new entry, as it is read."""
    answer = put(device, register, key or new_key(register), entry)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def history(device: Device, register: str, key: str | None = None) -> list[dict[str, Any]]:
    """Who changed what, the newest first."""
    query = {"entry": key} if key else {}
    answer = device.get(f"/registers/{register}/changes", query_string=query)
    assert answer.status_code == 200, answer.text
    return list((answer.json or {})["items"])


def pointers(answer: TestResponse) -> list[str]:
    """Which fields were refused."""
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in (answer.json or {})["errors"]]


def csv(*lines: str) -> bytes:
    """A table as a plain editor saves it."""
    return "\n".join(lines).encode()


def xlsx(*lines: Sequence[Any]) -> bytes:
    """A table as a spreadsheet saves it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in lines:
        sheet.append(list(line))
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def send_table(device: Device, register: str, table: bytes, mode: str) -> TestResponse:
    """Import a table."""
    return device.call(
        "POST",
        f"/registers/{register}/table?mode={mode}",
        data=table,
        content_type="application/octet-stream",
    )


def last_line(device: Device, register: str, table: bytes, mode: str = "dry_run") -> dict[str, Any]:
    """The last line of an import's answer."""
    answer = send_table(device, register, table, mode)
    assert answer.status_code == 200, answer.text
    return dict(json.loads(answer.text.splitlines()[-1]))


def report(device: Device, register: str, table: bytes, mode: str = "dry_run") -> dict[str, Any]:
    """The report of an import or of its dry run."""
    last = last_line(device, register, table, mode)
    assert last["step"] == "done", last
    return dict(last["report"])


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    """New, changed, the same, refused."""
    return report["added"], report["changed"], report["same"], report["bad"]
