"""The command `load roads` 导入道路: the roads of a file are drawn on the sketches, offline too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy.orm import Session

from inspect_server import create_app
from inspect_server.commands import context
from inspect_server.core import clock
from inspect_server.core.database import write_tx
from inspect_server.registry.formats import roads_file
from inspect_server.registry.formats.road_lines import LANE, LoadedRoads, RoadsWrong
from inspect_server.registry.rules.road_sheets import WHOLE_CITY, Sheet
from inspect_server.registry.services import roads

LONGEST_ATTRIBUTION = 100


@click.command("roads")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--attribution", help="Whom to name beside the roads, for example 十堰市测绘院.")
@click.option("--clear", is_flag=True, help="Remove the roads that were loaded.")
def roads_command(file: Path | None, attribution: str | None, clear: bool) -> None:
    """Load roads for the sketches: GeoJSON lines or an OpenStreetMap extract (.osm), in WGS-84.

    What was loaded before is replaced, all of it or nothing.
    """
    if clear == (file is not None):
        context.stop("写一个文件，或者 --clear (a file, or --clear)")
    if attribution is not None and len(attribution) > LONGEST_ATTRIBUTION:
        context.stop(f"--attribution 最多 {LONGEST_ATTRIBUTION} 个字 (too long)")
    with context.errors_as_sentences():
        loaded = _read(file, attribution) if file is not None else None
        app = create_app(context.settings())
        with app.app_context():
            if loaded is None:
                write_tx(roads.clear)
                click.echo("已清除道路 (the roads are removed)")
                return
            made = write_tx(lambda session: _replace(session, loaded))
    _tell(loaded, made)


def _read(file: Path, attribution: str | None) -> LoadedRoads:
    try:
        loaded = roads_file.read(file)
    except RoadsWrong as wrong:
        context.stop(str(wrong))
    return loaded if attribution is None else replace(loaded, attribution=attribution)


def _replace(session: Session, loaded: LoadedRoads) -> Sequence[Sheet]:
    made = roads.replace(session, loaded, clock.now())
    if not made:
        context.stop(
            "没有一条道路在城区界线内，原有道路未改动；请检查坐标是否为 WGS-84"
            " (no road lies in a district; nothing was changed)"
        )
    return made


def _tell(loaded: LoadedRoads, made: Sequence[Sheet]) -> None:
    click.echo(f"读到 {len(loaded.lines)} 段道路，略去 {loaded.skipped} 项 (read, left out)")
    for sheet in made:
        name = "全市" if sheet.district == WHOLE_CITY else sheet.district
        coarser = "" if sheet.lowest_rank == LANE else "，为控制大小略去小路 (without lanes)"
        click.echo(f"{name:12} {len(sheet.roads)} 条 {sheet.bytes // 1024} KB{coarser}")
