"""The command `doctor` 体检: one finding a line."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path

import click

from inspect_server import create_app
from inspect_server.commands import context
from inspect_server.core import clock
from inspect_server.core.database import db
from inspect_server.operations import doctor
from inspect_server.operations.doctor import Level
from inspect_server.photos.spool import spool_folder

MARKS = {Level.GOOD: "好 ok  ", Level.WARNING: "警 warn", Level.BAD: "坏 BAD "}


@click.command("doctor")
@click.option("--deep", is_flag=True, help="Read every original and compare its hash.")
@click.option(
    "--backup",
    "target",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also read every original of this backup.",
)
def doctor_command(deep: bool, target: Path | None) -> None:
    """Check for everything that could lose work; the exit code is the worst finding (0, 1, 2)."""
    worst = Level.GOOD
    with context.errors_as_sentences(), context.with_store() as settings:
        app = create_app(settings)
        with app.app_context():
            session = db.session()
            findings = doctor.examine(
                session,
                app.extensions["store"],
                spool_folder(settings.home),
                clock.now(),
                context.count,
                deep=deep,
            )
            if target is not None:
                findings = chain(findings, doctor.examine_pool(session, target, context.count))
            for finding in findings:
                click.echo(f"{MARKS[finding.level]} {finding.sentence}")
                worst = max(worst, finding.level)
    sys.exit(worst)
