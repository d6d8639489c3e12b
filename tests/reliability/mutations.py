"""Teeth 咬合: planted bugs, each a patch of the sources in a copy of the tree, and the part of the
suites that must catch it. A bug nobody catches is a finding.

    python -m tests.reliability.mutations              plant every bug, one after the other
    python -m tests.reliability.mutations NAME…        plant these

The product knows nothing of this: no switch, no flag. Every old text must stand in its file
exactly once, so a bug that no longer fits the sources says so instead of passing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import click

from media.store import StoreSettings
from tests.reliability.histories import Setting
from tests.support import database, stores

ROOT = Path(__file__).parents[2]
COPIED = ("inspect_server", "schemas", "media", "tests", "web", "tools", "wsgi.py", "setup.cfg")
LEFT_OUT = shutil.ignore_patterns("node_modules", "static", "__pycache__", "*.pyc")
HUNT_SECONDS = 900
UNENDED = 124
# A byte-code file of the same second and size would be taken for the patched source.
PLAIN = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
# What a hunt ends with: the suite failed, as it should.
CAUGHT = 1


class DoesNotFit(Exception):
    """A patch whose old text does not stand in its file exactly once."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One place of a patch."""

    file: str
    old: str
    new: str


class Hunter(StrEnum):
    """The part of the suites that is let loose."""

    MODEL = "histories of the model"
    PHONE = "histories of the real phone"
    PYTEST = "pytest"
    VITEST = "vitest"


@dataclass(frozen=True, slots=True)
class Hunt:
    """What is run: so many histories of so many ops, or these tests."""

    by: Hunter
    tests: tuple[str, ...] = ()
    histories: int = 12
    ops: int = 30

    def command(self, setting: Path) -> list[str]:
        """How it is run, in the copy."""
        match self.by:
            case Hunter.PYTEST:
                quiet = ["-x", "-q", "-p", "no:cacheprovider", "--no-header"]
                return [sys.executable, "-m", "pytest", *quiet, *self.tests]
            case Hunter.VITEST:
                return ["node", "node_modules/vitest/vitest.mjs", "run", *self.tests]
        words = ["--n", str(self.histories), "--ops", str(self.ops), "--setting", str(setting)]
        words += ["--until-caught", *(["--node"] if self.by is Hunter.PHONE else [])]
        return [sys.executable, "-m", "tests.reliability.histories", *words]

    def folder(self, tree: Path) -> Path:
        """Where it is run."""
        return tree / "web" if self.by is Hunter.VITEST else tree


MODEL = Hunt(Hunter.MODEL)
PHONE = Hunt(Hunter.PHONE)


def tests(*names: str) -> Hunt:
    """Hunt with these tests of the suite."""
    return Hunt(Hunter.PYTEST, names)


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug: what it is, which promise it breaks, where, and who must catch it."""

    name: str
    promise: str
    edits: tuple[Edit, ...]
    hunt: Hunt


SYNC = "inspect_server/sync/services/push.py"
UPLOADS = "inspect_server/photos/services/uploads.py"
UPLOAD_ROWS = "inspect_server/photos/services/upload_rows.py"
MOVES = "inspect_server/tasks/services/moves.py"
CYCLE = "web/field/core/sync/sync.ts"
RULES = "web/field/core/model/rules.ts"
LOCAL_STORE = "web/field/core/store/localStore.ts"
REPLICA = "web/field/core/store/replica.ts"


def bug(name: str, promise: str, hunt: Hunt, *edits: tuple[str, str, str]) -> Bug:
    """Write a bug down."""
    return Bug(name, promise, tuple(Edit(*edit) for edit in edits), hunt)


BUGS: tuple[Bug, ...] = (
    # --- the server ---
    bug(
        "ack-before-commit",
        "I2",
        MODEL,
        (
            "inspect_server/core/database.py",
            'failpoints.reach("commit.published")\n        session.commit()',
            'failpoints.reach("commit.published")\n'
            # As when the process dies between the answer and the commit.
            '        session.info["nth"] = nth = session.get_bind().__dict__.get("nth", 0) + 1\n'
            '        session.get_bind().__dict__["nth"] = nth\n'
            "        session.rollback() if nth % 9 == 0 else session.commit()",
        ),
    ),
    bug(
        "cursor-from-a-plain-sequence",
        "I4",
        tests("tests/integration/sync/test_pull.py", "-k", "committed_last and postgresql"),
        (
            "inspect_server/core/change_log.py",
            '    end = connection.execute(_BUMP, {"by": len(latest)}).scalar_one()\n',
            "    with session.get_bind().connect() as at_once:\n"
            '        end = at_once.execute(_BUMP, {"by": len(latest)}).scalar_one()\n'
            "        at_once.commit()\n",
        ),
    ),
    bug(
        "hash-of-other-bytes",
        "I9",
        MODEL,
        (UPLOADS, "        if digest != creation.sha256:\n", "        if not digest:\n"),
        ("media/store.py", "    if signed != declared:\n", "    if not signed:\n"),
    ),
    bug(
        "no-savepoint-per-op",
        "I5",
        tests("tests/reliability/test_batches.py", "-k", "sqlite"),
        (
            SYNC,
            "        with context.session.begin_nested():\n            return _apply(",
            "        if True:\n            return _apply(",
        ),
    ),
    bug(
        "one-refused-op-spoils-the-batch",
        "I5",
        MODEL,
        (
            SYNC,
            "    except Problem as problem:\n        stale =",
            "    except Problem as problem:\n        raise\n        stale =",
        ),
    ),
    bug(
        "no-generation-fence",
        "I3",
        tests("tests/integration/photos/test_uploads_interrupted.py", "-k", "sqlite"),
        (
            UPLOAD_ROWS,
            "newer = claim.generation is not None and upload.generation != claim.generation",
            "newer = False",
        ),
        (
            UPLOAD_ROWS,
            "        if newer or upload.offset != claim.offset:\n",
            "        if newer:\n",
        ),
    ),
    bug(
        "row-before-the-bytes",
        "I9",
        tests("tests/integration/photos/store_down/test_uploads.py"),
        (
            UPLOADS,
            '                failpoints.reach("store.put")\n',
            '                failpoints.reach("store.put")\n'
            "                self._write_tx(partial(settle, facts=facts))\n",
        ),
    ),
    bug(
        "duplicate-gets-a-new-result",
        "I3",
        MODEL,
        (
            SYNC,
            '        return _result(op, OpStatus.DUPLICATE, earlier.answer["version"], declared)\n',
            "        return _result(op, OpStatus.CONFLICT, None, declared)\n",
        ),
    ),
    bug(
        "receipts-for-anybody",
        "I7",
        tests("tests/integration/sync/test_receipts.py", "-k", "sqlite"),
        (
            "inspect_server/sync/services/receipts.py",
            "            ReceivedOp.op_id.in_(query.ops), ReceivedOp.person_id == actor.id\n",
            "            ReceivedOp.op_id.in_(query.ops)\n",
        ),
    ),
    bug(
        "refused-op-is-shown-to-nobody",
        "I7",
        MODEL,
        (
            SYNC,
            "    _quarantine(context, incoming, problem)\n"
            "    return _result(op, status, None, kept_photos, **answer)\n",
            "    return _result(op, status, None, kept_photos, **answer)\n",
        ),
    ),
    bug(
        "correction-not-rebased",
        "I5",
        MODEL,
        (
            SYNC,
            "    return replace(op, base_version=version)\n",
            "    return op\n",
        ),
    ),
    bug(
        "move-applied-twice",
        "I3",
        MODEL,
        (
            MOVES,
            "    else:\n        _take(session, reference, task, step, request, move, now)\n",
            "    else:\n        _take(session, reference, task, step, request, move, now)\n"
            "        task.state = TaskState.HANDLING\n"
            "        _take(session, reference, task, step, request, move, now)\n",
        ),
    ),
    bug(
        "move-applied-before-its-photos",
        "I11",
        MODEL,
        (
            MOVES,
            "    if evidence and not photos.is_settled(evidence):\n",
            "    if not evidence and not photos.is_settled(evidence):\n",
        ),
        (MOVES, "        if evidence:\n", "        if not evidence:\n"),
    ),
    bug(
        "task-waits-for-one-photo-only",
        "I11",
        MODEL,
        (
            "inspect_server/tasks/services/photo_events.py",
            "    settled = all(state in photos.SETTLED for state in states)\n",
            "    settled = any(state in photos.SETTLED for state in states)\n",
        ),
    ),
    bug(
        "half-a-record-shown-as-whole",
        "I11",
        MODEL,
        (
            "inspect_server/tasks/services/observations.py",
            "    if all(photo.state is PhotoState.STORED for photo in declared):\n",
            "    if declared is not None:\n",
        ),
    ),
    bug(
        "reporter-not-told",
        "I4",
        MODEL,
        (
            "inspect_server/tasks/services/transitions.py",
            "    change_log.note("
            "session, Collection.OBSERVATIONS, task.observation_id, [reporter])\n",
            "",
        ),
    ),
    bug(
        "no-copies-ordered",
        "I2",
        MODEL,
        (
            "inspect_server/photos/services/photos.py",
            "    job_queue.order(session, DERIVE_JOB, photo.id, now)\n",
            "",
        ),
    ),
    bug(
        "restore-keeps-the-epoch",
        "I12",
        tests("tests/reliability/test_restore.py", "-k", "machine_is_lost"),
        (
            "inspect_server/operations/backup.py",
            "    epoch = secrets.token_hex(8)\n",
            "    epoch = backup.epoch\n",
        ),
    ),
    # --- the phone ---
    bug(
        "x-sync-not-required",
        "I6",
        Hunt(Hunter.VITEST, ("shared/api/client.test.ts",)),
        (
            "web/shared/api/client.ts",
            "      if (!answer.headers.get('X-Sync')) throw new Unreachable('stranger')\n",
            "",
        ),
    ),
    bug(
        "retry-with-a-new-id",
        "I2",
        PHONE,
        (
            RULES,
            "clock: op.clock }",
            "clock: op.clock, ...(op.attempts > 1 && { op_id: uuid7() }) }",
        ),
        (
            RULES,
            "import { canonical } from './canonical'\n",
            "import { uuid7 } from '@shared/api/uuid7'\nimport { canonical } from './canonical'\n",
        ),
    ),
    bug(
        "amended-after-sending",
        "I2",
        PHONE,
        (
            RULES,
            "clock: op.clock }",
            "clock: op.clock, captured_at: new Date(op.made_at + op.attempts).toISOString() }",
        ),
    ),
    bug(
        "op-leaves-the-queue-when-sent",
        "I6",
        PHONE,
        (
            RULES,
            "state: 'sending', attempts: op.attempts + 1 }",
            "state: 'accepted', attempts: op.attempts + 1 }",
        ),
    ),
    bug(
        "401-clears-the-queue",
        "I6",
        PHONE,
        (
            CYCLE,
            " || session.refresh_token === refresh_token) {\n",
            " || session.refresh_token === refresh_token) {\n"
            "        await cycle.localStore.db"
            ".write(['ops'], (tx) => tx.objectStore('ops').clear())\n",
        ),
    ),
    bug(
        "epoch-ignored",
        "I12",
        PHONE,
        (
            CYCLE,
            "  else if (epoch !== answer.epoch) await adoptEpoch(cycle)\n",
            "  else await cycle.localStore.setMeta('epoch', answer.epoch)\n",
        ),
        (
            CYCLE,
            "error.problem.slug === 'epoch-mismatch') return adoptEpoch(cycle)\n",
            "error.problem.slug === 'epoch-mismatch') throw error\n",
        ),
    ),
    bug(
        "bytes-deleted-before-the-receipt",
        "I1",
        PHONE,
        (
            CYCLE,
            "    await cycle.localStore.changePhotos([photo.photo_id], (row) =>\n"
            "      row.state === 'waiting' ?",
            "    await cycle.localStore.free([photo.photo_id], [])\n"
            "    await cycle.localStore.changePhotos([photo.photo_id], (row) =>\n"
            "      row.state === 'waiting' ?",
        ),
        (
            LOCAL_STORE,
            "        if (photo?.state !== 'stored') continue\n"
            "        await tx.objectStore('photo_bytes')",
            "        if (!photo) continue\n        await tx.objectStore('photo_bytes')",
        ),
    ),
    bug(
        "second-copy-removed-too-early",
        "I1",
        Hunt(Hunter.VITEST, ("field/core/store/replica.test.ts",)),
        (
            REPLICA,
            "photo.bytes_here && photo.state !== 'stored'",
            "photo.bytes_here && photo.state !== 'stored' && photo.state !== 'sent'",
        ),
    ),
    bug(
        "second-copy-outlives-the-sign-out",
        "I1",
        Hunt(Hunter.VITEST, ("field/core/store/replica.test.ts",)),
        (LOCAL_STORE, "    await this.replica.removeProfile()\n", ""),
    ),
    bug(
        "bytes-deleted-before-a-backup",
        "I1",
        PHONE,
        (
            RULES,
            "  if (backedUpTo !== null && stored < Date.parse(backedUpTo)) return true\n"
            "  return Date.parse(serverNow) - stored >= RETENTION_MS\n}\n\n/** A settled op",
            "  return stored > 0 || backedUpTo !== serverNow\n}\n\n/** A settled op",
        ),
    ),
    bug(
        "a-lost-answer-makes-the-next-deed-stale",
        "I5",
        Hunt(Hunter.VITEST, ("field/data/recordMerge.test.ts",)),
        (RULES, " || (op.state === 'accepted' && op.version === null)", ""),
    ),
    bug(
        "cursor-moves-before-the-page-is-kept",
        "I4",
        Hunt(Hunter.PHONE, histories=30),
        (
            CYCLE,
            "      const stands = await cycle.localStore.applyPage(",
            "      await cycle.localStore.setMeta("
            "'position', { ...position, cursor: page.cursor })\n"
            "      const stands = await cycle.localStore.applyPage(",
        ),
    ),
)


# --- planting ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What became of a planted bug."""

    bug: Bug
    caught: bool
    said: str

    def line(self) -> str:
        """One row of the table."""
        word = "caught" if self.caught else "MISSED"
        return f"{word}  {self.bug.name} ({self.bug.promise}) by {self.bug.hunt.by}: {self.said}"


@dataclass(frozen=True)
class Garden:
    """A copy of the tree in which bugs are planted, one at a time, on running engines."""

    tree: Path
    setting: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def plant(self, planted: Bug) -> Verdict:
        """Plant a bug, let its hunter loose, take the bug out again. Raises `DoesNotFit`."""
        before = {edit.file: (self.tree / edit.file).read_text() for edit in planted.edits}
        try:
            for edit in planted.edits:
                apply(self.tree, edit)
            code, said = self.hunt(planted.hunt)
        finally:
            for name, text in before.items():
                (self.tree / name).write_text(text)
        if code not in (0, CAUGHT):
            return Verdict(planted, False, f"the hunt itself broke ({code}): {said[-400:]}")
        return Verdict(planted, code == CAUGHT, _reason(said))

    def hunt(self, hunt: Hunt) -> tuple[int, str]:
        """Run a hunt in the copy; one that does not end is neither clean nor a catch."""
        try:
            done = subprocess.run(
                hunt.command(self.setting),
                cwd=hunt.folder(self.tree),
                env={**os.environ, **self.env},
                capture_output=True,
                text=True,
                timeout=HUNT_SECONDS,
            )
        except subprocess.TimeoutExpired as stopped:
            return UNENDED, f"not at its end after {stopped.timeout:.0f} s"
        return done.returncode, done.stdout + done.stderr


def apply(tree: Path, edit: Edit) -> None:
    """Make one edit. Raises `DoesNotFit`."""
    path = tree / edit.file
    text = path.read_text()
    if (times := text.count(edit.old)) != 1:
        raise DoesNotFit(f"{edit.file}: {times} times: {edit.old!r}")
    path.write_text(text.replace(edit.old, edit.new))


_TELLING = (
    *("lost  ", "duplicated  ", "dangling  ", "incomplete  ", "unpublished ", "disorder  "),
    *("op ", "record ", "photo ", "move ", "I1", "FAILED", "AssertionError", "FAIL", "broke off"),
)


def _reason(said: str) -> str:
    """The line that says what was wrong."""
    lines = [line.strip() for line in said.splitlines()]
    told = [line for line in lines if line.startswith(_TELLING)]
    return (told or lines or ["nothing"])[0][:160]


@contextmanager
def garden(template: database.Template, store: StoreSettings) -> Iterator[Garden]:
    """A copy of the tree, with this filled database and this store for all hunts."""
    with tempfile.TemporaryDirectory(prefix="inspect-teeth-") as spare:
        tree = Path(spare) / "tree"
        copy_tree(tree)
        setting = Path(spare) / "setting.json"
        setting.write_text(json.dumps(Setting.of(template, store).document()))
        yield Garden(tree, setting, {**PLAIN, "PYTHONPATH": str(tree)})


def copy_tree(tree: Path) -> None:
    """Copy what hunts need; what was installed is shared."""
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, tree / name)
    (tree / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--at-once", is_flag=True, help="Do not first see that every hunt passes.")
def main(names: tuple[str, ...], at_once: bool) -> None:
    """Plant bugs and say who caught them; ends with 1 when one was missed."""
    chosen = [one for one in BUGS if not names or one.name in names]
    verdicts = []
    with (
        database.quick_folder() as folder,
        stores.running("seaweedfs", folder, os.environ) as store,
        database.template("sqlite", folder, store) as template,
        garden(template, store) as plot,
    ):
        for hunt in () if at_once else dict.fromkeys(one.hunt for one in chosen):
            code, said = plot.hunt(hunt)
            if code != 0:
                raise SystemExit(f"without any bug {hunt} fails:\n{said[-4000:]}")
        for planted in chosen:
            verdicts.append(plot.plant(planted))
            click.echo(verdicts[-1].line())
    caught = sum(verdict.caught for verdict in verdicts)
    click.echo(f"{caught} of {len(verdicts)} planted bugs caught")
    raise SystemExit(caught != len(verdicts))


if __name__ == "__main__":
    main()
