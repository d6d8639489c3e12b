"""Telephone numbers 电话号码 in exports: masked however they are written, and only they."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_server.tasks.rules.telephones import MASKED_MOBILE, without_telephones

MASK = MASKED_MOBILE

# What was written, and what goes outside.
MASKED = {
    "in one piece": ("联系13812345678", f"联系{MASK}"),
    "with +86": ("+8613812345678", f"+86{MASK}"),
    "with +86 and a blank": ("+86 138 1234 5678", f"+86 {MASK}"),
    "with +86 and a hyphen": ("+86-138-1234-5678", f"+86-{MASK}"),
    "with full-width +86": ("＋８６１３８１２３４５６７８", f"＋８６{MASK}"),
    "with (+86)": ("(+86)13812345678", f"(+86){MASK}"),
    "with full-width brackets": ("（86）13812345678", f"（86）{MASK}"),
    "with 0086": ("008613812345678", f"0086{MASK}"),
    "with 0086 and hyphens": ("0086-138-1234-5678", f"0086-{MASK}"),
    "with 86 alone": ("8613812345678", f"86{MASK}"),
    "full-width digits": ("电话１３８１２３４５６７８。", f"电话{MASK}。"),
    "digits of another script": ("١٣٨١٢٣٤٥٦٧٨", MASK),
    "keycaps": ("1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", MASK),
    "Chinese digits": ("电话一三八一二三四五六七八", f"电话{MASK}"),
    "Chinese digits read aloud": ("幺三八 幺二三四 五六七八", MASK),
    "dots": ("138.1234.5678", MASK),
    "dots and blanks": ("138. 1234. 5678", MASK),
    "a dot and a hyphen": ("138.1234-5678", MASK),
    "brackets": ("+86 (138) 1234-5678", f"+86 ({MASK}"),
    "full-width brackets inside": ("（138）12345678", f"（{MASK}"),
    "low lines": ("138_1234_5678", MASK),
    "slashes": ("138/1234/5678", MASK),
    "7-4": ("1381234-5678", MASK),
    "middle dots": ("138·1234·5678", MASK),
    "two blanks": ("138  1234  5678", MASK),
    "ideographic blanks": ("138　1234　5678", MASK),
    "no-break blanks": ("138\xa01234\u202f5678", MASK),
    "en dashes": ("138–1234–5678", MASK),
    "em dashes": ("138—1234—5678", MASK),
    "double em dashes": ("138——1234——5678", MASK),
    "non-breaking hyphens": ("138‑1234‑5678", MASK),
    "minus signs": ("138−1234−5678", MASK),
    "full-width hyphens": ("138－1234－5678", MASK),
    "blank hyphen blank": ("138 - 1234 - 5678", MASK),
    "4-4-3": ("1381 2345 678", MASK),
    "4-4-3 with hyphens": ("1381-2345-678", MASK),
    "3-3-5": ("138 123 45678", MASK),
    "3-8": ("138 12345678", MASK),
    "5-6": ("13812-345678", MASK),
    "digit by digit": ("1 3 8 1 2 3 4 5 6 7 8", MASK),
    "zero-width marks": ("138\u200b1234\u200d5678", MASK),
    "a byte order mark": ("138\ufeff12345678", MASK),
    "a soft hyphen": ("138\xad1234\xad5678", MASK),
    "a direction mark": ("\u202d13812345678\u202c", f"\u202d{MASK}\u202c"),
    "two of them": ("13812345678/13912345678", f"{MASK}/{MASK}"),
    "two with a hyphen": ("13812345678-13912345678", f"{MASK}-{MASK}"),
    "two in groups": ("138-1234-5678 139-1234-5678", f"{MASK} {MASK}"),
    "after a room number": ("3栋502 13812345678", f"3栋502 {MASK}"),
    "after a room number, in groups": ("502 138 1234 5678", f"502 {MASK}"),
    "after a number in a list": ("①13812345678", f"①{MASK}"),
    "as an account": ("微信wx13812345678", f"微信wx{MASK}"),
    "after a full-width word": ("Ｔｅｌ13812345678", f"Ｔｅｌ{MASK}"),
    "after tel:": ("Tel:13812345678", f"Tel:{MASK}"),
    "after 手机号": ("手机号：13812345678", f"手机号：{MASK}"),
    "before a name": ("13812345678元师傅", f"{MASK}元师傅"),
    "at the end of a sentence": ("请打13812345678.", f"请打{MASK}."),
    "a landline": ("座机0719-8665432", "座机0**********"),
    "a landline in brackets": ("（0719）8665432", "0**********"),
    "a landline from abroad": ("+86 719 8665432", "0**********"),
}

STAYS = (
    "编号213812345678",
    "编号：13812345678",
    "SN13812345678",
    "SN-13812345678",
    "序列号 A13812345678",
    "出厂号 13812345678",
    "户号13812345678",
    "表号 001381234567",
    "表号 1381234567",
    "138123456789",
    "案卷 20261130-000001",
    "身份证 420302199001011234",
    "银行卡 6222 1381 2345 678",
    "2026-138-1234-5678",
    "电表读数 13812345.678",
    "读数 138.12345678 千瓦时",
    "水表 13812.345678",
    "13812345.678",
    "1381234.5678",
    "1381 2345.678 m³",
    "138.12345678",
    "￥13,812,345,678",
    "1 381 234 567 元",
    "IP 138.12.34.56",
    "13812345678.50",
    "造价 13812345678元",
    "共 13812345678 元",
    "￥13812345678",
    "总价：１３８１２３４５６７８",
    "单价 1,381,234.56 元",
    "110.789012, 32.629123",
    "12345 热线",
    "400-820-8820",
    "12812345678",
    "2026-11-30 10:15",
    "井盖 138 个，护栏 1234 米",
    "十堰市人民路138号1234室",
    "一三八工程",
    "",
)


@pytest.mark.parametrize(("written", "outside"), MASKED.values(), ids=MASKED)
def test_a_telephone_number_is_masked(written: str, outside: str) -> None:
    assert without_telephones(written) == outside


@pytest.mark.parametrize("written", STAYS, ids=repr)
def test_another_number_stays(written: str) -> None:
    assert without_telephones(written) == written


def test_no_text_stays_none() -> None:
    assert without_telephones(None) is None


NUMBER = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
GROUPS = st.sampled_from([(11,), (3, 4, 4), (4, 4, 3), (3, 3, 5), (3, 8)])
BLANKS = ["", " ", "  ", "　", "\xa0", "\u2009", "\u200b", "\u2060", "\ufeff"]
DASHES = ["-", "‐", "‑", "‒", "–", "—", "―", "−", "－", "﹣", " - ", "—\u200b—"]
PREFIXES = ["", "+86", "+86 ", "0086", "0086-", "＋86", "(+86)", "（+86）", "+ 86 "]
# No digits, no letters that touch the number.
AROUND = st.text("联系人张三李四，。：；（）!? \n电话手机号", max_size=8)


@st.composite
def written_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A mobile number, and one of the ways in which people write it."""
    number = draw(NUMBER)
    pieces, start = [], 0
    for size in draw(GROUPS):
        pieces.append(number[start : start + size])
        start += size
    gaps = BLANKS + DASHES if len(pieces) != 2 else [" ", "　", "-", "–", "\xa0"]
    written = draw(st.sampled_from(gaps)).join(pieces)
    if draw(st.booleans()):
        written = written.translate({ord(str(d)): 0xFF10 + d for d in range(10)})
    return number, draw(st.sampled_from(PREFIXES)) + written


def digits_in(text: str) -> str:
    """Every decimal digit of a text as ASCII, as a reader would dial it."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


@given(written_numbers(), AROUND, AROUND)
def test_no_writing_of_a_number_leaks(written: tuple[str, str], before: str, after: str) -> None:
    number, text = written
    outside = without_telephones(f"{before}{text}{after}") or ""
    assert outside.startswith(before.rstrip())
    assert outside.endswith(after)
    assert number[2:] not in digits_in(outside)
    assert MASK in outside


@given(st.lists(NUMBER, min_size=2, max_size=4), st.sampled_from(["/", "、", "，", " ", "\n"]))
def test_of_several_numbers_none_leaks(numbers: list[str], between: str) -> None:
    outside = without_telephones(between.join(numbers))
    assert outside == between.join(MASK for _ in numbers)


@given(st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=60))
def test_a_text_without_digits_stays(text: str) -> None:
    if not any(sign in text for sign in "〇零○一壹幺二贰三叁四肆五伍六陆七柒八捌九玖"):
        assert without_telephones(text) == text


@given(st.one_of(st.integers(10**11, 10**18), st.integers(0, 10**10 - 1)).map(str), AROUND)
def test_a_number_of_another_length_stays(number: str, before: str) -> None:
    if not (number.startswith("86") and len(number) == 13):
        assert without_telephones(f"{before}{number}号") == f"{before}{number}号"


@given(st.decimals(0, 10**12, places=2).map(str), st.sampled_from(["元", "度", " 吨", ""]))
def test_prices_and_readings_stay(reading: str, unit: str) -> None:
    assert without_telephones(f"读到{reading}{unit}") == f"读到{reading}{unit}"


@given(st.text(max_size=80))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = without_telephones(text)
    assert without_telephones(once) == once
