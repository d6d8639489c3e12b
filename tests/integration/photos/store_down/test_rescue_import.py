"""A rescue import while the store is down: records are kept, photos are sent later."""

from __future__ import annotations

from collections.abc import Callable

from inspect_server.models import Photo, Task
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.rescue_zips import Packing, import_statuses, import_zip
from tests.support.rows import Rows


def test_the_records_stand_and_the_same_zip_brings_the_photos_later(
    admin: Device, observer: Device, store_back: Callable[[], None], rows: Rows
) -> None:
    shots = [Shot(jpeg(i)) for i in range(5)]
    packing = Packing(observer, [record(*shots)], shots)
    report = import_zip(admin, packing)
    assert import_statuses(report, "ops") == ["accepted"]
    assert import_statuses(report, "photos") == ["unavailable"] * 5
    store_back()
    report = import_zip(admin, packing)
    assert (report["again"], report["changed"]) == (True, True)
    assert import_statuses(report, "photos") == ["stored"] * 5
    assert (rows.count(Task), rows.count(Photo)) == (1, 5)
