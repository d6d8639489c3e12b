"""A zip is imported while its phone sends, or by two admins: one record in each case."""

from __future__ import annotations

from collections.abc import Callable

from inspect_server.models import Observation, Photo, Rescue, Task
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.concurrency import at_once
from tests.support.rescue_zips import Packing, import_statuses, import_zip
from tests.support.rows import Rows


def test_two_admins_import_the_same_zip_at_once(
    admin: Device, sign_in: Callable[..., Device], observer: Device, rows: Rows
) -> None:
    shots = [Shot(jpeg(i)) for i in range(3)]
    packing = Packing(observer, [record(shot) for shot in shots], shots)
    other = sign_in("admin")
    reports = at_once([lambda: import_zip(admin, packing), lambda: import_zip(other, packing)])
    ops = sorted(status for report in reports for status in import_statuses(report, "ops"))
    assert ops == ["accepted"] * 3 + ["duplicate"] * 3
    assert [rows.count(table) for table in (Task, Photo, Rescue)] == [3, 3, 1]
    # A photo that both imported may be deferred for one of them; the next import has it.
    assert import_statuses(import_zip(admin, packing), "photos") == ["duplicate"] * 3


def test_the_phone_sends_while_its_zip_is_imported(
    admin: Device, observer: Device, rows: Rows
) -> None:
    shots = [Shot(jpeg(i)) for i in range(3)]
    ops = [record(shot) for shot in shots]
    packing = Packing(observer, ops, shots)

    def send() -> None:
        statuses = {result["status"] for result in observer.send(*ops)}
        assert statuses <= {"accepted", "duplicate"}
        for shot in shots:
            observer.upload(shot)

    at_once([lambda: import_zip(admin, packing) and None, send])
    import_zip(admin, packing)
    assert [rows.count(table) for table in (Task, Photo)] == [3, 3]
    assert rows.count(Observation, Observation.state == "complete") == 3
