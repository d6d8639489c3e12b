"""The districts 城区 that a city brings to `init`: a GeoJSON file, or names only. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
import shapely.geometry
from pypinyin import lazy_pinyin

from schemas.texts import one_line

# A district whose outline the city does not bring yet: it holds no position.
NO_OUTLINE: dict[str, Any] = {"type": "MultiPolygon", "coordinates": []}
MOST_NAME, MOST_CODE = 64, 16
# Names of the property that holds the district's name, as offices write it.
NAME_PROPERTIES = ("name", "NAME", "Name", "名称", "城区")


class DistrictsWrong(Exception):
    """The districts cannot be read; the text says which one and what to do."""


@dataclass(frozen=True, slots=True)
class DistrictPlan:
    """A district as `init` writes it."""

    code: str
    name: str
    outline: dict[str, Any]


def from_names(names: Sequence[str]) -> list[DistrictPlan]:
    """Return districts without outlines. Raises `DistrictsWrong`."""
    return _coded([(None, name, NO_OUTLINE) for name in names])


def from_file(path: Path) -> list[DistrictPlan]:
    """Read a FeatureCollection of polygons in WGS-84 degrees. Raises `DistrictsWrong`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, ValueError):
        raise DistrictsWrong(f"{path} 不是 UTF-8 编码的 JSON 文件，请另存为 GeoJSON") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise DistrictsWrong(f"{path} 不是 GeoJSON 的 FeatureCollection")
    return _coded([_feature(number, one) for number, one in enumerate(features, start=1)])


def _feature(number: int, feature: Any) -> tuple[str | None, str, dict[str, Any]]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise DistrictsWrong(f"第 {number} 个城区没有 properties")
    name = next((properties[key] for key in NAME_PROPERTIES if properties.get(key)), None)
    if not isinstance(name, str):
        raise DistrictsWrong(f"第 {number} 个城区没有名称，请在 properties 里写 name")
    code = properties.get("code")
    return str(code) if code else None, name, _outline(name, feature.get("geometry"))


def _outline(name: str, geometry: Any) -> dict[str, Any]:
    if geometry is None:
        return NO_OUTLINE
    try:
        shape = shapely.geometry.shape(geometry)
    except (AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError):
        raise DistrictsWrong(f"{name} 的界线读不出来，应为 Polygon 或 MultiPolygon") from None
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise DistrictsWrong(f"{name} 的界线是 {shape.geom_type}，应为 Polygon 或 MultiPolygon")
    if not shape.is_valid:
        raise DistrictsWrong(
            f"{name} 的界线不合法（{shapely.is_valid_reason(shape)}），请修好几何再导入"
        )
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise DistrictsWrong(f"{name} 的坐标不是经纬度，请导出为 WGS-84（EPSG:4326）")
    return dict(shapely.geometry.mapping(shape))


def _coded(rows: Sequence[tuple[str | None, str, dict[str, Any]]]) -> list[DistrictPlan]:
    """Give each district a code of its own: the one it brings, else its name in pinyin."""
    if not rows:
        raise DistrictsWrong("至少要有一个城区")
    plans: list[DistrictPlan] = []
    for code, written, outline in rows:
        name = one_line(written)
        if not 1 <= len(name) <= MOST_NAME:
            raise DistrictsWrong(f"城区名称“{name}”应为 1 至 {MOST_NAME} 个字")
        if name in {plan.name for plan in plans}:
            raise DistrictsWrong(f"城区“{name}”写了两次")
        taken = {plan.code for plan in plans}
        if code is not None:
            if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{MOST_CODE}}}", code) or code in taken:
                raise DistrictsWrong(
                    f"{name} 的编码“{code}”应为不重复的 1 至 {MOST_CODE} 个字母或数字"
                )
            plans.append(DistrictPlan(code, name, outline))
            continue
        plans.append(DistrictPlan(_free_code(name, taken), name, outline))
    return plans


def _free_code(name: str, taken: set[str]) -> str:
    stem = re.sub(r"[^a-z0-9]", "", "".join(lazy_pinyin(name.rstrip("区县市"))).lower())
    stem = stem[: MOST_CODE - 2] or "d"
    numbered = (f"{stem}{number}" for number in range(2, 100))
    return stem if stem not in taken else next(code for code in numbered if code not in taken)
