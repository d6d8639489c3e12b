"""Command line of the checker; see the package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from media.store import ObjectStore, StoreSettings
from tests.reliability.checker import examine_at


@click.command()
@click.option("--database", required=True, help="Address of the database.")
@click.option(
    "--store",
    type=click.Path(exists=True, path_type=Path),
    help="A JSON file with the fields of StoreSettings; without it no object is read.",
)
@click.option(
    "--dump",
    "dumps",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A phone's dump, or a list of them; may be repeated.",
)
@click.option("--restored", is_flag=True, help="An older backup was restored.")
def main(database: str, store: Path | None, dumps: tuple[Path, ...], restored: bool) -> None:
    """Compare database, bucket and phones; ends with 1 when a promise is broken."""
    documents: list[Mapping[str, Any]] = []
    for path in dumps:
        document = json.loads(path.read_text(encoding="utf-8"))
        documents += document if isinstance(document, list) else [document]
    client = ObjectStore(StoreSettings(**json.loads(store.read_text()))) if store else None
    report = examine_at(database, client, documents, restored=restored)
    for line in report.lines():
        click.echo(line)
    raise SystemExit(0 if report.ok else 1)


if __name__ == "__main__":
    main()
