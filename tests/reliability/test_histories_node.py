"""T1 with the real phone: the same histories drive the TypeScript core in Node against gunicorn."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from media.store import StoreSettings
from tests.reliability import environment, node_phones, size
from tests.reliability.environment import Stage
from tests.reliability.histories import play
from tests.reliability.node_phones import NodePhones
from tests.support import database as engines

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.timeout(7200),
]


@pytest.fixture(scope="session")
def phones(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[NodePhones]:
    """The phone's core, built and started once."""
    program = node_phones.bundle(tmp_path_factory.mktemp("driver"))
    with node_phones.phones(program) as made:
        yield made


@pytest.fixture(scope="session")
def live(database: engines.Template, store_settings: StoreSettings) -> Iterator[Stage]:
    """A stage of its own, behind a real gunicorn."""
    with (
        engines.quick_folder() as home,
        environment.opened(database, home, store_settings, "faults-node") as opened,
        environment.live(opened, home),
    ):
        yield opened


@pytest.mark.parametrize("seeds", size.portions(size.NODE_HISTORIES, size.NODE_PORTION), ids=str)
def test_the_real_phone_loses_and_doubles_nothing(
    live: Stage, phones: NodePhones, seeds: range
) -> None:
    histories = [play(live, Random(seed), seed, phones, size.NODE_OPS) for seed in seeds]
    stories = [one.story() for one in histories if not one.ok]
    assert not stories, "\n\n".join(stories)


def test_a_seed_drives_the_real_phone_the_same_way_twice(live: Stage, phones: NodePhones) -> None:
    first, again = (play(live, Random(3), 3, phones, size.NODE_OPS) for _ in range(2))
    assert first.trace == again.trace
    assert first.ok, first.story()
