"""The command `up`: starts everything on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from inspect_server.commands import context
from inspect_server.config import database_url
from inspect_server.core.environment import SettingWrong
from inspect_server.launcher import supervisor
from inspect_server.launcher.demo_logins import Login

DEFAULT_PORT = 8460


@click.command("up")
@click.option("--lan", is_flag=True, help="Serve the local network over TLS with an own CA.")
def up_command(lan: bool) -> None:
    """Start everything on this machine: store, database, web server, worker."""
    environ = dict(os.environ)
    home = context.home(environ)
    try:
        port = int(environ.get("INSPECT_PORT") or DEFAULT_PORT)
        database_url(environ, home)
    except ValueError:
        context.stop("INSPECT_PORT 须为端口号 must be a port number")
    except SettingWrong as wrong:
        context.stop(f"配置错误 {wrong}")
    sys.exit(supervisor.run(home, port, lan=lan, environ=environ, prepare=_prepare))


def _prepare(environ: Mapping[str, str]) -> Sequence[Login]:
    """Prepare the database; what that needs is loaded while store and web server start."""
    logins: Sequence[Login] = import_module("inspect_server.commands.database").prepare(environ)
    return logins
