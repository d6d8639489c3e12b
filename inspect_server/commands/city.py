"""The command `init` 建一座真实城市: its database, rules, districts and one administrator."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import click

from inspect_server import create_app
from inspect_server.commands import context
from inspect_server.config import database_url
from inspect_server.core import clock, migrate
from inspect_server.core.database import read_tx, write_tx
from inspect_server.launcher.errors import StartError
from inspect_server.operations import city, districts_file
from inspect_server.operations.administrators import AdministratorWrong
from inspect_server.operations.city import CityExists, CityPlan
from inspect_server.operations.districts_file import DistrictPlan, DistrictsWrong

_BRING = "城区：GeoJSON 文件的路径，或几个名称（用空格或顿号分开）Districts"


@click.command("init")
@click.option("--city", "city_name", help="Name of the city, for example 十堰市.")
@click.option(
    "--districts",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="GeoJSON file with the outlines of the districts.",
)
@click.option("--district", "names", multiple=True, help="Name of a district without outline.")
@click.option("--admin-name", help="Name of the administrator.")
@click.option("--admin-login", help="Login of the administrator.")
def init_command(
    city_name: str | None,
    file: Path | None,
    names: tuple[str, ...],
    admin_name: str | None,
    admin_login: str | None,
) -> None:
    """Make a real city in an empty home; asks for what no option says."""
    with _errors_as_sentences(), context.unused_home() as settings:
        migrate.migrate(database_url(os.environ, settings.home))
        app = create_app(settings)
        with app.app_context():
            # Before the questions: nobody answers them in vain.
            read_tx(city.refuse_existing)
            city_name = city_name or click.prompt("城市名称 City", default=city.DEFAULT_CITY)
            plan = CityPlan(
                city_name=city_name,
                districts=_districts(city_name, file, names),
                admin_name=admin_name or click.prompt("管理员姓名 Administrator's name"),
                admin_login=admin_login or click.prompt("管理员账号 Login", default="admin"),
            )
            now = clock.now()
            password = write_tx(partial(city.found, plan=plan, now=now))
    click.echo(f"{plan.city_name} 已建好 (the city is ready)")
    context.tell_password(plan.admin_login, password)
    click.echo("启动：inspect-server up (next: start it)")


def _districts(
    city_name: str, file: Path | None, names: Sequence[str]
) -> Sequence[DistrictPlan] | None:
    """Return the districts that the options or the operator name; None means the starter's."""
    if file is not None and names:
        context.stop("--districts 和 --district 只用一个 (use one of both)")
    if file is not None:
        return districts_file.from_file(file)
    if names:
        return districts_file.from_names(names)
    if city_name in city.STARTER_CITIES:
        return None
    answer = click.prompt(_BRING)
    if Path(answer).expanduser().is_file():
        return districts_file.from_file(Path(answer).expanduser())
    return districts_file.from_names(answer.replace("、", " ").replace("，", " ").split())


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    with context.errors_as_sentences():
        try:
            yield
        except (CityExists, DistrictsWrong, AdministratorWrong) as wrong:
            context.stop(str(wrong))
        except StartError as running:
            context.stop(str(running))
