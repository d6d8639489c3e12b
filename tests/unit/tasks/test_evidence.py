"""What opens a case and what closes it, by the category's profile."""

from __future__ import annotations

import csv

import pytest

from inspect_server.operations.starter import STARTER
from inspect_server.tasks.rules import evidence
from schemas.vocabulary import PhotoRole


@pytest.mark.parametrize("code", ["a", "b", "c", "f"])
@pytest.mark.parametrize("role", [PhotoRole.AFTER, PhotoRole.DOCUMENT])
def test_an_after_photo_or_a_document_closes(code: str, role: PhotoRole) -> None:
    assert evidence.closes(code, [PhotoRole.SCENE, role], None)


@pytest.mark.parametrize("roles", [[], [PhotoRole.SCENE, PhotoRole.CLOSE, PhotoRole.BEFORE]])
def test_photos_of_before_close_nothing(roles: list[PhotoRole]) -> None:
    assert not evidence.closes("a", roles, "已整改")


@pytest.mark.parametrize("code", sorted(evidence.CLOSED_BY_WORDS))
def test_a_note_closes_where_there_is_nothing_to_photograph(code: str) -> None:
    assert evidence.closes(code, [], "已当场改正")
    assert not evidence.closes(code, [], "  ")
    assert not evidence.closes(code, [], None)


def test_two_profiles_are_described_in_one_sentence() -> None:
    sentence = evidence.describe_open("D+B")
    assert sentence == f"{evidence.TO_OPEN['D']};{evidence.TO_OPEN['B']}"


def test_every_categorys_profile_has_a_description() -> None:
    with (STARTER / "categories.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            assert set(row["evidence_open"].split("+")) <= set(evidence.TO_OPEN), row["code"]
            assert set(row["evidence_close"].split("+")) <= set(evidence.TO_CLOSE), row["code"]
