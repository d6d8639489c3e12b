"""Command line of the planted bugs; see the package."""

from __future__ import annotations

import os

import click

from tests.reliability.mutations import BUGS, source_copy
from tests.support import database, stores


@click.command()
@click.argument("names", nargs=-1)
@click.option("--at-once", is_flag=True, help="Do not first check that every run passes.")
def main(names: tuple[str, ...], at_once: bool) -> None:
    """Plant bugs and print which were caught; ends with 1 when one was missed."""
    bugs = [bug for bug in BUGS if not names or bug.name in names]
    verdicts = []
    with (
        database.quick_folder() as folder,
        stores.running("seaweedfs", folder, os.environ) as store,
        database.template("sqlite", folder, store) as template,
        source_copy(template, store) as copy,
    ):
        for suite_run in () if at_once else dict.fromkeys(bug.run for bug in bugs):
            code, output = copy.run(suite_run)
            if code != 0:
                raise SystemExit(f"without any bug {suite_run} fails:\n{output[-4000:]}")
        for bug in bugs:
            verdicts.append(copy.plant(bug))
            click.echo(verdicts[-1].line())
    caught = sum(verdict.caught for verdict in verdicts)
    click.echo(f"{caught} of {len(verdicts)} planted bugs caught")
    raise SystemExit(caught != len(verdicts))


if __name__ == "__main__":
    main()
