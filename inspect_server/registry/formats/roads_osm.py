"""Roads 道路 of an extract of OpenStreetMap (.osm, XML), read in pieces and twice: first the ways,
then the nodes that they use. A document type, and with it every entity, is refused.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from inspect_server.registry.formats.road_lines import (
    MAX_ROADS,
    MAX_VERTICES,
    LoadedRoads,
    RoadLine,
    RoadsWrong,
    Spot,
    name_of,
    rank_of,
)

PIECE = 64 * 1024
# No part of an extract is nested deeper, and none is longer than a few kilobytes.
MAX_DEPTH = 8
MAX_PIECES_WITHOUT_ELEMENT = 16

Attributes = Mapping[str, str]


class _Way:
    """A way under way: its tags and the ids of its nodes."""

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}
        self.nodes = array("q")


class _Ways:
    """Collects the roads of the first reading, each with the ids of its nodes."""

    def __init__(self) -> None:
        self.roads: list[tuple[str | None, int, array[int]]] = []
        self.skipped = 0
        self._way: _Way | None = None
        self._nodes = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take the beginning of an element."""
        if tag == "way":
            self._way = _Way()
        elif self._way is not None and tag == "nd":
            self._nodes += 1
            if self._nodes > MAX_VERTICES:
                raise RoadsWrong(f"超过 {MAX_VERTICES} 个点，太多 (too many positions)")
            self._way.nodes.append(_node_id(attributes.get("ref")))
        elif self._way is not None and tag == "tag":
            key = attributes.get("k", "")
            if key in ("highway", "name", "name:zh", "ref", "area"):
                self._way.tags[key] = attributes.get("v", "")

    def end(self, tag: str) -> None:
        """Take the end of an element: a way that is a road is kept."""
        if tag != "way" or self._way is None:
            return
        way, self._way = self._way, None
        tags = way.tags
        if "highway" not in tags or tags.get("area") == "yes" or len(way.nodes) < 2:
            self.skipped += "highway" in tags
            return
        rank = rank_of(tags["highway"])
        if rank is None:
            self.skipped += 1
            return
        if len(self.roads) >= MAX_ROADS:
            raise RoadsWrong(f"超过 {MAX_ROADS} 条道路 (too many roads)")
        name = tags.get("name") or tags.get("name:zh") or tags.get("ref")
        self.roads.append((name_of(name), rank, way.nodes))


class _Nodes:
    """Collects the positions of the nodes that roads use, in the second reading."""

    def __init__(self, needed: set[int]) -> None:
        self.spots: dict[int, Spot] = {}
        self._needed = needed

    def start(self, tag: str, attributes: Attributes) -> None:
        """Take the beginning of an element."""
        if tag != "node":
            return
        node = _node_id(attributes.get("id"))
        if node in self._needed:
            self.spots[node] = _spot(node, attributes)

    def end(self, tag: str) -> None:
        """Nothing ends here."""


def read(path: Path, file: BinaryIO, attribution: str) -> LoadedRoads:
    """Read the roads of an extract. Raises `RoadsWrong`."""
    ways = _Ways()
    _parse(path, file, ways.start, ways.end)
    nodes = _Nodes({node for _, _, used in ways.roads for node in used})
    file.seek(0)
    _parse(path, file, nodes.start, nodes.end)
    lines: list[RoadLine] = []
    skipped = ways.skipped
    for name, rank, used in ways.roads:
        # An extract is cut at its border: nodes beyond it are not in the file.
        spots = tuple(nodes.spots[node] for node in used if node in nodes.spots)
        if len(spots) < 2:
            skipped += 1
            continue
        lines.append(RoadLine(name, rank, spots))
    if not lines:
        raise RoadsWrong(f"{path} 里没有道路（highway）（the file has no road）")
    return LoadedRoads(lines, skipped, attribution)


def _parse(
    path: Path,
    file: BinaryIO,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
) -> None:
    """Parse the file piece by piece. Raises `RoadsWrong`."""
    parser = expat.ParserCreate()
    depth = silent = 0

    def started(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, silent
        depth, silent = depth + 1, 0
        if depth == 1 and tag != "osm":
            raise RoadsWrong(f"{path} 的根元素是 {tag[:40]}，不是 OpenStreetMap 的 osm")
        if depth > MAX_DEPTH:
            raise RoadsWrong(f"{path} 嵌套过深，不是 OpenStreetMap 的文件 (nested too deeply)")
        start(tag, attributes)

    def ended(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(tag)

    def refused(*_: object) -> None:
        raise RoadsWrong(
            f"{path} 带有 DOCTYPE 或实体定义，不予读取 (a document type is not accepted)"
        )

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    try:
        while piece := file.read(PIECE):
            silent += 1
            if silent > MAX_PIECES_WITHOUT_ELEMENT:
                raise RoadsWrong(
                    f"{path} 有过长的内容，不是 OpenStreetMap 的文件 (too long a part)"
                )
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise RoadsWrong(
            f"{path} 不是完整的 XML：第 {error.lineno} 行 (not valid XML, line {error.lineno})"
        ) from None


def _node_id(written: str | None) -> int:
    try:
        node = int(written or "")
    except ValueError:
        node = 2**63
    if abs(node) >= 2**63:
        raise RoadsWrong(f"节点编号“{(written or '')[:30]}”不是数 (a node has no id)")
    return node


def _spot(node: int, attributes: Attributes) -> Spot:
    try:
        lon, lat = float(attributes["lon"]), float(attributes["lat"])
    except (KeyError, ValueError):
        lon = lat = math.nan
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise RoadsWrong(f"节点 {node} 的坐标不是经纬度 (node {node} is not in degrees)")
    return lon, lat
