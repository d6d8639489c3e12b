"""What a test run costs: CPU seconds by folder and by fixture, of this process and its children.

CPU seconds and not the clock, so that a busy machine changes little. Children count once they have
ended and were waited for; servers that run on (PostgreSQL, the object store, gunicorn) do not.

    python -m pytest -p tests.support.cost --cost .make/cost.jsonl -n 2 ...
    python -m tests.support.cost .make/cost.jsonl
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TABLE_ROWS = 40


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--cost FILE`: append one line per phase of a test and per fixture."""
    parser.addoption("--cost", metavar="FILE", help="append CPU seconds as JSON lines to FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Measure where a file is named; workers of xdist append to the same one."""
    path = config.getoption("--cost")
    if path:
        config.pluginmanager.register(Meter(Path(path).absolute()), "cost-meter")


class Meter:
    """Writes down what each phase and each fixture took."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[dict[str, Any]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """The whole preparation of a test."""
        return (yield from self._measured("setup", item.nodeid))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """The test itself."""
        return (yield from self._measured("call", item.nodeid))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """All that is closed after a test, with a file's own fixtures after its last."""
        return (yield from self._measured("teardown", item.nodeid))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[Any]:
        """One fixture, without those it needs (pytest has them ready by then)."""
        return (yield from self._measured("fixture", fixturedef.argname))

    def _measured(self, phase: str, name: str) -> Iterator[Any]:
        began, clock = _cpu(), time.monotonic()
        try:
            return (yield)
        finally:
            took = {"cpu": _cpu() - began, "clock": time.monotonic() - clock}
            self._lines.append({"phase": phase, "name": name} | took)

    def pytest_runtest_logfinish(self) -> None:
        """A run that is killed keeps what it measured."""
        with self._path.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(line) + "\n" for line in self._lines)
        self._lines.clear()


def _cpu() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def folder_of(nodeid: str) -> str:
    """`tests/integration/sync` of a test below it; a file directly below tests/x is of tests/x."""
    return "/".join(nodeid.split("::")[0].split("/")[:-1][:3])


def tables(lines: list[dict[str, Any]]) -> str:
    """The costs as two Markdown tables: by folder and by fixture."""
    folders: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    fixtures: dict[str, list[float]] = defaultdict(list)
    for line in lines:
        if line["phase"] == "fixture":
            fixtures[line["name"]].append(line["cpu"])
            continue
        row = folders[folder_of(line["name"])]
        row[line["phase"]] += line["cpu"]
        row["cpu"] += line["cpu"]
        row["clock"] += line["clock"]
        row["tests"] += line["phase"] == "call"
    columns = ("tests", "setup", "call", "teardown", "cpu", "clock")
    text = ["| folder | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    whole = {column: sum(row[column] for row in folders.values()) for column in columns}
    ordered = sorted(folders.items(), key=lambda one: -one[1]["cpu"])
    for name, row in [*ordered, ("all", whole)]:
        text.append(f"| {name} | " + " | ".join(f"{row[c]:.0f}" for c in columns) + " |")
    text += ["", "| fixture | times | CPU s | ms each |", "|---|---:|---:|---:|"]
    slowest = sorted(fixtures.items(), key=lambda one: -sum(one[1]))[:TABLE_ROWS]
    for name, durations in slowest:
        each = 1000 * sum(durations) / len(durations)
        text.append(f"| `{name}` | {len(durations)} | {sum(durations):.1f} | {each:.0f} |")
    return "\n".join(text)


if __name__ == "__main__":
    written = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    sys.stdout.write(tables([json.loads(line) for line in written]) + "\n")
