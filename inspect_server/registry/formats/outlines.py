"""Outlines 界线 as an office draws them: a GeoJSON file of polygons, read into WGS-84. Pure.

A polygon names what it encloses in its properties: the finest of `district`, `street` and
`community` (城区、街道、社区), each by name or by code. Everything that is wrong with the file is
collected, so that one look at the answer is enough to mend it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import shapely
import shapely.geometry
from shapely.geometry.base import BaseGeometry

from inspect_server.core.datums import wgs84_of_gcj02
from inspect_server.core.sentences import sentence
from schemas.fields import read_json
from schemas.texts import one_line
from schemas.vocabulary import Datum

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_OUTLINES: Final = 3_000
MAX_CORNERS: Final = 20_000
MAX_CORNERS_IN_ALL: Final = 400_000
MAX_NAME: Final = 64

# The names of properties as offices and their programs write them.
DISTRICT = ("district", "城区", "区县", "县区", "区")
STREET = ("street", "街道", "乡镇", "街道乡镇", "镇街", "town")
COMMUNITY = ("community", "社区", "村社区", "村居", "社区村", "village", "村")
NAME = ("name", "名称")
CODE = ("code", "编码", "代码")

# The ends of the names of reference systems in degrees: WGS-84 and CGCS2000. A drawing program
# writes them for maps in GCJ-02 too, so what the office says of the datum counts.
DEGREES = ("CRS84", "4326", "4490")


# What the library raises for a document that is no geometry.
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    shapely.errors.ShapelyError,
)
# The most frequent faults of a geometry, as the library names them.
REASONS: Final[Mapping[str, str]] = {
    "Self-intersection": sentence("自相交"),
    "Ring Self-intersection": sentence("环自相交"),
    "Hole lies outside shell": sentence("洞在界线之外"),
    "Nested shells": sentence("面互相重叠"),
}


class FileWrong(Exception):
    """The file as a whole cannot be read; the sentence says why and what to do."""

    def __init__(self, detail: str) -> None:
        """`detail` may be a sentence of the catalogue."""
        super().__init__(detail)
        self.detail = detail


class FeatureWrong(FileWrong):
    """One polygon cannot be used; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One polygon of the file: what it says it encloses, and its geometry in WGS-84."""

    # Its place in the file, from 1.
    number: int
    district: str | None
    street: str | None
    community: str | None
    # What a file names without saying of what kind it is.
    name: str | None
    code: str | None
    geometry: BaseGeometry

    @property
    def title(self) -> str:
        """What people call it."""
        return self.community or self.street or self.district or self.name or self.code or ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one polygon of the file."""

    number: int
    title: str
    detail: str

    def document(self) -> dict[str, Any]:
        """Return its parts for a sentence."""
        return {"number": self.number, "title": self.title, "detail": self.detail}


def read(content: bytes, datum: Datum) -> tuple[list[Drawn], list[Fault]]:
    """Read all polygons of a file, and what is wrong with the others. Raises `FileWrong`."""
    document = _document(content)
    _check_degrees(document)
    drawn: list[Drawn] = []
    faults: list[Fault] = []
    corners: int = 0
    for number, feature in enumerate(_features(document), start=1):
        try:
            one = _drawn(number, feature, datum)
        except FeatureWrong as wrong:
            faults.append(Fault(number, "", wrong.detail))
            continue
        corners += int(shapely.get_num_coordinates(one.geometry))
        if corners > MAX_CORNERS_IN_ALL:
            raise FileWrong(
                sentence(
                    "界线共超过 {most} 个顶点，请先在制图软件里简化。", most=MAX_CORNERS_IN_ALL
                )
            )
        drawn.append(one)
    return drawn, faults


def _document(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise FileWrong(sentence("文件超过 {most} MB。", most=MAX_BYTES // 1024 // 1024))
    try:
        document = read_json(content.decode("utf-8-sig"))
    except ValueError:
        # Also what is not UTF-8: a shapefile, a workbook, a page of an error.
        raise FileWrong(sentence("不是 UTF-8 编码的 GeoJSON 文件。")) from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise FileWrong(sentence("不是 GeoJSON 的 FeatureCollection。"))
    return document


def _check_degrees(document: Mapping[str, Any]) -> None:
    """Refuse a file that says it is not in degrees."""
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and not name.upper().endswith(DEGREES):
        raise FileWrong(
            sentence(
                "文件的坐标系是 {name}，请导出为经纬度（EPSG:4326 或 EPSG:4490）。", name=name[:80]
            )
        )


def _features(document: Mapping[str, Any]) -> Iterator[Any]:
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise FileWrong(sentence("文件里没有界线。"))
    if len(features) > MAX_OUTLINES:
        raise FileWrong(sentence("一个文件最多 {most} 个界线，请分成几个文件。", most=MAX_OUTLINES))
    yield from features


def _drawn(number: int, feature: Any, datum: Datum) -> Drawn:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise FeatureWrong(sentence("没有 properties，不知道是哪里的界线。"))
    values = {str(key).strip().lower(): value for key, value in properties.items()}
    district, street, community, name, code = (
        _text(values, keys) for keys in (DISTRICT, STREET, COMMUNITY, NAME, CODE)
    )
    if not (district or street or community or name or code):
        raise FeatureWrong(sentence("没有名称，请在 properties 里写 district、street、community。"))
    geometry = _geometry(feature.get("geometry"), datum)
    return Drawn(number, district, street, community, name, code, geometry)


def _text(values: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """Return the first of these properties that has a text; a number may be a code."""
    for key in keys:
        value = values.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int):
            continue
        text = one_line(str(value))
        if len(text) > MAX_NAME:
            raise FeatureWrong(sentence("名称超过 {most} 个字。", most=MAX_NAME))
        if text:
            return text
    return None


def _geometry(geometry: Any, datum: Datum) -> BaseGeometry:
    try:
        shape = shapely.force_2d(shapely.geometry.shape(geometry))
    except UNREADABLE:
        raise FeatureWrong(sentence("界线读不出来，应为 Polygon 或 MultiPolygon。")) from None
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise FeatureWrong(
            sentence("界线是 {kind}，应为 Polygon 或 MultiPolygon。", kind=shape.geom_type)
        )
    if shapely.get_num_coordinates(shape) > MAX_CORNERS:
        raise FeatureWrong(sentence("界线超过 {most} 个顶点，请先简化。", most=MAX_CORNERS))
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        swapped = -90 <= west <= east <= 90 and -180 <= south <= north <= 180
        raise FeatureWrong(
            sentence("经度和纬度写反了，应先写经度。")
            if swapped
            else sentence("坐标不是经纬度，请导出为经纬度（EPSG:4326 或 EPSG:4490）。")
        )
    if not shape.is_valid:
        reason, _, where = shapely.is_valid_reason(shape).partition("[")
        raise FeatureWrong(
            sentence(
                "界线不合法（{reason} {where}），请在制图软件里修复几何后再导入。",
                reason=REASONS.get(reason, reason),
                where=where.rstrip("]"),
            )
        )
    if datum is Datum.GCJ02:
        shape = shapely.transform(shape, wgs84_of_gcj02)
    return shape
