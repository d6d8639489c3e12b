"""Texts as people type them 文字: names are taken as they are written, and found however typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.fields import Line
from schemas.register_entries import Code
from schemas.texts import RADICALS, fold, half_width, one_line, says_nothing, unwanted

NAMES = {
    "an ideographic blank": ("张　三", "张 三"),
    "a no-break blank": ("张\xa0三", "张 三"),
    "narrow blanks": ("张\u2009\u202f三", "张 三"),
    "a blank letter": ("张\u3164三", "张 三"),
    "blanks around": ("　张三\xa0", "张三"),
    "newer than the interpreter: extension H": ("\U00031350某", "\U00031350某"),
    "newer than the interpreter: extension I": ("\U0002ebf0某", "\U0002ebf0某"),
    "newer than the interpreter: extension J": ("\U000323b0某", "\U000323b0某"),
    "private use": ("\ue000某", "\ue000某"),
    "supplementary private use": ("\U000f0000某", "\U000f0000某"),
    "a variation of an ideograph": ("葛\U000e0100某", "葛\U000e0100某"),
    "a rare ideograph": ("𤋮", "𤋮"),
    "an emoji": ("一号😀", "一号😀"),
    "a middle dot": ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
}


@pytest.mark.parametrize(("typed", "kept"), NAMES.values(), ids=NAMES)
def test_a_name_is_taken_with_plain_blanks(typed: str, kept: str) -> None:
    assert Line(64, shortest=1).deserialize(typed) == kept


@pytest.mark.parametrize(
    "sign",
    ["\n", "\t", "\x00", "\x1b", "\x85", "\u2028", "\u200b", "\u200d", "\u202e", "\xad", "\ufeff"]
    + ["\U000e0041", "\ufffe", "\U0001ffff"],
    ids=lambda sign: f"U+{ord(sign):04X}",
)
def test_what_nobody_sees_is_refused_by_its_place_and_code(sign: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Line(64, shortest=1).deserialize(f"张{sign}三")
    said = str(refused.value)
    if sign == "\x00":
        assert "不能含空字符" in said
    assert "第 2 个字" in said
    assert f"U+{ord(sign):04X}" in said


@pytest.mark.parametrize("typed", ["　", "\xa0 \u2003", "\u3164"], ids=ascii)
def test_blanks_alone_are_no_name(typed: str) -> None:
    with pytest.raises(ValidationError):
        Line(64, shortest=1).deserialize(typed)


def test_a_code_is_kept_half_width() -> None:
    assert Code().deserialize("Ｖ－００１") == "V-001"


@given(st.text())
def test_a_line_is_normalised_once(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Mn"]), min_size=1))
def test_every_letter_digit_and_sign_is_wanted(text: str) -> None:
    hidden = [sign for sign in text if unwanted(sign)]
    assert all(ord(sign) == 0x34F or 0x17B4 <= ord(sign) <= 0x17B5 for sign in hidden)


@given(st.characters(categories=["Cf", "Cc"]))
def test_every_control_and_format_character_is_unwanted(sign: str) -> None:
    assert unwanted(sign) == (1, f"U+{ord(sign):04X}")


@pytest.mark.parametrize("text", [None, "", "　", "\u200b", "\u200b \ufeff\n", "\u3164"], ids=ascii)
def test_a_reason_of_nothing_says_nothing(text: str | None) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["0", "。", "😀", "\ue000"], ids=ascii)
def test_a_reason_of_one_sign_says_something(text: str) -> None:
    assert not says_nothing(text)


FOLDED = {
    "a Kangxi radical": ("⼗堰⼈⺠", "十堰人民"),
    "a radical of the supplement": ("⻘年⻓", "青年长"),
    "a compatibility ideograph": ("\uf9d1", "六"),
    "full-width letters and digits": ("ＡＢ１２", "ab12"),
    "a zero-width mark": ("井\u200b盖", "井盖"),
    "a variation selector": ("葛\U000e0100", "葛"),
    "a soft hyphen": ("cov\xader", "cover"),
    "a squared unit": ("3㎡", "3m2"),
    "blanks": ("　人民 \n 路\xa0", "人民 路"),
    "letters of two cases": ("Straße STRASSE", "strasse strasse"),
}


@pytest.mark.parametrize(("typed", "folded"), FOLDED.values(), ids=FOLDED)
def test_a_search_reads_what_looks_the_same_alike(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_every_radical_is_folded_to_an_ideograph() -> None:
    blocks = [chr(code) for code in range(0x2E80, 0x2FD6) if unicodedata.name(chr(code), "")]
    left = [sign for sign in blocks if 0x2E80 <= ord(fold(sign)) < 0x2FD6]
    # The one radical that no ideograph is drawn like.
    assert left == ["\u2e80"]
    assert len(RADICALS) == 132


def test_half_width_changes_nothing_but_full_width_ascii() -> None:
    assert half_width("（ＡＢ１）！　㎡") == "(AB1)!　㎡"
