"""Roads from files 导入道路: GeoJSON and OpenStreetMap, broken ones and hostile ones."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from inspect_server.registry.formats import road_lines, roads_file, roads_osm
from inspect_server.registry.formats.road_lines import LANE, MAIN, SECONDARY, STREET, RoadsWrong

LINE = [[110.78, 32.64], [110.79, 32.65]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    """A feature of a GeoJSON file."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def line(coordinates: Any = LINE, **properties: Any) -> dict[str, Any]:
    """A road of a GeoJSON file."""
    return feature({"type": "LineString", "coordinates": coordinates}, **properties)


def collection(*features: Any, **more: Any) -> str:
    """A GeoJSON file."""
    return json.dumps({"type": "FeatureCollection", "features": features} | more)


def osm(body: str, head: str = "") -> str:
    """An extract of OpenStreetMap."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<osm version="0.6">{body}</osm>'


NODES = "".join(
    f'<node id="{number}" lat="{32.64 + number / 1000}" lon="110.78"/>' for number in range(1, 4)
)


def way(tags: str, *refs: int) -> str:
    """A way of an extract."""
    return "<way id='7'>" + "".join(f'<nd ref="{ref}"/>' for ref in refs) + tags + "</way>"


def tag(key: str, value: str) -> str:
    """A tag of a way."""
    return f'<tag k="{key}" v="{value}"/>'


LOOP = way(tag("highway", "service"), 1, 1)


def written(tmp_path: Path, content: str | bytes, name: str = "roads.osm") -> Path:
    """A file with this content."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(tmp_path: Path, content: str | bytes) -> str:
    """What the operator reads of a file that is refused."""
    with pytest.raises(RoadsWrong) as caught:
        roads_file.read(written(tmp_path, content))
    return str(caught.value)


# --- what is read --------------------------------------------------------------------------------


def test_lines_of_geojson_with_their_names_and_ranks(tmp_path: Path) -> None:
    many = {"type": "MultiLineString", "coordinates": [LINE, LINE]}
    text = collection(
        line(name="人民北路", highway="primary"),
        line(路名="柳林巷", 等级="背街小巷"),
        feature(many, name=" 车城\u3000路 ", fclass="secondary_link"),
        line(),
        feature({"type": "Point", "coordinates": [110.78, 32.64]}, name="五堰"),
        feature(None),
    )
    loaded = roads_file.read(written(tmp_path, "\ufeff" + text, "roads.json"))
    assert [(one.name, one.rank) for one in loaded.lines] == [
        ("人民北路", MAIN),
        ("柳林巷", LANE),
        ("车城 路", SECONDARY),
        ("车城 路", SECONDARY),
        (None, STREET),
    ]
    assert loaded.skipped == 2
    assert loaded.attribution is None


def test_ways_of_an_extract_with_the_nodes_they_use(tmp_path: Path) -> None:
    body = (
        NODES
        + way(tag("highway", "residential") + tag("name", "朝阳路"), 1, 2, 3)
        + way(tag("highway", "trunk") + tag("ref", "G209"), 2, 3, 99)
        + way(tag("building", "yes"), 1, 2, 3)
        + way(tag("highway", "construction"), 1, 2)
        + way(tag("highway", "pedestrian") + tag("area", "yes"), 1, 2, 3)
        + way(tag("highway", "service"), 98, 99)
        + "<relation id='1'><member type='way' ref='7' role=''/></relation>"
    )
    loaded = roads_file.read(written(tmp_path, osm(body)))
    assert [(one.name, one.rank) for one in loaded.lines] == [("朝阳路", STREET), ("G209", MAIN)]
    assert loaded.lines[0].spots[0] == (110.78, 32.641)
    assert len(loaded.lines[1].spots) == 2
    assert loaded.skipped == 3
    assert loaded.attribution == "© OpenStreetMap"


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "空文件"),
        (b"name,lon,lat\n", "不是 GeoJSON"),
        (b"{", "不是完整的 JSON"),
        (b'{"type": "FeatureCollection"}', "FeatureCollection"),
        (b'{"a": "\xff"}', "不是 UTF-8"),
        (b'{"features": ' + b"[" * 100_000, "不是完整的 JSON"),
        (collection(), "没有线"),
        (collection(feature({"type": "Point", "coordinates": [1, 2]})), "没有线"),
        (collection(line([[110.78, 32.64]])), "不到两个点"),
        (collection(line("a line")), "不到两个点"),
        (collection(line([[500000, 3610000], [500001, 3610001]])), "不是经纬度"),
        (collection(line([[110, "32"], [111, 33]])), "不是经纬度"),
        (collection(line([[True, False], [111, 33]])), "不是经纬度"),
        (collection(line([[110, 32], [float("nan"), 33]])), "不是经纬度"),
        (collection(line([[110, 32], [10**400, 33]])), "不是经纬度"),
        (
            collection(line(), crs={"properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}),
            "请导出为 WGS-84",
        ),
        (osm(NODES), "没有道路"),
        (osm(NODES + way(tag("highway", "service"), 1, 2))[:-20], "不是完整的 XML"),
        (osm(way(tag("highway", "service"), 1, 2)), "没有道路"),
        ("<gpx><trk/></gpx>", "不是 OpenStreetMap"),
        (osm("<a>" * 20 + "</a>" * 20), "嵌套过深"),
        (osm('<way><nd ref="x"/></way>'), "不是数"),
        (osm('<node id="1" lat="a" lon="2"/>' + LOOP), "不是经纬度"),
        (osm('<node id="1" lat="95" lon="2"/>' + LOOP), "不是经纬度"),
        (osm(f'<way><nd ref="{2**70}"/></way>'), "不是数"),
        pytest.param(b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18", "osmium cat", id="osm.pbf"),
        pytest.param(gzip.compress(b"<osm/>"), "先解压", id="gzip"),
    ],
)
def test_a_file_that_is_no_roads_is_refused_in_a_sentence(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    said = refused(tmp_path, content)
    assert message in said
    assert "\n" not in said


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "EPSG:4490"])
def test_degrees_by_another_name_are_degrees(tmp_path: Path, crs: str) -> None:
    text = collection(line(), crs={"type": "name", "properties": {"name": crs}})
    assert len(roads_file.read(written(tmp_path, text)).lines) == 1


def test_a_zip_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "roads.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("roads.osm", "<osm/>")
    with pytest.raises(RoadsWrong, match="先解压"):
        roads_file.read(path)


BOMB = "<!DOCTYPE osm [" + "".join(
    f'<!ENTITY a{level} "{f"&a{level - 1};" * 10 if level else "aaaaaaaaaa"}">'
    for level in range(12)
)


@pytest.mark.parametrize(
    "head",
    [
        BOMB + "]>",
        '<!DOCTYPE osm [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE osm SYSTEM "http://127.0.0.1:9/roads.dtd">',
        "<!DOCTYPE osm>",
    ],
    ids=["bomb", "file", "outside", "plain"],
)
def test_a_document_type_and_its_entities_are_refused(tmp_path: Path, head: str) -> None:
    body = way(tag("highway", "service") + tag("name", "&a11;&x;"), 1, 2)
    assert "DOCTYPE" in refused(tmp_path, osm(NODES + body, head))


def test_one_endless_attribute_is_refused(tmp_path: Path) -> None:
    assert "过长" in refused(tmp_path, osm(f'<tag k="{"a" * 3_000_000}"/>'))


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roads_file, "MAX_ROADS", 2)
    monkeypatch.setattr(roads_osm, "MAX_ROADS", 2)
    monkeypatch.setattr(roads_osm, "MAX_VERTICES", 5)
    monkeypatch.setattr(roads_file, "MAX_GEOJSON_BYTES", 3_000)
    lane = tag("highway", "service")
    assert "超过" in refused(tmp_path, collection(line(), line(), line()))
    assert "最多" in refused(tmp_path, collection(*[line()] * 100))
    assert "太多" in refused(tmp_path, osm(NODES + way(lane, 1, 2, 3, 1, 2, 3)))
    monkeypatch.setattr(roads_osm, "MAX_VERTICES", 50)
    assert "超过 2 条" in refused(tmp_path, osm(NODES + way(lane, 1, 2) * 3))


def test_ranks_of_kinds() -> None:
    kinds = ["motorway_link", "国道", "次干路", "residential", "支路", "footway", "proposed", None]
    ranks = [road_lines.rank_of(kind) for kind in kinds]
    assert ranks == [MAIN, MAIN, SECONDARY, STREET, STREET, LANE, None, STREET]
