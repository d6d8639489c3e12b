"""The catalogue of sentences 文案: Chinese unless a catalogue of the asked language says more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspect_server.core.problems import NotFound
from inspect_server.core.sentences import Sentence, listed, sentence, translated
from tests.support.languages import English, english_catalogue


@pytest.fixture
def english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[English]:
    """Give the product an English catalogue."""
    with english_catalogue(tmp_path, monkeypatch) as write:
        yield write


def test_a_sentence_is_the_chinese_text() -> None:
    text = sentence("现在是第 {version} 版", version=3)
    assert text == "现在是第 3 版"
    assert json.dumps({"detail": text}, ensure_ascii=False) == '{"detail": "现在是第 3 版"}'


def test_a_sentence_without_values_may_hold_braces() -> None:
    assert sentence("{finding}") == "{finding}"


def test_values_are_never_read_as_templates() -> None:
    assert sentence("没有{name}", name="{name}") == "没有{name}"


def test_what_is_stored_is_a_plain_string() -> None:
    assert type(translated(sentence("找不到该内容"), "zh")) is str
    assert not isinstance(NotFound().document()["title"], Sentence)


def test_a_language_without_a_catalogue_is_answered_in_chinese() -> None:
    assert translated(sentence("现在是第 {version} 版", version=3), "en") == "现在是第 3 版"


def test_a_catalogue_is_looked_up_by_the_template(english: English) -> None:
    english({"现在是第 {version} 版": "now at version {version}", "邮件服务器": "the mail server"})
    assert translated(sentence("现在是第 {version} 版", version=3), "en") == "now at version 3"
    assert translated("", "en") == ""


def test_a_sentence_inside_a_sentence_is_translated_too(english: English) -> None:
    english({"连不上{receiver}": "cannot reach {receiver}", "邮件服务器": "the mail server"})
    text = sentence("连不上{receiver}", receiver=sentence("邮件服务器"))
    assert text == "连不上邮件服务器"
    assert translated(text, "en") == "cannot reach the mail server"


def test_a_list_is_the_text_that_joining_gives() -> None:
    for parts in ([], ["甲"], ["甲", ""], ["甲", "乙", "丙"]):
        assert listed(parts) == "、".join(parts)


def test_a_list_is_translated_part_by_part(english: English) -> None:
    english({"{first}、{rest}": "{first}, {rest}", "左右翻转": "mirrored", "裁剪": "cropped"})
    parts = listed([sentence("左右翻转"), sentence("裁剪"), "GIMP"])
    assert translated(parts, "en") == "mirrored, cropped, GIMP"


def test_what_a_person_typed_is_not_translated(english: English) -> None:
    english({"没有{name}": "no {name}", "渠道": "channel"})
    assert translated(sentence("没有{name}", name="渠道"), "en") == "no 渠道"
