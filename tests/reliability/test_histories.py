"""T1: generated histories of the model of a phone against the service; nothing lost or doubled."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reliability import size
from tests.reliability.environment import Environment
from tests.reliability.histories import HistoryResult, run_history
from tests.reliability.network import FaultKind
from tests.reliability.steps import Sync, steps

STEPS = 3000


def describe_failures(results: list[HistoryResult]) -> str:
    """The findings and traces of the failed histories."""
    return "\n\n".join(result.describe() for result in results if not result.ok)


@pytest.mark.one_database
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seeds", size.portions(size.MODEL_HISTORIES, 10), ids=str)
def test_whatever_the_network_does_nothing_is_lost_or_doubled(
    environment: Environment, seeds: range
) -> None:
    results = [run_history(environment, Random(seed), seed, ops=size.MODEL_OPS) for seed in seeds]
    assert all(result.ok for result in results), describe_failures(results)


@pytest.mark.parametrize("seed", [11, 12])
def test_nothing_is_lost_on_both_databases(environment: Environment, seed: int) -> None:
    result = run_history(environment, Random(seed), seed, ops=20)
    assert result.ok, result.describe()


@pytest.mark.one_database
def test_a_seed_played_twice_gives_the_same_trace(environment: Environment) -> None:
    first = run_history(environment, Random(7), 7, ops=20)
    again = run_history(environment, Random(7), 7, ops=20)
    assert first.trace == again.trace
    assert len(first.trace) > 50


@pytest.mark.one_database
@pytest.mark.timeout(3600)
@settings(
    max_examples=200 if size.FULL else 5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(random=st.randoms(use_true_random=False))
def test_hypothesis_finds_no_history_that_loses_anything(
    environment: Environment, random: Random
) -> None:
    result = run_history(environment, random, "of hypothesis", ops=6)
    assert result.ok, result.describe()


def test_the_histories_contain_every_kind_of_fault() -> None:
    cycles = [
        step for step, _ in zip(steps(Random(0)), range(STEPS), strict=False) if type(step) is Sync
    ]
    counts = Counter(fault.kind for step in cycles for fault in step.faults)
    assert set(counts) == set(FaultKind)
    assert any(step.kill_at is not None for step in cycles)
