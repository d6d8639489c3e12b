"""The task sheet 案件处置单: a case as its unit may see it, made a PDF by a child process.

Making the PDF needs a font of eight megabytes and the layout library; the child process keeps
both out of the web server's memory.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inspect_server.core.clock import city_time
from inspect_server.core.geo import distance_words
from inspect_server.core.problems import Unavailable
from inspect_server.core.sentences import sentence
from schemas.vocabulary import Campaign, Outcome, PhotoRole, Severity, TaskState

PDF_MODULE = "inspect_server.tasks.formats.print_pdf"
SECONDS = 120.0

Picture = tuple[Mapping[str, Any], bytes]
Photo = dict[str, Any]

# Who signs and stamps the paper, and where: 签收, 盖章.
SIGNATURES = (
    {"title": "派遣单位（盖章）", "lines": ["经办人：", "年      月      日"]},
    {
        "title": "责任单位签收",
        "lines": ["签收人：", "联系电话：", "签收时间：      年    月    日    时"],
    },
    {"title": "责任单位（盖章）", "lines": ["负责人：", "年      月      日"]},
)


def render_pdf(case: Mapping[str, Any], pictures: Sequence[Picture], now: datetime) -> bytes:
    """Return the task sheet of a case as PDF. Raises `Unavailable`."""
    page = json.dumps(layout(case, pictures, now), ensure_ascii=False).encode("utf-8", "replace")
    try:
        done = subprocess.run(
            [sys.executable, "-m", PDF_MODULE], input=page, capture_output=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(sentence("打印件生成超时，请稍后重试。"), retry_after=10) from None
    if done.returncode != 0:
        raise Unavailable(sentence("打印件生成失败，请稍后重试。"), retry_after=10)
    return done.stdout


def layout(case: Mapping[str, Any], pictures: Sequence[Picture], now: datetime) -> dict[str, Any]:
    """Return the content of the sheet: labelled facts, photos, the history, places to sign.

    `case` is what the unit may read: the paper goes to those who are judged, and the finder's
    identity is never shown to them (DOMAIN §9).
    """
    before, after, others = _photos(case, pictures)
    return {
        "title": "案件处置单",
        "number": case["number"],
        "printed": f"打印于 {city_time(now)}",
        "facts": [[label, value] for label, value in _facts(case) if value],
        "before": before,
        "after": after,
        "others": others,
        "absent": len(case["evidence"]) - len(pictures),
        "events": [
            [
                city_time(event["at"]),
                event["label"],
                event["actor"] or "系统",
                _joined(event["reason_label"], event["note"]) or "",
            ]
            for event in case["events"]
        ],
        "signatures": SIGNATURES,
    }


def _facts(case: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    place = case["place"]
    return [
        ("类别", f"{case['category']} {case['category_name']}"),
        ("专项行动", Campaign(case["campaign"]).zh),
        ("程度", Severity(str(case["severity"])).zh),
        ("状态", TaskState(case["state"]).zh + ("（已超期）" if case["overdue"] else "")),
        ("属地", case["locality_words"]),
        ("点位 / 门店", _joined(_name(case["point"]), _name(case["shop"]))),
        ("最近地点", _nearest(case)),
        ("地址", case["address"]),
        ("坐标", f"{place['lon']:.6f}, {place['lat']:.6f}（WGS-84）" if place else None),
        ("上报时处理", Outcome(case["outcome"]).zh),
        ("责任单位", _name(case["unit"])),
        ("包联单位", _name(case["pairing_unit"])),
        ("上报时间", city_time(case["opened_at"])),
        ("时限", _due(case)),
        # The last: it may go on over pages.
        ("说明", case["note"]),
    ]


def _photos(
    case: Mapping[str, Any], pictures: Sequence[Picture]
) -> tuple[list[Photo], list[Photo], list[Photo]]:
    """Return the photos of before 整改前, of after 整改后, and those of visits and documents."""
    before: list[Photo] = []
    after: list[Photo] = []
    others: list[Photo] = []
    for photo, body in pictures:
        role = PhotoRole(photo["role"]) if photo["role"] else None
        if photo.get("visit_id") or role is PhotoRole.DOCUMENT:
            group, side = others, "现场复核" if photo.get("visit_id") else None
        elif role is PhotoRole.AFTER:
            group, side = after, None
        else:
            group, side = before, None if role is PhotoRole.BEFORE else PhotoRole.BEFORE.zh
        group.append(
            {
                "caption": _caption(photo, _joined(side, role.zh if role else None) or "照片"),
                "jpeg": base64.b64encode(body).decode(),
                "strokes": _strokes(case, photo),
            }
        )
    return before, after, others


def _caption(photo: Mapping[str, Any], what: str) -> str:
    taken_at = city_time(photo["taken_at"]) if photo["taken_at"] else ""
    distance = f"距现场 {photo['distance_m']:.0f} 米" if photo["distance_m"] is not None else ""
    return "  ".join(part for part in (what, taken_at, distance) if part)


def _strokes(case: Mapping[str, Any], photo: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return every mark that any decision drew on a photo 圈注."""
    return [
        stroke
        for event in case["events"]
        for annotation in event.get("annotations", ())
        if annotation["photo_id"] == str(photo["id"])
        for stroke in annotation["strokes"]
    ]


def _nearest(case: Mapping[str, Any]) -> str | None:
    """Return the nearest point or shop, unless it is the one that was chosen."""
    nearest = case["nearest"]
    chosen = [spot["id"] for spot in (case["point"], case["shop"]) if spot]
    if nearest is None or nearest["id"] in chosen:
        return None
    return f"{nearest['name']}，相距约 {distance_words(nearest['distance_m'])}"


def _due(case: Mapping[str, Any]) -> str | None:
    if case["due_at"] is None:
        return None
    return city_time(case["due_at"]) + ("（暂定）" if case["provisional"] else "")


def _name(named: Mapping[str, Any] | None) -> str | None:
    return named["name"] if named else None


def _joined(*parts: str | None) -> str | None:
    return " · ".join(part for part in parts if part) or None
