"""The command line `inspect-server` 运维命令: start, check, fill, back up and restore.

A command is loaded when it is called: `up` must not wait for what only a restore needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

# Command → its module in `inspect_server.commands`; there it is `<command>_command`.
PLACES: Final[Mapping[str, str]] = {
    "up": "up",
    "init": "city",
    "admin": "administrators",
    "worker": "worker",
    "migrate": "database",
    "load": "database",
    "demo": "demo",
    "revise": "database",
    "backup": "backups",
    "backed-up": "backups",
    "restore": "backups",
    "doctor": "doctor",
}


class Commands(click.Group):
    """The group of all commands; loads the module of a command by its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of use."""
        return list(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in PLACES:
            return None
        module = import_module(f"inspect_server.commands.{PLACES[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command


@click.group(cls=Commands)
@click.version_option(package_name="inspect-server")
def main() -> None:
    """十堰创文巡查: offline-first field inspection."""


if __name__ == "__main__":
    main()
