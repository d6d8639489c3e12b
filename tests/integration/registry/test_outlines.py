"""Outlines that the office imports: matched with the registers, used for records to come."""

from __future__ import annotations

import json
from typing import Any

import shapely
import shapely.geometry

from inspect_server.core.datums import gcj02_of_wgs84
from inspect_server.models import District, LocalityOutline, Observation, Street, Task
from tests.integration.tasks.test_localities import COMMUNITY, REMOTE, STREET, made, own
from tests.support.actors import Device
from tests.support.rows import Rows

# Around `REMOTE`, which is far from every point.
AROUND = shapely.box(110.78, 32.52, 110.80, 32.54)
ELSEWHERE = shapely.box(110.70, 32.52, 110.72, 32.54)


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    shape = dict(shapely.geometry.mapping(geometry))
    return {"type": "Feature", "properties": properties, "geometry": shape}


def imported(admin: Device, *features: Any, datum: str = "wgs84", **query: Any) -> Any:
    body = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return admin.call(
        "POST",
        "/outlines",
        query_string={"datum": datum, "file": "社区界线.geojson"} | query,
        data=body.encode(),
        content_type="application/geo+json",
    )


def written(admin: Device, *features: Any, **query: Any) -> dict[str, Any]:
    answer = imported(admin, *features, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def errors(answer: Any) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json["slug"]) == (422, "outlines-wrong")
    return [(error["pointer"], error["detail"]) for error in answer.json["errors"]]


def test_a_record_in_an_imported_outline_has_its_community(admin: Device, observer: Device) -> None:
    before = own(observer, made(observer, place=REMOTE))
    report = written(admin, feature(AROUND, 街道="五堰街道", 社区="朝阳路社区"))
    assert (report["communities"], report["replaced"], report["written"]) == (1, 0, True)
    after = own(observer, made(observer, place=REMOTE))
    assert (after["street"], after["community"]) == (STREET, COMMUNITY)
    assert after["locality_basis"] == "outline"
    # What was decided before does not change silently.
    assert (before["locality_basis"], before["community"]) == ("undecided", None)
    earlier = observer.get(f"/observations/{before['id']}").json or {}
    assert earlier["locality_basis"] == "undecided"


def test_an_outline_of_a_street_moves_records_to_the_district_it_counts_for(
    admin: Device, observer: Device
) -> None:
    # 白浪街道 lies in the county of 茅箭 and counts for 经开区.
    written(admin, feature(AROUND, code="420302004"))
    mine = own(observer, made(observer, place=REMOTE))
    assert (mine["district"], mine["street_name"]) == ("jingkai", "白浪街道")


def test_an_outline_in_gcj02_is_moved_to_where_it_is(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shifted = shapely.transform(AROUND, gcj02_of_wgs84)
    written(admin, feature(shifted, street="五堰街道", community="朝阳路社区"), datum="gcj02")
    stored = shapely.from_wkb(rows.one(LocalityOutline).geometry)
    assert stored.symmetric_difference(AROUND).area < 1e-12


def test_importing_an_area_again_replaces_its_outline_only(admin: Device, rows: Rows) -> None:
    one = feature(AROUND, street="五堰街道", community="朝阳路社区居委会")
    written(admin, one, feature(ELSEWHERE, street="武当路街道"))
    again = written(admin, feature(ELSEWHERE, community=COMMUNITY))
    assert (again["communities"], again["replaced"]) == (1, 1)
    assert rows.count(LocalityOutline) == 2
    listed = admin.get("/outlines").json or {}
    imported_ones = [item for item in listed["items"] if item["level"] != "district"]
    assert [(item["name"], item["within"]) for item in imported_ones] == [
        ("武当路街道", "茅箭区"),
        ("朝阳路社区居委会", "五堰街道"),
    ]
    assert {item["file"] for item in imported_ones} == {"社区界线.geojson"}
    assert imported_ones[0]["imported_by"]["name"] == admin.person["name"]
    assert (imported_ones[0]["corners"], imported_ones[0]["square_km"]) == (5, 4.18)


def test_a_district_gets_the_outline_that_the_office_brings(
    admin: Device, observer: Device, rows: Rows
) -> None:
    report = written(admin, feature(AROUND, 城区="十堰经济技术开发区"))
    assert report["districts"] == 1
    district = rows.one(District, District.code == "jingkai")
    assert (district.approximate, len(district.outline["coordinates"][0])) == (False, 5)
    assert own(observer, made(observer, place=REMOTE))["district"] == "jingkai"


def test_what_is_wrong_is_named_and_nothing_is_written(admin: Device, rows: Rows) -> None:
    found = errors(
        imported(
            admin,
            feature(AROUND, street="五堰街道", community="朝阳路社区"),
            feature(AROUND, street="五堰街道", community="朝阳社区"),
            feature(AROUND, district="茅剪区"),
            feature(AROUND, community=COMMUNITY),
            feature(shapely.box(10, 50, 11, 51), street="武当路街道"),
            feature(shapely.LineString([(1, 1), (2, 2)]), street="武当路街道"),
            feature(AROUND, name="没有这里"),
        )
    )
    pointers, details = zip(*found, strict=True)
    assert pointers == tuple(f"/features/{place}" for place in (1, 2, 3, 4, 5, 6))
    assert "没有叫“朝阳社区”的社区" in details[0]
    assert "相近的有" in details[0]
    assert "没有叫“茅剪区”的城区" in details[1]
    assert "与第 1 个是同一处" in details[2]
    assert "不在本市范围内" in details[3]
    assert "应为 Polygon" in details[4]
    assert "都没有" in details[5]
    assert rows.count(LocalityOutline) == 0


def test_a_city_without_names_gets_them_from_the_file_where_it_says_so(
    admin: Device, observer: Device, rows: Rows
) -> None:
    new = feature(AROUND, district="茅箭区", street="新区街道", community="湖滨社区")
    assert len(errors(imported(admin, new))) == 1
    report = written(admin, new, feature(ELSEWHERE, street="新区街道"), add_names="true")
    assert report["added_streets"] == ["新区街道"]
    assert report["added_communities"] == ["湖滨社区"]
    assert rows.one(Street, Street.name == "新区街道").district_code == "maojian"
    mine = own(observer, made(observer, place=REMOTE))
    assert (mine["street_name"], mine["community_name"]) == ("新区街道", "湖滨社区")


def test_a_dry_run_says_the_same_and_writes_nothing(admin: Device, rows: Rows) -> None:
    one = feature(AROUND, street="五堰街道", community="朝阳路社区")
    tried = written(admin, one, dry_run="true")
    assert (tried["written"], rows.count(LocalityOutline)) == (False, 0)
    assert written(admin, one) == tried | {"written": True}


def test_points_outside_the_outline_they_carry_are_named(admin: Device) -> None:
    # 五堰步行商业街（演示） carries this community and lies at 110.78734, 32.64981.
    beside = shapely.box(110.78734 + 0.001, 32.6490, 110.7900, 32.6510)
    report = written(admin, feature(beside, community=COMMUNITY), dry_run="true")
    assert report["points_inside"] == 0
    (row,) = report["points_outside"]
    assert (row["point"], row["locality"]) == ("五堰步行商业街（演示）", "朝阳路社区居委会")
    assert row["distance_m"] == 94
    around = shapely.box(110.7860, 32.6490, 110.7900, 32.6510)
    assert written(admin, feature(around, community=COMMUNITY))["points_inside"] == 1


def test_an_outline_is_removed_and_records_to_come_do_without(
    admin: Device, observer: Device, rows: Rows
) -> None:
    written(admin, feature(AROUND, community=COMMUNITY))
    assert admin.call("DELETE", f"/outlines/community/{COMMUNITY}").status_code == 204
    assert admin.call("DELETE", f"/outlines/community/{COMMUNITY}").status_code == 404
    assert admin.call("DELETE", "/outlines/district/maojian").status_code == 404
    assert own(observer, made(observer, place=REMOTE))["locality_basis"] == "undecided"
    edits = admin.get("/outlines/edits").json or {}
    assert [edit["words"][:4] for edit in edits["items"]] == ["删除界线", "导入界线"]


def test_the_datum_has_to_be_said(admin: Device) -> None:
    answer = admin.call("POST", "/outlines", data=b"{}", content_type="application/geo+json")
    assert (answer.status_code, answer.json["slug"]) == (422, "invalid")  # type: ignore[index]


def test_only_an_admin_imports(supervisor: Device, observer: Device) -> None:
    one = feature(AROUND, community=COMMUNITY)
    assert imported(supervisor, one).status_code == 403
    assert imported(observer, one).status_code == 403
    assert supervisor.get("/outlines").status_code == 200
    assert observer.get("/outlines").status_code == 403


def test_a_file_beyond_the_limit_is_refused(admin: Device, rows: Rows) -> None:
    answer = admin.call(
        "POST", "/outlines?datum=wgs84", data=b" " * (16 * 1024 * 1024 + 1),
        content_type="application/geo+json",
    )  # fmt: skip
    assert answer.status_code == 413
    assert rows.count(Observation) == rows.count(Task) == 0
