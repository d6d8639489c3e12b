"""Every error of a field is in Chinese, for every field type that we use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from schemas import problems, wording
from tests.architecture.source_tree import modules

CHINESE = re.compile("[\u4e00-\u9fff]")
# Used by a field only where its own value is put into the sentence.
SAMPLES = {"obj_type": "datetime", "awareness": "aware", "input": "x"}


def used(folder: str, library: Any) -> set[type]:
    """The classes that our schemas use from a module of the library."""
    taken: set[type] = set()
    for module in modules():
        if module.name.startswith("schemas"):
            source = module.path.read_text(encoding="utf-8")
            for name in re.findall(rf"\b{folder}\.([A-Z]\w+)", source):
                taken.add(getattr(library, name))
    return taken


def sentences() -> Iterator[str]:
    """All default error messages of the fields we use."""
    for field in used("fields", fields):
        for key, message in getattr(field, "default_error_messages", {}).items():
            if key != "format":
                yield message.format(**SAMPLES)
    yield from Schema._default_error_messages.values()


@pytest.mark.parametrize("message", sorted(set(sentences())))
def test_error_messages_of_fields_are_translated(message: str) -> None:
    assert CHINESE.search(wording.in_chinese(message)), message


@pytest.mark.parametrize("rule,value", [
    (validate.Range(min=1, max=4), 9),
    (validate.Range(min=1), 0),
    (validate.Range(max=4, max_inclusive=False), 4),
    (validate.Length(min=1, max=9), ""),
    (validate.Length(max=2), "abc"),
    (validate.Length(min=2), "a"),
    (validate.Length(equal=2), "a"),
    (validate.Regexp("a"), "b"),
    (validate.OneOf(["a", "b"]), "c"),
    (validate.Equal(1), 2),
], ids=lambda one: type(one).__name__ + str(one)[:40] if callable(one) else None)  # fmt: skip
def test_error_messages_of_validators_are_translated_with_their_numbers(
    rule: Any, value: Any
) -> None:
    with pytest.raises(ValidationError) as error:
        rule(value)
    (message,) = error.value.normalized_messages()["_schema"]
    ours = wording.in_chinese(message)
    assert CHINESE.search(ours), message
    assert re.findall(r"\d", ours) == re.findall(r"\d", message)


def test_an_error_message_of_our_own_is_not_changed() -> None:
    assert list(problems.pointers({"place": {"lon": ["太远"]}})) == [
        {"pointer": "/place/lon", "detail": "太远"}
    ]
