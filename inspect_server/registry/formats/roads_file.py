"""Roads 道路 that a city brings as a file: GeoJSON lines, or an extract of OpenStreetMap (.osm).

Files are not trusted: sizes are bounded, a document type with its entities is refused. Pure but
for reading the file; imports no database.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from inspect_server.registry.formats import roads_osm
from inspect_server.registry.formats.road_lines import (
    MAX_ROADS,
    MAX_VERTICES,
    LoadedRoads,
    RoadLine,
    RoadsWrong,
    name_of,
    rank_of,
)

MAX_GEOJSON_BYTES = 64 * 1024 * 1024
MAX_OSM_BYTES = 512 * 1024 * 1024
OSM_ATTRIBUTION = "© OpenStreetMap"

# The first bytes of files that people bring instead, and what to do with them.
_OTHER_FILES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "是 gzip 压缩包，请先解压 (unpack it first)"),
    (b"BZh", "是 bzip2 压缩包，请先解压 (unpack it first)"),
    (b"PK\x03\x04", "是 zip 压缩包，请先解压；Shapefile 请导出为 GeoJSON (unpack it first)"),
    (b"\x00\x00'\x0a", "是 Shapefile，请导出为 GeoJSON (export it as GeoJSON)"),
)
_PBF_MARK = b"OSMHeader"
_NAME_KEYS = ("name", "NAME", "Name", "名称", "道路名称", "路名", "name:zh")
_RANK_KEYS = ("highway", "fclass", "等级", "道路等级", "类型")
# The coordinate systems of old GeoJSON that are degrees of WGS-84.
_WGS84_NAMES = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")


def read(path: Path) -> LoadedRoads:
    """Read the roads of a file, its kind told by its content. Raises `RoadsWrong`."""
    with path.open("rb") as file:
        size = path.stat().st_size
        head = file.read(4096)
        file.seek(0)
        _refuse_other_files(path, head)
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if start.startswith(b"{"):
            _refuse_larger(path, size, MAX_GEOJSON_BYTES)
            return _from_geojson(path, file)
        if start.startswith(b"<") or head.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
            _refuse_larger(path, size, MAX_OSM_BYTES)
            return roads_osm.read(path, file, OSM_ATTRIBUTION)
    raise RoadsWrong(f"{path} 不是 GeoJSON，也不是 OpenStreetMap 的 .osm (neither of both)")


def _refuse_other_files(path: Path, head: bytes) -> None:
    if not head:
        raise RoadsWrong(f"{path} 是空文件 (the file is empty)")
    if _PBF_MARK in head[:64]:
        raise RoadsWrong(
            f"{path} 是 .osm.pbf，请先转成 .osm：osmium cat {path.name} -o roads.osm"
            " (convert it first)"
        )
    for mark, advice in _OTHER_FILES:
        if head.startswith(mark):
            raise RoadsWrong(f"{path} {advice}")


def _refuse_larger(path: Path, size: int, most: int) -> None:
    if size > most:
        raise RoadsWrong(
            f"{path} 有 {size // 2**20} MB，最多 {most // 2**20} MB；请只截取本市的道路"
            " (too large: cut out the roads of the city)"
        )


# --- GeoJSON -------------------------------------------------------------------------------------


def _from_geojson(path: Path, file: BinaryIO) -> LoadedRoads:
    try:
        document = json.loads(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RoadsWrong(f"{path} 不是 UTF-8 编码，请另存为 UTF-8 (not UTF-8)") from None
    except (ValueError, RecursionError):
        raise RoadsWrong(f"{path} 不是完整的 JSON (not valid JSON)") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise RoadsWrong(f"{path} 不是 GeoJSON 的 FeatureCollection (no FeatureCollection)")
    _refuse_other_datum(path, document.get("crs"))
    lines: list[RoadLine] = []
    skipped = vertices = 0
    for number, feature in enumerate(features, start=1):
        before = len(lines)
        for line in _lines_of(number, feature):
            vertices += len(line.spots)
            if len(lines) >= MAX_ROADS or vertices > MAX_VERTICES:
                raise RoadsWrong(
                    f"{path} 的道路超过 {MAX_ROADS} 条或 {MAX_VERTICES} 个点"
                    " (too many roads: cut out those of the city)"
                )
            lines.append(line)
        skipped += len(lines) == before
    if not lines:
        raise RoadsWrong(f"{path} 里没有线（LineString）（the file has no line）")
    return LoadedRoads(lines, skipped, None)


def _refuse_other_datum(path: Path, crs: Any) -> None:
    """Refuse a file whose old `crs` member names another system than degrees of WGS-84."""
    if not isinstance(crs, Mapping):
        return
    properties = crs.get("properties")
    name = str(properties.get("name")) if isinstance(properties, Mapping) else str(crs)
    if not name.endswith(_WGS84_NAMES):
        raise RoadsWrong(f"{path} 的坐标系是 {name[:60]}，请导出为 WGS-84（EPSG:4326）")


def _lines_of(number: int, feature: Any) -> Iterator[RoadLine]:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        return
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "LineString":
            parts = [coordinates]
        case "MultiLineString" if isinstance(coordinates, list):
            parts = coordinates
        case _:
            return
    properties = feature.get("properties")
    values = properties if isinstance(properties, dict) else {}
    rank = rank_of(next((values[key] for key in _RANK_KEYS if values.get(key)), None))
    if rank is None:
        return
    name = name_of(next((values[key] for key in _NAME_KEYS if values.get(key)), None))
    for part in parts:
        spots = tuple(_spot(number, one) for one in part) if isinstance(part, list) else ()
        if len(spots) < 2:
            raise RoadsWrong(f"第 {number} 条道路不到两个点 (road {number} has no two positions)")
        yield RoadLine(name, rank, spots)


def _spot(number: int, one: Any) -> tuple[float, float]:
    if isinstance(one, list) and len(one) >= 2:
        lon, lat = one[0], one[1]
        if type(lon) in (int, float) and type(lat) in (int, float):
            within = -180 <= lon <= 180 and -90 <= lat <= 90
            if within and math.isfinite(lon) and math.isfinite(lat):
                return float(lon), float(lat)
    raise RoadsWrong(
        f"第 {number} 条道路的坐标不是经纬度，请导出为 WGS-84（EPSG:4326）"
        f" (road {number} is not in degrees)"
    )
