"""The restore drill 恢复演练: the machine is lost and an older backup is restored. With the data
that phones still hold nothing acknowledged is missing; a command killed half-way does no harm.
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
from tests.reliability.environment import Environment
from tests.reliability.processes import Service, WorkingDay
from tests.reliability.size import FULL
from tests.support import forked

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.timeout(600),
]


class Operator:
    """Runs the commands of an operator on the machine of the service."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.service, self.folder = service, folder

    def run(self, *arguments: str, **settings: str) -> int:
        """Run a command and return its exit code."""
        env = self.service.env | settings
        return forked.run("inspect_server.cli", *arguments, env=env).returncode

    def backups(self) -> list[Path]:
        """The complete backups, oldest first."""
        return sorted(manifest.parent for manifest in self.folder.glob(f"*/{backup.MANIFEST}"))

    def back_up(self, failpoints: Mapping[str, str] | None = None) -> int:
        """Run the backup."""
        return self.run("backup", str(self.folder), **(failpoints or {}))

    def restore(self, folder: Path, failpoints: Mapping[str, str] | None = None) -> int:
        """Restore a backup while the service is stopped."""
        with self.service.environment.app.app_context():
            db.session.remove()
            db.engine.dispose()
        return self.run("restore", str(folder), **(failpoints or {}))


def lose_and_restore(
    day: WorkingDay, operator: Operator, saved: Path, killed_at: str | None = None
) -> Report:
    """Lose the machine, restore a backup, sync all phones; returns the report of the checker.

    With `killed_at` the first attempt is killed at this failpoint.
    """
    service = operator.service
    service.stop()
    for key in list(service.environment.store.list_keys("")):
        service.environment.store.delete(key)
    if killed_at is not None:
        assert operator.restore(saved, killing_at(killed_at)) == -9
    assert operator.restore(saved) == 0
    service.start()
    day.sync_until_idle()
    return day.check(restored=True)


def killing_at(point: str) -> dict[str, str]:
    """The setting of a failpoint that kills the command."""
    return {"INSPECT_FAILPOINTS": f"{point}=kill"}


def test_after_the_machine_is_lost_backup_and_phones_have_everything(
    environment: Environment, tmp_path: Path
) -> None:
    environment.reset()
    with processes.running(environment, tmp_path / "home") as service:
        day, operator = WorkingDay(service), Operator(service, tmp_path / "backups")
        day.work()
        day.sync_until_idle()
        assert operator.back_up() == 0
        # Everything so far was stored before the backup began: phones may delete it.
        assert operator.run("backed-up", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S+0000}") == 0
        day.sync_until_idle()
        day.sync_until_idle()
        held = [len(phone.store.bytes) for phone in day.phones.values()]
        assert sum(held) == 0, "the drill proves nothing while phones hold everything"
        day.work()
        day.sync_until_idle()
        report = lose_and_restore(day, operator, operator.backups()[0])
    assert report.ok, "\n".join(report.lines())
    assert report.counted["records"] == 6


@pytest.mark.parametrize("point", ["backup.rows", "backup.photos"] if FULL else ["backup.photos"])
def test_a_backup_killed_half_way_frees_no_photo_and_the_next_is_whole(
    environment: Environment, tmp_path: Path, point: str
) -> None:
    environment.reset()
    with processes.running(environment, tmp_path / "home") as service:
        day, operator = WorkingDay(service), Operator(service, tmp_path / "backups")
        day.work()
        day.sync_until_idle()
        assert operator.back_up(killing_at(point)) == -9
        assert day.phones["chen-1"].store.backed_up_to is None
        assert operator.back_up() == 0
        day.sync_until_idle()
        assert day.phones["chen-1"].store.backed_up_to is not None
        report = lose_and_restore(day, operator, operator.backups()[-1])
    assert report.ok, "\n".join(report.lines())


@pytest.mark.parametrize(
    "point", ["restore.photos", "restore.rows"] if FULL else ["restore.photos"]
)
def test_a_restore_killed_half_way_can_be_begun_again(
    environment: Environment, tmp_path: Path, point: str
) -> None:
    environment.reset()
    with processes.running(environment, tmp_path / "home") as service:
        day, operator = WorkingDay(service), Operator(service, tmp_path / "backups")
        day.work()
        day.sync_until_idle()
        assert operator.back_up() == 0
        (saved,) = operator.backups()
        report = lose_and_restore(day, operator, saved, killed_at=point)
    assert report.ok, "\n".join(report.lines())


def test_an_older_backup_is_restored_only_with_the_option(
    environment: Environment, tmp_path: Path
) -> None:
    environment.reset()
    with processes.running(environment, tmp_path / "home") as service:
        operator = Operator(service, tmp_path / "backups")
        assert (operator.back_up(), operator.back_up()) == (0, 0)
        service.stop()
        older = operator.backups()[0]
        assert operator.restore(older) == 1
        assert operator.run("restore", str(older), "--older") == 0
        service.start()
        assert operator.run("doctor", "--deep", "--backup", str(tmp_path / "backups")) == 0
