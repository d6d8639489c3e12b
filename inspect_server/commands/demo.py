"""The command `demo` 演示: fills in a realistic history, or removes the demonstration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import click
from sqlalchemy.orm import Session

from inspect_server import create_app
from inspect_server.commands import context
from inspect_server.core import clock, failpoints
from inspect_server.core.database import read_tx, write_tx
from inspect_server.core.server_state import installation
from inspect_server.operations.demo import obstacles, removal
from inspect_server.operations.demo.fill import describe_disk_use, fill
from inspect_server.operations.demo.photo_pool import read_pool
from inspect_server.photos.services import cleanup
from media.store import ObjectStore, StoreError
from schemas.vocabulary import Installation

PORTION = 500


@click.command("demo")
@click.option("--records", type=click.IntRange(1, 100_000), help="Add so many demo records.")
@click.option("--seed", type=int, default=2026, show_default=True)
@click.option("--clear", is_flag=True, help="Remove the demonstration; a real city goes on.")
@click.option("--mixed", is_flag=True, help="With --clear: also demo cases real people worked on.")
@click.option("--yes", is_flag=True, help="With --clear: do not ask.")
def demo_command(records: int | None, seed: int, clear: bool, mixed: bool, yes: bool) -> None:
    """Fill in a realistic history, or remove the demonstration 清除演示."""
    if clear and records is None:
        _clear(mixed, yes)
    elif records is not None and not clear:
        _fill(records, seed)
    else:
        context.stop("请写 --records 数量，或 --clear (either --records N or --clear)")


def _fill(records: int, seed: int) -> None:
    app = create_app(context.settings())
    store: ObjectStore = app.extensions["store"]
    with app.app_context():
        if read_tx(installation) is Installation.CITY:
            context.stop("这里是真实城市，不写入演示数据 (this is a real city)")
        click.echo(describe_disk_use(records))
        with click.progressbar(length=records, label="写入演示数据 Filling in") as bar:
            try:
                fill(store, records, clock.now(), seed, bar.update, write_tx)
            except StoreError as error:
                context.stop(f"照片存储不可用 The object store is not available: {error}")
    click.echo("完成 Done")


def _clear(mixed: bool, yes: bool) -> None:
    """Remove the demonstration: say what goes, refuse or ask, the rows, then the objects."""
    with context.errors_as_sentences(), context.with_store() as settings:
        app = create_app(settings)
        with app.app_context():
            counts = read_tx(removal.counts)
            if not counts and read_tx(installation) is not Installation.DEMO:
                _delete_objects(app.extensions["store"], [])
                click.echo("没有演示数据 (there is no demonstration)")
                return
            _announce(counts, read_tx(partial(obstacles.obstacles, mixed=mixed)), mixed)
            if not yes and not click.confirm("确定清除？Remove all of this?"):
                context.stop("没有清除 (nothing was removed)")
            report = write_tx(partial(_remove_unless_hindered, mixed=mixed))
            failpoints.reach("demo.rows-removed")
            _delete_objects(app.extensions["store"], report.object_keys)
            (settings.home / "demo-logins.json").unlink(missing_ok=True)
    _say_what_is_next(report, settings.home)


def _announce(counts: Mapping[str, int], hindrances: Sequence[str], mixed: bool) -> None:
    """Print what will be removed; end the command if something stands against it."""
    click.echo("将清除 (will be removed):")
    for label, number in counts.items():
        click.echo(f"  {label} {number}")
    if hindrances:
        _refuse(hindrances, mixed)


def _refuse(hindrances: Sequence[str], mixed: bool) -> None:
    advice = "" if mixed else "\n只是试用时办过的演示案件，可加 --mixed 一并清除"
    context.stop(
        "不能清除，里面有真实数据 (not removed: real records are tied to it):\n  "
        + "\n  ".join(hindrances)
        + advice
    )


def _remove_unless_hindered(session: Session, mixed: bool) -> removal.RemovalReport:
    """Look once more in the transaction that removes: a phone may have sent something meanwhile."""
    if hindrances := obstacles.obstacles(session, mixed):
        _refuse(hindrances, mixed)
    return removal.remove(session)


def _delete_objects(store: ObjectStore, object_keys: Iterable[str]) -> None:
    """Delete the objects no row refers to, those of the shared pool too 照片池."""
    pool = {key for one in read_pool() for key in (one.object_key, one.review_key, one.thumb_key)}
    keys = sorted(pool | set(object_keys))
    for first in range(0, len(keys), PORTION):
        portion = keys[first : first + PORTION]
        for key in read_tx(partial(cleanup.unreferenced_keys, object_keys=portion)):
            store.delete(key)


def _say_what_is_next(report: removal.RemovalReport, home: Path) -> None:
    click.echo("演示已清除，这里现在是真实城市 (removed; this is a real city now)")
    if report.kept_people:
        names = "、".join(report.kept_people)
        click.echo(f"{names} 在变更记录里留有姓名，账号已停用 (kept as names in the history)")
    click.echo(f"数据在 {home}。还没有管理员时：inspect-server admin create (next step)")
