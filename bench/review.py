"""The review in the console at a queue of 10,000: time from `J` to the next case's first photo.

The product as `inspect-server up` runs it, 10,000 cases planted in 待核查, each with a photo before
and one after under their own keys (no browser cache has the next one), and a real Chromium
of 1440 x 900. Timed inside the page, from the key's own time to the frame in which a photo of the
new case is decoded and painted. The baseline, in the same browser: an empty page that shows a
picture of the same kind fetched in advance.
`python -m bench.review [--cases N] [--nexts N] [--pause MS]`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import tempfile
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from playwright.sync_api import Page, expect, sync_playwright

from bench.photographs import photograph
from inspect_server.core import clock, migrate
from inspect_server.launcher import embedded_store
from inspect_server.models import Base, Observation, Photo, Task, TaskEvent
from media.derive import Derivatives, derive
from media.store import ObjectStore
from schemas.vocabulary import PhotoRole, TaskState
from tests.e2e import chromium, live
from tests.e2e.people import Console

RECORDS = 120
CHUNK = 2_000
GOAL_MS = 300.0
# The pause between keys of a person who looks at each case.
PAUSE_MS = 700
BASELINE_CASES = 50
PHOTO_BYTES = 600_000

# From the key's own time on: `timeStamp` is when it was pressed, not when the page handled it.
_LISTEN = """() => {
  const shown = () => [...document.querySelectorAll('.compare .pane[data-photo]')]
    .map((pane) => [pane.dataset.photo, pane.querySelector('img')])
    .filter(([, image]) => image?.complete && image.naturalWidth > 0)
  const painted = async (image) => {
    await image.decode()
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    return performance.now()
  }
  window.nexts = []
  window.nextPhoto = null
  addEventListener('keydown', (event) => {
    if (event.key !== 'j') return
    const before = new Set([...document.querySelectorAll('.compare .pane[data-photo]')]
      .map((pane) => pane.dataset.photo))
    window.nextPhoto = new Promise((resolve) => {
      const look = () => {
        const found = shown().find(([id]) => !before.has(id))
        if (found) painted(found[1]).then((at) => resolve(at - event.timeStamp), () => look())
        else requestAnimationFrame(look)
      }
      look()
    })
  }, { capture: true })
}"""
_SHOW_PREFETCHED = """async (urls) => {
  const took = []
  for (const url of urls) {
    const ahead = new Image()
    ahead.src = url
    await ahead.decode()
    const began = performance.now()
    const image = document.createElement('img')
    image.style.width = '520px'
    image.src = url
    document.body.replaceChildren(image)
    await image.decode()
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
    took.push(performance.now() - began)
  }
  return took
}"""
_LINKS = """(ids) => Promise.all(ids.map((id) =>
  fetch(`/api/v1/photos/${id}/review`, { headers: { Accept: 'application/json' } })
    .then((answer) => answer.json()).then((link) => link.url)))"""


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    what: str
    times_ms: list[float]
    goal_ms: float | None = None

    def __str__(self) -> str:
        """Return n, the median, the 95th percentile, the maximum, and whether it meets the goal."""
        ordered = sorted(self.times_ms)
        p95 = ordered[max(0, round(0.95 * len(ordered)) - 1)]
        verdict = ""
        if self.goal_ms is not None:
            met = "met" if p95 <= self.goal_ms else "**missed**"
            over = sum(one > self.goal_ms for one in ordered)
            verdict = f"p95 <= {self.goal_ms:.0f} ms: {met}, {over} over it"
        middle = statistics.median(ordered)
        return (
            f"| {self.what} | {len(ordered)} | {middle:.0f} | {p95:.0f} |"
            f" {ordered[-1]:.0f} | {verdict} |"
        )


def main() -> None:
    """Write the cases, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--nexts", type=int, default=200)
    parser.add_argument("--pause", type=int, default=PAUSE_MS, help="ms between two keys")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspect-bench-") as folder, sync_playwright() as pw:
        home = Path(folder)
        with live.running(home) as product:
            product.command("demo", "--records", str(RECORDS))
            copies = derive(photograph(PHOTO_BYTES))
            plant(home, options.cases, 2 * options.nexts + 20, copies)
            browser = pw.chromium.launch(executable_path=chromium.find(), args=list(chromium.QUIET))
            print(
                f"{options.cases} cases, review copies of {len(copies.review) / 1e3:.0f} kB"
                f" ({copies.review_width} x {copies.review_height}); load {_load()}"
            )
            print("| what | n | p50 ms | p95 ms | max ms | |\n|---|---|---|---|---|---|")
            console = Console.of(browser, product)
            console.sign_in("chuangwen")
            console.open("tasks?state=verifying")
            expect(console.see("task-row").first).to_be_visible()
            print(_baseline(console), flush=True)
            console.see("task-link").first.click()
            expect(console.see("evidence-after").locator("img")).to_be_visible()
            console.page.evaluate(_LISTEN)
            for what, pause in (("next, after a pause", options.pause), ("next, key held down", 0)):
                times_ms = [_next(console.page, pause) for _ in range(options.nexts)]
                print(Figure(f"{what} ({pause} ms between)", times_ms, GOAL_MS), flush=True)
            print(f"load {_load()} on {psutil.cpu_count()} processors")
            if console.complaints:
                raise RuntimeError("\n".join(console.complaints))
            browser.close()


def _next(page: Page, pause: int) -> float:
    page.wait_for_timeout(pause)
    page.keyboard.press("j")
    return float(page.evaluate("window.nextPhoto"))


def _baseline(console: Console) -> Figure:
    """Show pictures of cases at the end of the queue in a page that does nothing else."""
    ids = console.page.evaluate(
        """(n) => fetch('/api/v1/tasks?state=verifying&sort=due&limit=' + n)
          .then((answer) => answer.json())
          .then((page) => page.items.map((one) => one.thumb_photo_id))""",
        BASELINE_CASES,
    )
    links = console.page.evaluate(_LINKS, ids)
    page = console.context.new_page()
    address = f"{console.live.origin}/bare"
    page.route(address, lambda route: route.fulfill(content_type="text/html", body="<body>"))
    page.goto(address)
    times_ms = page.evaluate(_SHOW_PREFETCHED, links)
    page.close()
    return Figure("empty page, picture fetched in advance", times_ms)


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


# --- writing cases -------------------------------------------------------------------------------


def plant(home: Path, count: int, reviewed: int, copies: Derivatives) -> None:
    """Write `count` cases like one that a unit submitted; the newest are reviewed first.

    The cases that will be reviewed, and those of the baseline, have their own objects; the others
    share theirs, because they are never opened.
    """
    settings = embedded_store.settings_of(home)
    assert settings is not None
    store = ObjectStore(settings)
    pool = [_put(store, copies) for _ in range(2 * reviewed + 2 * BASELINE_CASES)]
    engine = migrate.open_engine(f"sqlite:///{home / 'inspect.sqlite3'}")
    with engine.begin() as connection:
        pattern = _pattern(connection)
        # Cases that the demo itself submitted would be between the others in the queue.
        connection.execute(
            sa.update(Task).where(Task.state == TaskState.VERIFYING).values(state=TaskState.CLOSED)
        )
    now = clock.now()
    for first in range(0, count, CHUNK):
        places = range(first, min(first + CHUNK, count))
        with engine.begin() as connection:
            _write(connection, pattern, [(count - 1 - place, now) for place in places], pool)
    engine.dispose()


Pattern = tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]


def _pattern(connection: sa.Connection) -> Pattern:
    """Read a dispatched case that waits for its verdict: record, case, events, two photos."""
    task = dict(
        connection.execute(
            sa.select(Task.__table__)
            .where(Task.state == TaskState.VERIFYING, Task.dispatched_at.is_not(None))
            .limit(1)
        )
        .mappings()
        .one()
    )
    record = connection.execute(
        sa.select(Observation.__table__).where(Observation.id == task["observation_id"])
    )
    events = connection.execute(
        sa.select(TaskEvent.__table__).where(TaskEvent.task_id == task["id"])
    )
    photos = [
        dict(row)
        for row in connection.execute(
            sa.select(Photo.__table__).where(Photo.task_id == task["id"]).order_by(Photo.position)
        ).mappings()
    ]
    after = next(photo for photo in photos if photo["role"] is PhotoRole.AFTER)
    before = next(photo for photo in photos if photo["role"] is not PhotoRole.AFTER)
    return (
        dict(record.mappings().one()),
        task,
        [dict(e) for e in events.mappings()],
        [before, after],
    )


def _put(store: ObjectStore, copies: Derivatives) -> dict[str, str]:
    """Store one review copy and one thumbnail under new keys."""
    name = uuid.uuid4()
    keys = {"review_key": f"review/00/{name}.jpg", "thumb_key": f"thumb/00/{name}.jpg"}
    for key, body in zip(keys.values(), (copies.review, copies.thumb), strict=True):
        digest = hashlib.sha256(body).hexdigest()
        store.put(key, body, bytes=len(body), sha256=digest, mime="image/jpeg")
    return keys


def _write(
    connection: sa.Connection,
    pattern: Pattern,
    places: list[tuple[int, Any]],
    pool: list[dict[str, str]],
) -> None:
    record_row, case, event_rows, photo_rows = pattern
    records, cases, events, photos = [], [], [], []
    for place, now in places:
        record_id, task_id, move_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
        records.append(record_row | {"id": record_id, "op_id": uuid.uuid4()})
        ids = [uuid.uuid4() for _ in photo_rows]
        cases.append(
            case
            | {
                "id": task_id,
                "observation_id": record_id,
                "opened_at": now - timedelta(seconds=place),
                "due_at": None,
                "next_alarm_at": None,
                "thumb_photo_id": ids[0],
            }
        )
        del cases[-1]["serial"]
        moves = {
            e["move_id"]: move_id for e in event_rows if e["move_id"] == photo_rows[1]["op_id"]
        }
        events += [
            event
            | {
                "id": uuid.uuid4(),
                "task_id": task_id,
                "move_id": moves.get(event["move_id"]),
                "photo_ids": [str(ids[1])] if event["move_id"] in moves else None,
            }
            for event in event_rows
        ]
        # By place in the list, so that no two reviewed cases share an object.
        own = 2 * (place % (len(pool) // 2))
        photos += [
            photo
            | pool[own + side]
            | {
                "id": ids[side],
                "task_id": task_id,
                "observation_id": record_id if side == 0 else None,
                "op_id": records[-1]["op_id"] if side == 0 else move_id,
                "sha256": hashlib.sha256(ids[side].bytes).hexdigest(),
                "place": None,
            }
            for side, photo in enumerate(photo_rows)
        ]
    tables: list[tuple[type[Base], list[dict[str, Any]]]] = [
        (Observation, records),
        (Task, cases),
        (TaskEvent, events),
        (Photo, photos),
    ]
    for model, rows in tables:
        connection.execute(sa.insert(model), rows)


if __name__ == "__main__":
    main()
