"""Files of outlines: what an office's programs write is read, what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
import shapely.geometry

from inspect_server.registry.formats import outlines
from inspect_server.registry.formats.outlines import FileWrong
from schemas.vocabulary import Datum

SQUARE = [[110.78, 32.64], [110.79, 32.64], [110.79, 32.65], [110.78, 32.65], [110.78, 32.64]]
BOWTIE = [[110.78, 32.64], [110.79, 32.65], [110.79, 32.64], [110.78, 32.65], [110.78, 32.64]]
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry or POLYGON}


def collection(*features: Any, **more: Any) -> bytes:
    document = {"type": "FeatureCollection", "features": list(features)} | more
    return json.dumps(document, ensure_ascii=False).encode()


def read_one(*features: Any, datum: Datum = Datum.WGS84) -> outlines.Drawn:
    drawn, faults = outlines.read(collection(*features), datum)
    assert faults == []
    return drawn[0]


def test_names_are_read_as_offices_write_them() -> None:
    plain = read_one(feature(district="茅箭区", street="五堰街道", community="朝阳路社区"))
    chinese = read_one(feature(城区=" 茅箭区", 街道="五堰街道　", 社区="朝阳路社区"))
    loud = read_one(feature(DISTRICT="茅箭区", Street="五堰街道", 村社区="朝阳路社区"))
    for one in (plain, chinese, loud):
        assert (one.district, one.street, one.community) == ("茅箭区", "五堰街道", "朝阳路社区")


def test_a_number_may_be_a_code_and_height_is_left_out() -> None:
    high = {"type": "Polygon", "coordinates": [[[*corner, 312.5] for corner in SQUARE]]}
    one = read_one(feature(high, code=420302003))
    assert (one.code, one.geometry.has_z) == ("420302003", False)


def test_cgcs2000_stays_as_it_is_and_gcj02_is_moved_back() -> None:
    official = read_one(feature(name="甲"), datum=Datum.CGCS2000)
    assert official.geometry.equals(shapely.geometry.shape(POLYGON))
    moved = read_one(feature(name="甲"), datum=Datum.GCJ02).geometry.centroid
    assert (moved.x, moved.y) == pytest.approx((110.7797, 32.6472), abs=2e-4)


WRONG_FILES = [
    (b"PK\x03\x04", "不是 UTF-8"),
    (b"<html>502 Bad Gateway</html>", "不是 UTF-8"),
    (b"[]", "FeatureCollection"),
    (json.dumps(feature(name="甲")).encode(), "FeatureCollection"),
    (collection(), "没有界线"),
    (b'{"type":"FeatureCollection","features":"x"}', "没有界线"),
    (b'{"type":"FeatureCollection","features":[NaN]}', "不是 UTF-8"),
    (b"[" * 100_000, "不是 UTF-8"),
    (collection(*[feature(name="甲")] * 3_001), "最多 3000 个"),
    (
        collection(feature(name="甲"), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}),
        "坐标系是 urn:ogc:def:crs:EPSG::4549",
    ),
]


@pytest.mark.parametrize(("content", "words"), WRONG_FILES, ids=range(len(WRONG_FILES)))
def test_a_file_that_is_no_collection_of_outlines_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(FileWrong, match=words):
        outlines.read(content, Datum.WGS84)


def test_a_file_in_degrees_may_say_so() -> None:
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"):
        content = collection(feature(name="甲"), crs={"properties": {"name": name}})
        assert len(outlines.read(content, Datum.GCJ02)[0]) == 1


WRONG_FEATURES = [
    ("x", "没有 properties"),
    ({"type": "Feature", "geometry": POLYGON}, "没有 properties"),
    (feature(note="甲"), "没有名称"),
    (feature(name=True), "没有名称"),
    (feature(name="长" * 65), "超过 64 个字"),
    ({"properties": {"name": "甲"}}, "读不出来"),
    (feature({"type": "Circle", "coordinates": []}, name="甲"), "读不出来"),
    (feature({"type": "Polygon"}, name="甲"), "读不出来"),
    (feature({"type": "Polygon", "coordinates": [[["a", "b"]] * 4]}, name="甲"), "读不出来"),
    (feature({"type": "Polygon", "coordinates": [SQUARE[:2]]}, name="甲"), "读不出来"),
    (feature({"type": "Polygon", "coordinates": []}, name="甲"), "应为 Polygon"),
    (feature({"type": "LineString", "coordinates": SQUARE}, name="甲"), "应为 Polygon"),
    (feature({"type": "Point", "coordinates": [110, 32]}, name="甲"), "应为 Polygon"),
    (feature({"type": "Polygon", "coordinates": [BOWTIE]}, name="甲"), "自相交 110.785 32.645"),
    (feature({"type": "Polygon", "coordinates": [[[10**400, 1]] * 4]}, name="甲"), "读不出来"),
    (
        feature({"type": "Polygon", "coordinates": [[[y, x] for x, y in SQUARE]]}, name="甲"),
        "写反了",
    ),
    (
        feature(
            {"type": "Polygon", "coordinates": [[[x * 1e4, y * 1e5] for x, y in SQUARE]]},
            name="甲",
        ),
        "不是经纬度",
    ),
]


@pytest.mark.parametrize(("one", "words"), WRONG_FEATURES, ids=range(len(WRONG_FEATURES)))
def test_a_polygon_that_cannot_be_used_is_named_and_the_others_are_read(
    one: Any, words: str
) -> None:
    drawn, (fault,) = outlines.read(collection(feature(name="好"), one), Datum.WGS84)
    assert [good.name for good in drawn] == ["好"]
    assert fault.number == 2
    assert words in fault.detail


def test_outlines_of_more_corners_than_anybody_draws_are_refused() -> None:
    circle = shapely.Point(110.78, 32.64).buffer(0.01, quad_segs=6_000)
    huge = dict(shapely.geometry.mapping(circle))
    _, (fault,) = outlines.read(collection(feature(huge, name="甲")), Datum.WGS84)
    assert "超过 20000 个顶点" in fault.detail
