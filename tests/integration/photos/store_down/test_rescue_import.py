"""A rescue comes in while the store is away: records stand, photos wait, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

from inspect_server.models import Photo, Task
from tests.integration.sync.test_rescue_import import bring_in, fates
from tests.support.actors import Device, Shot, jpeg, record
from tests.support.rescue_zips import Packing
from tests.support.rows import Rows


def test_the_records_stand_and_the_same_zip_brings_the_photos_later(
    admin: Device, observer: Device, store_back: Callable[[], None], rows: Rows
) -> None:
    shots = [Shot(jpeg(i)) for i in range(5)]
    packing = Packing(observer, [record(*shots)], shots)
    told = bring_in(admin, packing)
    assert fates(told, "ops") == ["accepted"]
    assert fates(told, "photos") == ["unavailable"] * 5
    store_back()
    told = bring_in(admin, packing)
    assert (told["again"], told["changed"]) == (True, True)
    assert fates(told, "photos") == ["stored"] * 5
    assert (rows.count(Task), rows.count(Photo)) == (1, 5)
