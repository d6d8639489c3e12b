"""The command `load outlines` 导入界线: a GeoJSON file of districts, streets and communities."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import Session

from inspect_server import create_app
from inspect_server.commands import context
from inspect_server.core import clock
from inspect_server.core.database import read_tx, write_tx
from inspect_server.core.problems import OutlinesWrong
from inspect_server.registry import reference
from inspect_server.registry.services import outlines
from inspect_server.registry.services.outlines import Report
from schemas.outlines import OutlineImport
from schemas.vocabulary import Datum

MOST_SHOWN = 10


@click.command("outlines")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--datum",
    required=True,
    type=click.Choice([datum.value for datum in Datum]),
    help="In which the coordinates of the file are 坐标系.",
)
@click.option("--add-names", is_flag=True, help="Make streets and communities that are missing.")
@click.option("--dry-run", is_flag=True, help="Only say what would be imported.")
def outlines_command(file: Path, datum: str, add_names: bool, dry_run: bool) -> None:
    """Import outlines 界线 from a GeoJSON file, all of it or nothing; no case is changed.

    Each polygon names what it encloses in its properties: district, street, community.
    """
    form = OutlineImport(
        datum=Datum(datum), file=file.name[:200], add_names=add_names, dry_run=dry_run
    )
    app = create_app(context.settings())
    with app.app_context(), context.errors_as_sentences():
        try:
            content = outlines.read(file.read_bytes(), form)

            def bring_in(session: Session) -> Report:
                edition = reference.latest(session)
                return outlines.bring_in(session, edition, content, form, None, clock.now())

            report = read_tx(bring_in) if dry_run else write_tx(bring_in)
        except OutlinesWrong as wrong:
            details = [error["detail"] for error in wrong.errors or ()]
            context.stop("\n".join([str(wrong.detail), *details]))
    _tell(report)


def _tell(report: Report) -> None:
    done = "已导入" if report.written else "可以导入"
    numbers = f"城区 {report.districts}、街道 {report.streets}、社区 {report.communities}"
    click.echo(f"{done}：{numbers}，其中替换 {report.replaced}")
    for kind, names in (("街道", report.added_streets), ("社区", report.added_communities)):
        if names:
            click.echo(f"新增{kind} {len(names)}：{'、'.join(names[:MOST_SHOWN])}")
    outside = report.points_outside
    click.echo(f"点位核对：{report.points_inside} 个在所属界线内，{len(outside)} 个在界线外")
    for row in outside[:MOST_SHOWN]:
        click.echo(f"  {row['point']} 不在{row['locality']}内，相距 {row['distance_m']} 米")
    if outside:
        click.echo("界线外的点位多，且相距都在几百米，多半是坐标系选错了 (is the datum right?)")
