"""Telephone numbers in free text 电话号码: how people write them, and how they are masked. Pure.

The text is first written plainly: one ASCII digit for every decimal digit, one blank, hyphen or
dot for all of their kind, nothing for what cannot be seen. The patterns are looked for in that,
and the match is replaced in the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MASKED_MOBILE = "1**********"
MASKED_LANDLINE = "0**********"

# Written before a number: +86, 0086, 86, each also in brackets.
_CHINA = r"(?:\(?(?:\+ ?|00)?86\)?[ \-.]{0,3})?"
# Between two groups of a number: up to three blanks, hyphens and brackets, or dots as well.
_SIGN = r"[ \-_/()]"
_GAP = _SIGN + r"{0,3}"
_DOTTED_GAP = r"[ \-]?\.[ \-.]{0,2}"
_THREE_GROUPS = ((3, 4, 4), (4, 4, 3), (3, 3, 5))
_TWO_GROUPS = ((3, 8), (5, 6), (4, 7), (7, 4), (6, 5), (8, 3))
_CHINESE_DIGITS = str.maketrans(
    "〇零○一壹幺二贰三叁四肆五伍六陆七柒八捌九玖", "0001112233445566778899"
)
_DIGIT = re.compile(r"\d")
_CHINESE_DIGIT = re.compile("[〇零○一壹幺二贰三叁四肆五伍六陆七柒八捌九玖]")
# Of an area code and a number of seven digits; mobile numbers have eleven.
FEWEST_DIGITS = 10
_DOTS = "·•‧∙⋅・･。．｡﹒"
_SIGNS = str.maketrans(dict.fromkeys(_DOTS, ".") | {"（": "(", "）": ")", "＋": "+", "﹢": "+"})
# Drawn around or after the character before it: the frame of a keycap, variation selectors.
_DRAWN_OVER = {0x20E3, *range(0xFE00, 0xFE10)}


def _grouped(sizes: tuple[int, ...], *gaps: str) -> str:
    first, *others = sizes
    groups = [rf"1[3-9]\d{{{first - 2}}}", *(rf"\d{{{size}}}" for size in others)]
    return groups[0] + "".join(gap + group for gap, group in zip(gaps, groups[1:], strict=True))


# In one piece, digit by digit, or in groups. The last dot alone is a decimal point.
_MOBILE = re.compile(
    rf"(?<!\d)(?P<prefix>{_CHINA})(?P<number>1[3-9]\d{{9}}|1[ \-.][3-9](?:[ \-.]\d){{9}}|"
    + "|".join(
        [_grouped(sizes, _GAP, _GAP) for sizes in _THREE_GROUPS]
        + [_grouped(sizes, _DOTTED_GAP, r"[ \-.]{1,3}") for sizes in _THREE_GROUPS]
        + [_grouped(sizes, _SIGN + r"{1,3}") for sizes in _TWO_GROUPS]
    )
    + r")(?!\d)"
)
_AREA = r"(?:10|2\d|[3-9]\d{2})"
_SUBSCRIBER = r"[2-8]\d{2,3}[ \-]?\d{4}"
_LANDLINE = re.compile(
    rf"(?<!\d)(?:\(0{_AREA}\)[ \-]{{0,3}}{_SUBSCRIBER}|0{_AREA} ?-{{1,2}} ?{_SUBSCRIBER}"
    rf"|\(?(?:\+ ?|00)86\)?[ \-.]{{0,3}}\(?0?{_AREA}\)?[ \-.]{{0,3}}{_SUBSCRIBER})(?!\d)"
)

# Words directly before a number that make it something else.
_OTHER_NUMBER = re.compile(
    r"(?:编号|编码|序列号|序号|表号|户号|箱号|杆号|单号|批号|条码|条形码|资产号|出厂号|许可证号"
    r"|案号|设备号|读数|示数|表底|S/?N)[为是:： #.\-]{0,3}\Z",
    re.IGNORECASE,
)
_PRICE_BEFORE = re.compile(
    r"(?:[¥￥$€]|RMB|CNY|金额|单价|总价|价格|造价|预算)[为是:： ]{0,3}\Z", re.I
)
_UNIT_AFTER = re.compile(
    r" ?(?:元(?!先生|女士|师傅|老师|经理)|万元|亿元|千瓦时|kWh|度|吨|立方|平方|m³|m3|㎡)",
    re.IGNORECASE,
)
_DECIMALS_AFTER = re.compile(r"\.\d")
# A Latin word that touches a number makes it a serial number, except these.
_LATIN_BEFORE = re.compile(r"([A-Za-z]+)[\-_]?\Z")
_TELEPHONE_WORDS = frozenset(
    {"tel", "telephone", "phone", "mobile", "mob", "cell", "call", "ph", "hp"}
    | {"wx", "vx", "v", "weixin", "wechat", "qq", "sj", "dh", "sms", "whatsapp"}
)
# A group of digits of the same number before it, as in the number of a bank card.
_GROUP_BEFORE = re.compile(r"\d([ \-.])\Z")


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text written plainly, and which character of the text each of its own comes from."""

    text: str
    origins: list[int]


def _plain(text: str, *, chinese: bool) -> _Plain:
    characters: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        plain = _plain_character(character, chinese=chinese)
        if plain:
            characters.append(plain)
            origins.append(place)
    return _Plain("".join(characters), origins)


def _plain_character(character: str, *, chinese: bool) -> str:
    if chinese:
        # Digits of the other kind end a number.
        character = "#" if character.isdecimal() else character.translate(_CHINESE_DIGITS)
    if character.isascii():
        return " " if character == "\t" else character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if category == "Cf" or ord(character) in _DRAWN_OVER:
        return ""
    if category == "Zs":
        return " "
    if category == "Pd" or character in "−⁃﹣ー～":
        return "-"
    plain = character.translate(_SIGNS)
    if plain.isascii():
        return plain
    # Latin letters too are typed full-width.
    compatible = unicodedata.normalize("NFKC", character)
    return compatible if len(compatible) == 1 and compatible.isalpha() else character


def without_telephones(text: str | None) -> str | None:
    """Return a text with every telephone number made unreadable.

    Serial numbers, meter readings and prices stay. A number that could be either is masked:
    the text goes outside.
    """
    if not text:
        return text
    # Most texts have too few digits for a number: an export reads hundreds of thousands of them.
    if len(_DIGIT.findall(text)) >= FEWEST_DIGITS:
        text = _masked(text, chinese=False)
    if len(_CHINESE_DIGIT.findall(text)) >= FEWEST_DIGITS:
        text = _masked(text, chinese=True)
    return text


def _masked(text: str, *, chinese: bool) -> str:
    plain = _plain(text, chinese=chinese)
    spans: list[tuple[int, int, str]] = []
    end = 0
    while match := _MOBILE.search(plain.text, end):
        if _is_telephone(plain.text, match, end if spans else -1):
            spans.append((match.start("number"), match.end(), MASKED_MOBILE))
            end = match.end()
        else:
            end = match.start("number") + 1
    landlines = [
        (match.start(), match.end(), MASKED_LANDLINE)
        for match in _LANDLINE.finditer(plain.text)
        if not _OTHER_NUMBER.search(plain.text, 0, match.start())
        and not any(start < match.end() and match.start() < stop for start, stop, _ in spans)
    ]
    for start, stop, mask in sorted(spans + landlines, reverse=True):
        after = plain.origins[stop - 1] + 1
        while after < len(text) and ord(text[after]) in _DRAWN_OVER:
            after += 1
        text = text[: plain.origins[start]] + mask + text[after:]
    return text


def _is_telephone(text: str, match: re.Match[str], masked_to: int) -> bool:
    """Whether what looks like a mobile number is one; `masked_to` is where the last one ended."""
    start, number = match.start(), match["number"]
    has_prefix = bool(match["prefix"])
    if _OTHER_NUMBER.search(text, 0, start) or _PRICE_BEFORE.search(text, 0, start):
        return False
    if not has_prefix and number.isdecimal():
        if _UNIT_AFTER.match(text, match.end()) or _DECIMALS_AFTER.match(text, match.end()):
            return False
        word = _LATIN_BEFORE.search(text, 0, start)
        return word is None or word[1].lower() in _TELEPHONE_WORDS
    group = _GROUP_BEFORE.search(text, 0, start)
    if group is not None and not has_prefix and masked_to != start - 1:
        # The groups go on to the left with the same sign: a longer number.
        return group[1] == " " and not _is_card(text, start)
    word = _LATIN_BEFORE.search(text, 0, start)
    return word is None or has_prefix or word[1].lower() in _TELEPHONE_WORDS


def _is_card(text: str, start: int) -> bool:
    """Whether groups of four digits stand before, as in the number of a bank card."""
    return re.search(r"(?<!\d)\d{4} (?:\d{4} )*\Z", text[:start]) is not None
