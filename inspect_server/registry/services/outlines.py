"""Outlines 界线: a file is matched with the registers, checked whole, and written or not at all.

An outline takes the place of an earlier one of the same street or community; others stay. No case
is changed by it: `tasks.services.localities` locates cases again when a person says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import shapely
import shapely.geometry
import sqlalchemy as sa
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from inspect_server.core.geo import metres_between
from inspect_server.core.problems import OutlinesWrong
from inspect_server.core.sentences import sentence
from inspect_server.models import District, LocalityOutline
from inspect_server.registry import reference as reference_data
from inspect_server.registry.formats import outlines as files
from inspect_server.registry.formats.outlines import Drawn, Fault, FeatureWrong, FileWrong
from inspect_server.registry.reference import Reference
from inspect_server.registry.services import setting_history
from inspect_server.registry.services.outline_names import Names, Target
from schemas.outlines import OutlineImport
from schemas.vocabulary import LocalityLevel

# A problem document names so many faults; the first ones say what to do.
MOST_FAULTS: Final = 50
# Every phone draws the outlines of districts: they are drawn with few corners.
MOST_CORNERS_OF_DISTRICT: Final = 5_000
# Outside the city's own bounds by more degrees than this, the datum or the order is wrong.
OUTSIDE_DEGREES: Final = 0.5


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was read: its polygons, and what is wrong with others."""

    drawn: Sequence[Drawn]
    faults: Sequence[Fault]


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    written: bool
    districts: int = 0
    streets: int = 0
    communities: int = 0
    replaced: int = 0
    added_streets: list[str] = field(default_factory=list)
    added_communities: list[str] = field(default_factory=list)
    points_inside: int = 0
    points_outside: list[dict[str, Any]] = field(default_factory=list)


def read(content: bytes, form: OutlineImport) -> File:
    """Read a file before any transaction: it may be large. Raises `OutlinesWrong`."""
    try:
        drawn, faults = files.read(content, form.datum)
    except FileWrong as wrong:
        raise OutlinesWrong(wrong.detail) from None
    return File(drawn, faults)


def bring_in(
    session: Session,
    reference: Reference,
    file: File,
    form: OutlineImport,
    actor_id: UUID | None,
    now: datetime,
) -> Report:
    """Import a file of outlines, all of it or nothing. Raises `OutlinesWrong`.

    `actor_id` is None for the command at the machine.
    """
    faults = list(file.faults)
    names = Names(reference, add=form.add_names)
    targets: list[tuple[Target, Drawn]] = []
    numbers: dict[Target, int] = {}
    for one in file.drawn:
        try:
            target = names.target(one)
            _check(reference, target, one, numbers.get(target))
        except FeatureWrong as wrong:
            faults.append(Fault(one.number, one.title, wrong.detail))
            continue
        numbers[target] = one.number
        targets.append((target, one))
    if faults:
        raise _refusal(faults)
    report = Report(written=not form.dry_run)
    _check_points(reference, targets, report)
    _count(session, targets, names, report)
    if form.dry_run:
        return report
    session.add_all(names.added_streets)
    session.flush()
    session.add_all(names.added_communities)
    session.flush()
    _write(session, targets, form, actor_id, now)
    session.flush()
    if actor_id is None:
        reference_data.touch(session)
    else:
        summary = (
            f"导入界线：城区 {report.districts}、街道 {report.streets}、社区 {report.communities}，"
            f"{form.datum.zh}"
        )
        setting_history.changed(
            session, actor_id, setting_history.OUTLINES, summary, form.file or None, now
        )
    return report


def remove(
    session: Session, actor_id: UUID, level: LocalityLevel, code: str, now: datetime
) -> bool:
    """Remove the outline of a street or community; say whether there was one."""
    row = session.scalar(sa.select(LocalityOutline).where(_column(level) == code).with_for_update())
    if row is None:
        return False
    session.delete(row)
    summary = f"删除界线：{level.zh} {code}"
    setting_history.changed(session, actor_id, setting_history.OUTLINES, summary, None, now)
    return True


# --- checks --------------------------------------------------------------------------------------


def _check(reference: Reference, target: Target, one: Drawn, earlier: int | None) -> None:
    if earlier is not None:
        raise FeatureWrong(
            sentence(
                "与第 {number} 个是同一处；分成几块的请合并为一个 MultiPolygon。", number=earlier
            )
        )
    corners = shapely.get_num_coordinates(one.geometry)
    if target.level is LocalityLevel.DISTRICT and corners > MOST_CORNERS_OF_DISTRICT:
        raise FeatureWrong(
            sentence(
                "城区界线有 {corners} 个顶点，手机要画出来，请先简化到 {most} 个以内。",
                corners=corners,
                most=MOST_CORNERS_OF_DISTRICT,
            )
        )
    city = _bounds(reference)
    if city is not None and not city.intersects(one.geometry):
        raise FeatureWrong(sentence("不在本市范围内，请检查坐标系和经纬度的先后。"))


def _bounds(reference: Reference) -> Any:
    """Return the surroundings of the city as far as it is drawn, or None."""
    drawn = [one for one in reference.atlas.boundaries.districts.geometries if not one.is_empty]
    if not drawn:
        return None
    west, south, east, north = shapely.total_bounds(drawn)
    far = OUTSIDE_DEGREES
    return shapely.box(west - far, south - far, east + far, north + far)


def _check_points(
    reference: Reference, targets: list[tuple[Target, Drawn]], report: Report
) -> None:
    """Compare the outlines with the points inside: a wrong datum shows here."""
    carried: Mapping[LocalityLevel, Callable[[Any], str | None]] = {
        LocalityLevel.DISTRICT: lambda point: point.district_code,
        LocalityLevel.STREET: lambda point: point.street_code,
        LocalityLevel.COMMUNITY: lambda point: point.community_code,
    }
    for target, one in targets:
        for point in reference.points.values():
            if not point.active or carried[target.level](point) != target.code:
                continue
            spot = shapely.Point(point.lon, point.lat)
            if one.geometry.covers(spot):
                report.points_inside += 1
                continue
            edge = shapely.shortest_line(spot, one.geometry).coords[-1]
            metres = round(metres_between((point.lon, point.lat), (edge[0], edge[1])))
            report.points_outside.append(
                {"point": point.name, "locality": target.name, "distance_m": metres}
            )
    report.points_outside.sort(key=lambda row: -row["distance_m"])
    del report.points_outside[MOST_FAULTS:]


def _refusal(faults: list[Fault]) -> OutlinesWrong:
    faults.sort(key=lambda fault: fault.number)
    errors = [
        {
            "pointer": f"/features/{fault.number - 1}",
            "detail": sentence("第 {number} 个 {title}：{detail}", **fault.document()),
        }
        for fault in faults
    ]
    return OutlinesWrong(
        sentence("有 {many} 个界线不能导入，整个文件都没有导入。", many=len(faults)),
        errors=errors[:MOST_FAULTS],
    )


# --- writing -------------------------------------------------------------------------------------


def _column(level: LocalityLevel) -> Any:
    return (
        LocalityOutline.street_code
        if level is LocalityLevel.STREET
        else LocalityOutline.community_code
    )


def _existing(session: Session) -> dict[tuple[LocalityLevel, str], LocalityOutline]:
    return {row.locality: row for row in session.scalars(sa.select(LocalityOutline))}


def _count(
    session: Session, targets: list[tuple[Target, Drawn]], names: Names, report: Report
) -> None:
    existing = set(_existing(session))
    for target, _ in targets:
        match target.level:
            case LocalityLevel.DISTRICT:
                report.districts += 1
            case LocalityLevel.STREET:
                report.streets += 1
            case LocalityLevel.COMMUNITY:
                report.communities += 1
        report.replaced += (target.level, target.code) in existing
    report.added_streets = [street.name for street in names.added_streets]
    report.added_communities = [community.name for community in names.added_communities]


def _write(
    session: Session,
    targets: list[tuple[Target, Drawn]],
    form: OutlineImport,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    existing = _existing(session)
    for target, one in targets:
        if target.level is LocalityLevel.DISTRICT:
            district = session.get_one(District, target.code)
            district.outline = dict(shapely.geometry.mapping(one.geometry))
            district.approximate = False
            continue
        row = existing.get((target.level, target.code))
        if row is None:
            row = LocalityOutline(id=uuid7())
            if target.level is LocalityLevel.STREET:
                row.street_code = target.code
            else:
                row.community_code = target.code
            session.add(row)
        row.geometry = shapely.to_wkb(one.geometry)
        row.datum = form.datum
        row.file_name = form.file
        row.imported_at = now
        row.imported_by_id = actor_id
