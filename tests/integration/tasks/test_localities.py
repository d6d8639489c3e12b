"""Street and community of a case 属地: where each is seen, filtered, counted, and corrected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inspect_server.models import Observation, Task
from tests.integration.tasks.test_export import exported, table
from tests.support.actors import Device, op, record
from tests.support.case_walks import dispatched
from tests.support.pdf import text_of
from tests.support.rows import Rows

# North of 五堰步行商业街（演示）; the shop 惠民药房五堰店（演示）, which belongs to it, is nearer.
NEAR = {"lon": 110.78734, "lat": 32.65081, "accuracy_m": 8, "source": "gnss"}
# In 茅箭, 8 km from every point.
REMOTE = {"lon": 110.7899, "lat": 32.5291, "accuracy_m": 8, "source": "gnss"}
STREET, COMMUNITY = "420302003", "420302003008"
NAMES = ("五堰街道", "朝阳路社区居委会")


@pytest.fixture
def city(sign_in: Any) -> Device:
    """市创文办: a supervisor of the whole city."""
    return sign_in("chuangwen")  # type: ignore[no-any-return]


def made(observer: Device, **more: Any) -> dict[str, Any]:
    sent = record(**more)
    (result,) = observer.send(sent)
    assert result["status"] == "accepted", result
    return sent


def own(observer: Device, sent: dict[str, Any]) -> dict[str, Any]:
    return dict(observer.get(f"/observations/{sent['entity_id']}").json or {})


def amend(observer: Device, sent: dict[str, Any], seen: int, **fields: Any) -> None:
    data = {"fields": fields}
    (result,) = observer.send(op("observation.amend", sent["entity_id"], data, base_version=seen))
    assert result["status"] == "accepted", result


def test_a_record_near_a_point_is_presumed_in_its_community_everywhere(
    observer: Device, supervisor: Device
) -> None:
    cursor = observer.pull()["cursor"]
    mine = own(observer, made(observer, place=NEAR))
    (pulled,) = [
        change["data"]
        for change in observer.pull(cursor)["changes"]
        if change["collection"] == "observations"
    ]
    (row,) = supervisor.get("/tasks").json["items"]  # type: ignore[index]
    task = supervisor.task(mine["task_id"])
    for shown in (mine, pulled):
        assert (shown["street"], shown["community"]) == (STREET, COMMUNITY)
        assert (shown["street_name"], shown["community_name"]) == NAMES
        assert shown["district_name"] == "茅箭区"
    for shown in (row, task):
        assert (shown["street"], shown["community"]) == NAMES
    for shown in (mine, pulled, row, task):
        assert shown["locality_basis"] == "presumed"
        nearest = shown["nearest"]
        assert (nearest["kind"], nearest["name"]) == ("shop", "惠民药房五堰店（演示）")
        assert nearest["distance_m"] == 96.8


def test_a_unit_reads_the_area_and_the_nearest_point_of_its_case(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = handler.task(dispatched(observer, supervisor, place=NEAR)["id"])
    assert (task["community"], task["locality_basis"]) == (NAMES[1], "presumed")
    assert task["nearest"]["distance_m"] == 96.8


def test_a_confirmed_community_is_shown_as_confirmed(observer: Device) -> None:
    mine = own(observer, made(observer, place=REMOTE, community=COMMUNITY))
    assert (mine["community_name"], mine["locality_basis"]) == (NAMES[1], "confirmed")
    # The nearest point is told all the same, however far it is.
    assert mine["nearest"]["distance_m"] == 8250.4


def test_cases_are_counted_and_listed_by_what_their_area_rests_on(
    observer: Device, city: Device
) -> None:
    made(observer, place=NEAR, note="推定的")
    made(observer, place=REMOTE, note="未定的")
    made(observer, place=None, note="没有定位的")
    made(observer, place=REMOTE, community=COMMUNITY, note="确认的")

    def notes(**query: Any) -> set[str]:
        answer = city.get("/tasks", query_string=query)
        assert answer.status_code == 200, answer.text
        return {row["note"] for row in answer.json["items"]}  # type: ignore[index]

    assert notes(locality_basis="presumed") == {"推定的"}
    assert notes(measure="locality_undecided") == {"未定的", "没有定位的"}
    assert notes(locality_basis="undecided", district="maojian") == {"未定的"}
    assert notes(street=STREET) == notes(community=COMMUNITY) == {"推定的", "确认的"}
    assert notes(street="420302001") == set()
    counts = city.get("/tasks/counts").json or {}
    assert (counts["locality_undecided"], counts["unplaced"]) == (2, 1)
    assert (city.get("/board").json or {})["needs_me"]["locality_undecided"] == 2


def test_a_corrected_note_leaves_the_area_as_it_was_decided(observer: Device, rows: Rows) -> None:
    sent = made(observer, place=NEAR)

    def decide(session: Any) -> None:
        for model in (Observation, Task):
            row = session.query(model).one()
            row.street_code, row.community_code = "420302001", "420302001001"
            row.locality_basis = "confirmed"

    rows.write(decide)
    amend(observer, sent, 1, note="在药房门口")
    assert own(observer, sent)["community_name"] == "顾家岗社区居委会"
    assert rows.one(Task).community_code == "420302001001"
    amend(observer, sent, 2, place=REMOTE)
    assert own(observer, sent)["locality_basis"] == "undecided"
    task = rows.one(Task)
    assert (task.district_code, task.community_code) == ("maojian", None)


def test_a_corrected_place_has_another_nearest_point(observer: Device) -> None:
    sent = made(observer, place=REMOTE)
    amend(observer, sent, 1, place=NEAR)
    assert own(observer, sent)["nearest"]["distance_m"] == 96.8
    amend(observer, sent, 2, place=None)
    assert own(observer, sent)["nearest"] is None


def test_exports_say_where_a_case_counts_and_what_that_rests_on(
    observer: Device, city: Device
) -> None:
    made(observer, place=NEAR, note="推定的")
    made(observer, place=REMOTE, note="未定的")
    written = {row["说明"]: row for row in table(exported(city, "csv"))}
    near, remote = written["推定的"], written["未定的"]
    assert [near[name] for name in ("街道", "社区", "属地依据")] == [*NAMES, "推定"]
    assert (near["最近地点"], near["距最近地点（米）"]) == ("惠民药房五堰店（演示）", "96.8")
    assert [remote[name] for name in ("街道", "社区", "属地依据")] == ["", "", "未定"]
    assert float(remote["距最近地点（米）"]) == 8250.4
    features = json.loads(exported(city, "geojson", locality_basis="presumed"))["features"]
    (properties,) = (feature["properties"] for feature in features)
    assert (properties["community"], properties["locality_basis"]) == (NAMES[1], "推定")
    assert (properties["nearest"], properties["nearest_m"]) == ("惠民药房五堰店（演示）", 96.8)


def test_the_unit_is_told_of_a_new_case_with_its_place(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor, place=NEAR)
    (notice,) = handler.get("/me/notices").json["items"]  # type: ignore[index]
    where = "茅箭区 · 五堰街道 · 朝阳路社区居委会（推定）"
    assert notice["body"] == f"{task['number']} 店外经营，{where}"


def test_the_sheet_of_a_case_says_where_it_counts(
    observer: Device, supervisor: Device, handler: Device
) -> None:
    task = dispatched(observer, supervisor, place=NEAR)
    text = text_of(handler.get(f"/tasks/{task['id']}/sheet.pdf").data)
    assert "茅箭区·五堰街道·朝阳路社区居委会（推定）" in text
    assert "惠民药房五堰店（演示），相距约97米" in text
