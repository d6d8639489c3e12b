"""T1 with the real phone: the same histories drive the TypeScript core in Node against gunicorn."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from media.store import StoreSettings
from tests.reliability import node_phones, size
from tests.reliability.environment import Environment, live_server, open_environment
from tests.reliability.histories import run_history
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
def live_environment(
    database: engines.Template, store_settings: StoreSettings
) -> Iterator[Environment]:
    """A separate environment, behind a real gunicorn."""
    with (
        engines.quick_folder() as home,
        open_environment(database, home, store_settings, "faults-node") as opened,
        live_server(opened, home),
    ):
        yield opened


@pytest.mark.parametrize("seeds", size.portions(size.NODE_HISTORIES, size.NODE_PORTION), ids=str)
def test_the_real_phone_loses_and_doubles_nothing(
    live_environment: Environment, phones: NodePhones, seeds: range
) -> None:
    results = [
        run_history(live_environment, Random(seed), seed, phones, size.NODE_OPS) for seed in seeds
    ]
    failures = [result.describe() for result in results if not result.ok]
    assert not failures, "\n\n".join(failures)


def test_a_seed_drives_the_real_phone_the_same_way_twice(
    live_environment: Environment, phones: NodePhones
) -> None:
    first, again = (
        run_history(live_environment, Random(3), 3, phones, size.NODE_OPS) for _ in range(2)
    )
    assert first.trace == again.trace
    assert first.ok, first.describe()
