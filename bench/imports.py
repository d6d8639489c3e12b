"""名册: a table of 20,000 people checked, written, and written again; seconds and megabytes.

    python -m bench.imports [--rows 20000] [--postgresql]

Through the whole service (a test client: no network), on a fresh database with the starter data.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import psutil

from inspect_server import create_app
from media.store import StoreSettings
from tests.support import database
from tests.support.actors import Device

HEADING = ("姓名", "人员编号", "角色", "城区", "单位")
DISTRICTS = ("茅箭区", "张湾区", "郧阳区", "十堰经济技术开发区")
SURNAMES, GIVEN_NAMES = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋"


def people(rows: int) -> list[tuple[str, ...]]:
    """Return volunteers as a city lists them: many of the same name."""
    return [
        (
            SURNAMES[n % 10] + GIVEN_NAMES[n // 10 % 10] + GIVEN_NAMES[n // 100 % 10],
            f"V{n:06}",
            "网格志愿者",
            DISTRICTS[n % 4],
            "",
        )
        for n in range(rows)
    ]


def as_csv(lines: list[tuple[str, ...]]) -> bytes:
    """Return the table as CSV."""
    return "\n".join(",".join(line) for line in [HEADING, *lines]).encode()


def as_xlsx(lines: list[tuple[str, ...]]) -> bytes:
    """Return the table as XLSX."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in [HEADING, *lines]:
        sheet.append(line)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


class Peak:
    """The most memory this process held while something ran, above what it held before."""

    def __init__(self) -> None:
        """Nothing measured yet."""
        self.megabytes = 0.0

    @contextmanager
    def measure(self) -> Iterator[None]:
        """Read the memory of the process every few milliseconds."""
        process, done = psutil.Process(), threading.Event()
        before = process.memory_info().rss

        def watch() -> None:
            while not done.wait(0.005):
                growth = (process.memory_info().rss - before) / 1e6
                self.megabytes = max(self.megabytes, growth)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def measure(title: str, action: Callable[[], str]) -> None:
    """Print the elapsed time, CPU time and memory of an action, and its result."""
    peak = Peak()
    with peak.measure():
        wall, cpu = time.perf_counter(), time.process_time()
        result = action()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"| {title} | {wall:.1f} s | {cpu:.1f} s | {peak.megabytes:.0f} MB | {result} |")


def import_table(admin: Device, table: bytes, mode: str) -> str:
    """Import a table; return the counts of its report."""
    answer = admin.call("POST", f"/registers/people/table?mode={mode}", data=table)
    last = json.loads(answer.text.splitlines()[-1])
    assert last["step"] == "done", last
    report = last["report"]
    counted = {name: report[name] for name in ("added", "changed", "same", "bad")}
    return " ".join(f"{name} {number}" for name, number in counted.items() if number)


def download(admin: Device, method: str, path: str, **more: object) -> str:
    """Download a file; return its size."""
    answer = admin.call(method, path, **more)
    assert answer.status_code == 200, answer.text
    return f"{sum(len(piece) for piece in answer.response) / 1e6:.1f} MB"


def main() -> None:
    """Measure one database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    name = "postgresql" if options.postgresql else "sqlite"
    lines = people(options.rows)
    faulty_lines = [
        (line[0], line[1], "村长", *line[3:]) if n % 20 == 0 else line
        for n, line in enumerate(lines)
    ]
    no_store = StoreSettings("http://127.0.0.1:9", "none", "none", "none")
    with (
        tempfile.TemporaryDirectory() as home,
        database.template(name, Path(home), no_store) as filled,
    ):
        app = create_app(database.settings_for(filled.url, Path(home), no_store))
        admin = Device(app, "admin", filled.passwords["admin"])
        table, spreadsheet, faulty_table = as_csv(lines), as_xlsx(lines), as_csv(faulty_lines)
        measure("CSV, checked", lambda: import_table(admin, table, "dry_run"))
        measure("XLSX, checked", lambda: import_table(admin, spreadsheet, "dry_run"))
        measure("CSV, one row in 20 wrong", lambda: import_table(admin, faulty_table, "dry_run"))
        measure("CSV, written", lambda: import_table(admin, table, "all_or_nothing"))
        measure("the same, written again", lambda: import_table(admin, table, "all_or_nothing"))
        measure("the register, exported", lambda: download(admin, "GET", "/registers/people/table"))
        links = {"role": "volunteer", "sheet": False}
        measure("links for all", lambda: download(admin, "POST", "/invitations/many", json=links))
        some = [row["id"] for row in admin.get("/people?role=volunteer&limit=1000").json["items"]]
        sheet = {"ids": some}
        measure(
            f"a sheet of {len(some)} codes",
            lambda: download(admin, "POST", "/invitations/many", json=sheet),
        )


if __name__ == "__main__":
    main()
