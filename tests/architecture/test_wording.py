"""Texts follow docs/wording.md 文案规范: punctuation of Chinese, and one word a thing."""

from __future__ import annotations

import re

from tests.architecture.source_tree import ROOT
from tests.support.interface_texts import Text, own_texts

HAN = r"[\u3400-\u9fff]"
# A half-width sign beside Chinese, or a blank between a full-width sign and Chinese.
WRONG_SIGN = re.compile(
    rf"(?<={HAN})[,;:?!()]|[,;:?!()](?={HAN})|(?<=[，。；：？！（）]) (?={HAN})"
)


def shown(text: Text) -> str:
    return f"{text.place}  {text.words.strip()}"


def test_chinese_has_full_width_punctuation() -> None:
    wrong = [shown(text) for text in own_texts() if WRONG_SIGN.search(text.words)]
    assert not wrong, "\n".join(wrong)


def test_one_word_is_used_for_one_thing() -> None:
    table = (ROOT / "docs/wording.md").read_text(encoding="utf-8").split("## One word a thing")[1]
    rows = re.findall(r"^\| (\S+) \| [^|]+ \| ([^|]+) \|$", table, re.MULTILINE)
    instead = {word: use for use, words in rows for word in words.strip().split(", ")}
    assert len(instead) > 20, "the table is not read"
    wrong = [
        f"{word} → {instead[word]}: {shown(text)}"
        for text in own_texts()
        for word in instead
        if word in text.words
    ]
    assert not wrong, "\n".join(wrong)
