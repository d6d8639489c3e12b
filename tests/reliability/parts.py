"""All reliability tests in parts: a part may be stopped and continued, the results are joined.

`make faults PART=2/3` runs every third test; the end of each test is one line of
`.make/faults/<commit>.jsonl`, and what has passed at this commit is not run again. `make
faults-report` joins the lines with the list of all tests and prints what passed, failed or is left.

    python -m pytest -p tests.reliability.parts --part 2/3 --results FILE ...
    python -m tests.reliability.parts            print the file of the results of this commit
    python -m tests.reliability.parts --report   join them
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".make" / "faults"
TESTS = ("tests/reliability", "tests/e2e/test_kills.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--part k/n` and `--results FILE`."""
    parser.addoption("--part", default="1/1", help="run every n-th test, beginning with the k-th")
    parser.addoption(
        "--results", metavar="FILE", help="continue from, and append to, these results"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The controller writes the results; a worker gets the list of tests that have passed."""
    results = config.getoption("--results")
    if results is None:
        return
    worker = getattr(config, "workerinput", None)
    path = Path(results).absolute()
    done = set(worker["done"]) if worker is not None else passed(path)
    config.pluginmanager.register(Part(config, path, done), "part")


class Part:
    """Selects the tests of this part and writes the result of each."""

    def __init__(self, config: pytest.Config, path: Path, done: set[str]) -> None:
        """Begin or continue a part."""
        number, _, of = config.getoption("--part").partition("/")
        self._number, self._of = int(number), int(of)
        if not 1 <= self._number <= self._of:
            raise pytest.UsageError(f"--part {number}/{of}: k/n with 1 <= k <= n")
        self._path, self._done = path, done
        self._writes = not hasattr(config, "workerinput")
        self._phases: dict[str, list[pytest.TestReport]] = defaultdict(list)
        path.parent.mkdir(parents=True, exist_ok=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """All workers leave out the same tests, also one that is started later."""
        node.workerinput["done"] = sorted(self._done)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep every n-th test that has not passed yet, in the order of the run."""
        selected = set(share(sorted(item.nodeid for item in items), self._number, self._of))
        kept = [item for item in items if item.nodeid in selected and item.nodeid not in self._done]
        left = [item for item in items if item not in kept]
        config.hook.pytest_deselected(items=left)
        items[:] = kept

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A part without tests left to run is a success."""
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._done:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write the result when the last phase has ended, so that a killed part keeps it."""
        phases = self._phases[report.nodeid]
        phases.append(report)
        if report.when != "teardown" or not self._writes:
            return
        outcomes = [phase.outcome for phase in phases]
        outcome = next((outcome for outcome in outcomes if outcome != "passed"), "passed")
        seconds = round(sum(phase.duration for phase in phases), 1)
        line = {"test": report.nodeid, "outcome": outcome, "seconds": seconds}
        if outcome != "passed":
            line["story"] = "\n".join(phase.longreprtext for phase in phases)
        append(self._path, [line])
        del self._phases[report.nodeid]


def share(tests: list[str], number: int, of: int) -> list[str]:
    """The k-th of n shares: every n-th test, because neighbours take about the same time."""
    return tests[number - 1 :: of]


def append(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Append results, each on its own line also after a line that a crash cut."""
    with path.open("a", encoding="utf-8") as out:
        out.writelines("\n" + json.dumps(line) for line in lines)


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The latest result of each test; a line cut by a crash is left out."""
    results = {}
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        results[line["test"]] = line
    return results


def passed(path: Path) -> set[str]:
    """The tests that need not be run again."""
    return {test for test, line in read(path).items() if line["outcome"] == "passed"}


def results_of_this_commit() -> Path:
    """The file of the results of the code as it is; other code has another file."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return FOLDER / f"{done.stdout.strip() or 'unversioned'}.jsonl"


def all_tests() -> list[str]:
    """The ids of all reliability tests."""
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *TESTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in listed.stdout.splitlines() if "::" in line]


def report(tests: list[str], results: dict[str, dict[str, Any]]) -> tuple[str, bool]:
    """The joined report, and whether every test has passed."""
    files: dict[str, Counter[str]] = defaultdict(Counter)
    seconds: Counter[str] = Counter()
    stories = []
    for test in tests:
        file, line = test.split("::")[0], results.get(test)
        outcome = line["outcome"] if line else "left"
        files[file][outcome] += 1
        if line:
            seconds[file] += line["seconds"]
            if outcome != "passed":
                stories.append(f"\n{outcome} {test}\n{line.get('story', '')}")
    columns = ("passed", "failed", "skipped", "left")
    text = ["| file | " + " | ".join(columns) + " | minutes |", "|---|" + "---:|" * 5]
    files["all"] = sum(files.values(), Counter())
    seconds["all"] = sum(seconds.values())
    for file, counts in files.items():
        cells = " | ".join(str(counts[column]) for column in columns)
        text.append(f"| {file} | {cells} | {seconds[file] / 60:.1f} |")
    return "\n".join(text + stories), files["all"]["passed"] == len(tests)


@click.command()
@click.option("--report", "join", is_flag=True, help="Join the results of this commit.")
def main(join: bool) -> None:
    """Print the file of the results, or join them."""
    path = results_of_this_commit()
    if not join:
        click.echo(path)
        return
    text, all_passed = report(all_tests(), read(path))
    click.echo(f"{path.stem}\n\n{text}")
    sys.exit(0 if all_passed else 1)


if __name__ == "__main__":
    main()
