"""Saved filters of a person, and nearby cases of a case."""

from __future__ import annotations

from typing import Any

from tests.integration.tasks.test_lists import sent
from tests.support.actors import IN_MAOJIAN, Device, new_id, record
from tests.support.case_walks import reported


def saved_filters(device: Device) -> list[tuple[str, str]]:
    return [(f["name"], f["query"]) for f in device.get("/me/filters").json["items"]]


def keep(device: Device, name: str, query: str = "state=filed", **more: Any) -> Any:
    return device.post("/me/filters", {"id": new_id(), "name": name, "query": query} | more)


def test_a_filter_is_kept_for_its_owner_only(supervisor: Device, outsider: Device) -> None:
    assert keep(supervisor, "待派遣").status_code == 200
    assert saved_filters(supervisor) == [("待派遣", "state=filed")]
    assert saved_filters(outsider) == []


def test_keeping_a_filter_twice_keeps_it_once(supervisor: Device) -> None:
    one = new_id()
    keep(supervisor, "待派遣", id=one)
    keep(supervisor, "待派遣", id=one)
    assert len(saved_filters(supervisor)) == 1


def test_a_known_filter_is_renamed(supervisor: Device) -> None:
    one = new_id()
    keep(supervisor, "旧名", id=one)
    keep(supervisor, " 新名 ", "state=closed", id=one)
    assert saved_filters(supervisor) == [("新名", "state=closed")]


def test_two_filters_cannot_have_one_name(supervisor: Device) -> None:
    keep(supervisor, "同名")
    answer = keep(supervisor, "同名")
    assert (answer.status_code, answer.json["slug"]) == (409, "name-taken")


def test_a_filter_without_a_name_is_refused(supervisor: Device) -> None:
    assert keep(supervisor, "  ").status_code == 422


def test_the_filter_of_another_is_out_of_reach(supervisor: Device, outsider: Device) -> None:
    one = keep(supervisor, "我的").json["id"]
    assert keep(outsider, "抢走", id=one).status_code == 404
    assert outsider.call("DELETE", f"/me/filters/{one}").status_code == 204
    assert len(saved_filters(supervisor)) == 1


def test_a_dropped_filter_is_gone_and_dropping_it_again_changes_nothing(
    supervisor: Device,
) -> None:
    one = keep(supervisor, "临时").json["id"]
    for _ in range(2):
        assert supervisor.call("DELETE", f"/me/filters/{one}").status_code == 204
    assert saved_filters(supervisor) == []


def test_nobody_keeps_more_than_fifty_filters(supervisor: Device) -> None:
    answers = [keep(supervisor, f"第{i}个").status_code for i in range(51)]
    assert answers == [200] * 50 + [409]


# --- nearby --------------------------------------------------------------------------------------


def at(metres_north: float, **more: Any) -> dict[str, Any]:
    place = IN_MAOJIAN | {"lat": IN_MAOJIAN["lat"] + metres_north / 111_195}
    return record(place=place, **more)


def nearby(device: Device, task: dict[str, Any], **query: Any) -> list[tuple[str, int]]:
    answer = device.get(f"/tasks/{task['id']}/nearby", query_string=query)
    assert answer.status_code == 200, answer.text
    return [(row["note"], round(row["distance_m"])) for row in answer.json["items"]]


def test_the_same_category_comes_first_then_the_nearest(
    observer: Device, supervisor: Device
) -> None:
    here = reported(observer, note="此处")
    sent(
        observer,
        at(60, note="同类远"),
        at(20, note="同类近"),
        at(10, note="他类", category="GG0401"),
        at(140, note="太远"),
    )
    assert nearby(supervisor, here) == [("同类近", 20), ("同类远", 60), ("他类", 10)]
    assert ("太远", 140) in nearby(supervisor, here, radius_m=150)


def test_an_ended_case_is_no_neighbour(observer: Device, supervisor: Device) -> None:
    here = reported(observer)
    other = reported(observer, note="作废")
    supervisor.move(supervisor.task(other["id"]), "void", reason="test_record")
    assert nearby(supervisor, here) == []


def test_an_unplaced_case_has_no_neighbours(observer: Device, supervisor: Device) -> None:
    here = reported(observer, place=None)
    reported(observer)
    answer = supervisor.get(f"/tasks/{here['id']}/nearby").json
    assert (answer["items"], answer["placed"]) == ([], False)


def test_at_most_twenty_neighbours_are_named(observer: Device, supervisor: Device) -> None:
    here = reported(observer)
    sent(observer, *(at(i, note=str(i)) for i in range(25)))
    assert len(nearby(supervisor, here)) == 20


def test_a_neighbourhood_is_for_overseers_in_scope(
    observer: Device, handler: Device, outsider: Device
) -> None:
    here = reported(observer)
    assert outsider.get(f"/tasks/{here['id']}/nearby").status_code == 404
    for device in (observer, handler):
        assert device.get(f"/tasks/{here['id']}/nearby").status_code == 403
