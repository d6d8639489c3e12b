"""The restore drill 恢复演练: the machine is lost, an older backup is put back, and with what the
phones still hold nothing acknowledged is missing; one killed half-way harms nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inspect_server.core.database import db
from inspect_server.operations import backup
from tests.reliability import processes
from tests.reliability.checker import Report
from tests.reliability.environment import Stage
from tests.reliability.processes import Day, Service
from tests.reliability.size import FULL
from tests.support import forked

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.timeout(600),
]


class Operator:
    """Who runs the commands at the service's machine."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service, self.folder = service, folder

    def run(self, *words: str, **more: str) -> int:
        """Run a command and return its exit code."""
        return forked.run("inspect_server.cli", *words, env=self.service.env | more).returncode

    def backups(self) -> list[Path]:
        """The whole backups there are, oldest first."""
        return sorted(made.parent for made in self.folder.glob(f"*/{backup.MANIFEST}"))

    def back_up(self, armed: Mapping[str, str] | None = None) -> int:
        """Save everything."""
        return self.run("backup", str(self.folder), **(armed or {}))

    def restore(self, folder: Path, armed: Mapping[str, str] | None = None) -> int:
        """Put a backup back while nothing runs."""
        stage = self.service.stage
        with stage.app.app_context():
            db.session.remove()
            db.engine.dispose()
        return self.run("restore", str(folder), **(armed or {}))


def put_back(day: Day, operator: Operator, saved: Path, killed_at: str | None = None) -> Report:
    """The machine is lost, a backup is put back, all phones come again: what the books say.

    With `killed_at` the first attempt dies at this failpoint.
    """
    service = operator.service
    service.stop()
    for key in list(service.stage.store.list_keys("")):
        service.stage.store.delete(key)
    if killed_at is not None:
        assert operator.restore(saved, deadly(killed_at)) == -9
    assert operator.restore(saved) == 0
    service.start()
    day.come_to_rest()
    return day.judge(restored=True)


def deadly(point: str) -> dict[str, str]:
    """A failpoint that kills the command."""
    return {"INSPECT_FAILPOINTS": f"{point}=kill"}


def test_after_the_machine_is_lost_backup_and_phones_have_everything(
    on: Stage, tmp_path: Path
) -> None:
    on.begin()
    with processes.running(on, tmp_path / "home") as service:
        day, operator = Day(service), Operator(service, tmp_path / "backups")
        day.work()
        day.come_to_rest()
        assert operator.back_up() == 0
        # Everything so far was stored before the backup began: phones may let go of it.
        assert operator.run("backed-up", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S+0000}") == 0
        day.come_to_rest()
        day.come_to_rest()
        freed = [len(phone.store.bytes) for phone in day.phones.values()]
        assert sum(freed) == 0, "the drill proves nothing while phones hold everything"
        day.work()
        day.come_to_rest()
        report = put_back(day, operator, operator.backups()[0])
    assert report.ok, "\n".join(report.lines())
    assert report.counted["records"] == 6


@pytest.mark.parametrize("point", ["backup.rows", "backup.photos"] if FULL else ["backup.photos"])
def test_a_backup_killed_half_way_frees_no_photo_and_the_next_is_whole(
    on: Stage, tmp_path: Path, point: str
) -> None:
    on.begin()
    with processes.running(on, tmp_path / "home") as service:
        day, operator = Day(service), Operator(service, tmp_path / "backups")
        day.work()
        day.come_to_rest()
        assert operator.back_up(deadly(point)) == -9
        assert day.phones["chen-1"].store.backed_up_to is None
        assert operator.back_up() == 0
        day.come_to_rest()
        assert day.phones["chen-1"].store.backed_up_to is not None
        report = put_back(day, operator, operator.backups()[-1])
    assert report.ok, "\n".join(report.lines())


@pytest.mark.parametrize(
    "point", ["restore.photos", "restore.rows"] if FULL else ["restore.photos"]
)
def test_a_restore_killed_half_way_can_be_begun_again(
    on: Stage, tmp_path: Path, point: str
) -> None:
    on.begin()
    with processes.running(on, tmp_path / "home") as service:
        day, operator = Day(service), Operator(service, tmp_path / "backups")
        day.work()
        day.come_to_rest()
        assert operator.back_up() == 0
        (saved,) = operator.backups()
        report = put_back(day, operator, saved, killed_at=point)
    assert report.ok, "\n".join(report.lines())


def test_an_older_backup_is_restored_only_when_insisted_on(on: Stage, tmp_path: Path) -> None:
    on.begin()
    with processes.running(on, tmp_path / "home") as service:
        operator = Operator(service, tmp_path / "backups")
        assert (operator.back_up(), operator.back_up()) == (0, 0)
        service.stop()
        older = operator.backups()[0]
        assert operator.restore(older) == 1
        assert operator.run("restore", str(older), "--older") == 0
        service.start()
        assert operator.run("doctor", "--deep", "--backup", str(tmp_path / "backups")) == 0
