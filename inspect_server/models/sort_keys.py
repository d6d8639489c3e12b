"""Sort keys 排序键: names by pinyin 拼音, in the order of a Chinese dictionary.

A key is compared by bytes. Digits come first and by their value, then Latin letters, then Chinese
characters by syllable and tone; equal syllables are kept apart by the character itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from schemas.texts import fold

# The dictionary of phrases would cost every process 45 MB; the few words that matter are below.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
_pypinyin: Any = import_module("pypinyin")

MAX_KEY = 240
# Compared by bytes, independent of the collation of the database.
SortKey = sa.String(MAX_KEY).with_variant(sa.String(MAX_KEY, collation="C"), "postgresql")

# Surnames 姓 that are read differently from the word.
_SURNAMES = {
    "单": "shan4",
    "曾": "zeng1",
    "解": "xie4",
    "仇": "qiu2",
    "查": "zha1",
    "区": "ou1",
    "朴": "piao2",
    "任": "ren2",
    "翟": "zhai2",
    "盖": "ge3",
    "覃": "qin2",
    "员": "yun4",
    "缪": "miao4",
    "乜": "nie4",
    "乐": "yue4",
    "折": "she2",
    "句": "gou1",
    "繁": "po2",
    "种": "chong2",
    "召": "shao4",
    "秘": "bi4",
    "冼": "xian3",
    "洗": "xian3",
    "都": "du1",
    "隗": "wei3",
    "晟": "cheng2",
    "郇": "xun2",
    "尉迟": "yu4 chi2",
    "万俟": "mo4 qi2",
    "长孙": "zhang3 sun1",
    "澹台": "tan2 tai2",
    "令狐": "ling2 hu2",
}
# Words of places and units whose first reading is another one.
_WORDS = {
    "重庆": "chong2 qing4",
    "重阳": "chong2 yang2",
    "长江": "chang2 jiang1",
    "长沙": "chang2 sha1",
    "长春": "chang2 chun1",
    "长安": "chang2 an1",
    "长岭": "chang2 ling3",
    "长征": "chang2 zheng1",
    "长城": "chang2 cheng2",
    "长坪": "chang2 ping2",
    "朝阳": "chao2 yang2",
    "银行": "yin2 hang2",
    "行业": "hang2 ye4",
    "都市": "du1 shi4",
    "大厦": "da4 sha4",
    "厦门": "xia4 men2",
    "调度": "diao4 du4",
    "音乐": "yin1 yue4",
    "茄子": "qie2 zi5",
    "窨井": "yin4 jing3",
}
_DIGITS = re.compile(r"(\d+)")


def person_key(name: str) -> str:
    """Return the sort key of a person's name: its beginning is read as a surname."""
    for length in (2, 1):
        surname = name[:length]
        if surname in _SURNAMES:
            family = map(_spelled, surname, _SURNAMES[surname].split())
            return _join([*family, *_syllables(name[length:])])
    return name_key(name)


def name_key(name: str) -> str:
    """Return the sort key of the name of a unit or a place."""
    return _join(_syllables(name))


def key_default(spell: Callable[[str], str]) -> Callable[[Any], str]:
    """Return the default of a key column: for each inserted row the key of its name."""

    def default(context: Any) -> str:
        return spell(context.get_current_parameters()["name"])

    return default


def _join(parts: list[str]) -> str:
    return "".join(parts)[:MAX_KEY]


def readings(text: str) -> Iterator[tuple[str, str]]:
    """Yield each character of a text with its syllable and tone; '' for one without."""
    while text:
        word = next((word for word in _WORDS if text.startswith(word)), None)
        if word is None:
            yield text[0], _reading(text[0])
        else:
            yield from zip(word, _WORDS[word].split(), strict=True)
        text = text[len(word or text[0]) :]


def _syllables(name: str) -> list[str]:
    """Return the parts of a key: a number by its value, any other character by its syllable."""
    parts: list[str] = []
    for piece in _DIGITS.split(fold(name).replace(" ", "")):
        if _DIGITS.fullmatch(piece):
            parts.append(str(int(piece)).zfill(8))
        else:
            parts += [_spelled(character, syllable) for character, syllable in readings(piece)]
    return parts


def _reading(character: str) -> str:
    if character.isascii():
        return ""
    (syllable,) = _pypinyin.lazy_pinyin(character, style=_pypinyin.Style.TONE3)
    return "" if syllable == character else str(syllable)


def _spelled(character: str, syllable: str) -> str:
    """Return a character behind its syllable; a bar sorts behind every Latin letter."""
    return f"|{syllable}{character}" if syllable else character
