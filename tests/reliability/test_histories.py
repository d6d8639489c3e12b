"""T1: generated histories of the model of a phone against the service; nothing lost or doubled."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reliability import size
from tests.reliability.environment import Stage
from tests.reliability.histories import Played, Sync, play, steps
from tests.reliability.network import Trouble

ENOUGH = 3000


def told(histories: list[Played]) -> str:
    """The stories of those that went wrong, with their seeds."""
    return "\n\n".join(one.story() for one in histories if not one.ok)


@pytest.mark.one_database
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seeds", size.portions(size.MODEL_HISTORIES, 10), ids=str)
def test_whatever_the_network_does_nothing_is_lost_or_doubled(on: Stage, seeds: range) -> None:
    histories = [play(on, Random(seed), seed, ops=size.MODEL_OPS) for seed in seeds]
    assert all(one.ok for one in histories), told(histories)


@pytest.mark.parametrize("seed", [11, 12])
def test_it_is_so_on_both_databases(on: Stage, seed: int) -> None:
    history = play(on, Random(seed), seed, ops=20)
    assert history.ok, history.story()


@pytest.mark.one_database
def test_a_seed_played_twice_gives_the_same_trace(on: Stage) -> None:
    first = play(on, Random(7), 7, ops=20)
    again = play(on, Random(7), 7, ops=20)
    assert first.trace == again.trace
    assert len(first.trace) > 50


@pytest.mark.one_database
@settings(
    max_examples=200 if size.FULL else 5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(random=st.randoms(use_true_random=False))
def test_hypothesis_finds_no_history_that_loses_anything(on: Stage, random: Random) -> None:
    history = play(on, random, "of hypothesis", ops=6)
    assert history.ok, history.story()


def test_the_histories_hold_every_trouble_there_is() -> None:
    cycles = [
        step for step, _ in zip(steps(Random(0)), range(ENOUGH), strict=False) if type(step) is Sync
    ]
    met = Counter(fault.what for step in cycles for fault in step.faults)
    assert set(met) == set(Trouble)
    assert any(step.kill_at is not None for step in cycles)
