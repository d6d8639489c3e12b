"""Limits that people read in a sentence are those that are enforced."""

from __future__ import annotations

from inspect_server.core.problems import PhotoTooLarge, TooLarge
from inspect_server.photos.rules.screening import FAR_M
from inspect_server.tasks.rules import evidence
from media.probe import MAX_BYTES


def test_the_size_of_a_photo_is_the_one_that_is_enforced() -> None:
    limit = f"{MAX_BYTES // 1024 // 1024} MB"
    assert limit in PhotoTooLarge.title
    assert limit in TooLarge.advice


def test_the_distance_of_profile_a_is_the_one_that_is_checked() -> None:
    assert f"{FAR_M:g} 米内" in evidence.TO_CLOSE["a"]
