"""The commands `admin create` and `admin reset` 管理员: the way in for who holds the machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import click
from sqlalchemy.orm import Session

from inspect_server import create_app
from inspect_server.commands import context
from inspect_server.core import clock
from inspect_server.core.database import write_tx
from inspect_server.operations import administrators
from inspect_server.operations.administrators import AdministratorWrong


@click.group("admin")
def admin_command() -> None:
    """Create an administrator 管理员, or reset one's password; both are shown once."""


@admin_command.command("create")
@click.option("--name", prompt="姓名 Name", help="Name of the administrator.")
@click.option("--login", prompt="账号 Login", help="Login of the administrator.")
def create_command(name: str, login: str) -> None:
    """Create one more administrator."""
    now = clock.now()
    _give(login, partial(administrators.create, name=name, login=login, now=now))


@admin_command.command("reset")
@click.option("--login", prompt="账号 Login", help="Login of the administrator.")
def reset_command(login: str) -> None:
    """Give an administrator a new password, enable the account, end its sessions."""
    _give(login, partial(administrators.reset, login=login, now=clock.now()))


def _give(login: str, work: Callable[[Session], str]) -> None:
    app = create_app(context.settings())
    with app.app_context():
        try:
            password = write_tx(work)
        except AdministratorWrong as wrong:
            context.stop(str(wrong))
    context.tell_password(login, password)
