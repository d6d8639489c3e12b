"""docs/exports.md has every column of an export, by its key and its heading."""

from __future__ import annotations

import re

from inspect_server.tasks.queries.export import COLUMNS
from tests.architecture.source_tree import ROOT

ROW = re.compile(r"^\| `(?P<key>[a-z_]+)` \| (?P<heading>[^|]+) \| (?P<meaning>[^|]+) \|$", re.M)


def test_the_page_on_exports_explains_every_column_in_order() -> None:
    rows = ROW.findall((ROOT / "docs" / "exports.md").read_text(encoding="utf-8"))
    assert [(key, heading) for key, heading, _ in rows] == [
        (column.name, column.zh) for column in COLUMNS
    ]
    assert all(meaning.strip() for *_, meaning in rows)
