"""Texts as people type them 文字: one line for a register, and the folded form for searching. Pure.

Kinds of characters are ranges of code points, not properties of the interpreter's Unicode: a
character in a person's name may be newer than the interpreter.
"""

from __future__ import annotations

import re
import unicodedata

# What looks like a blank: white space, and letters that are drawn as nothing. The inside of a
# character class, written as both Python and JavaScript read it.
BLANKS = (
    r"\t-\r\x1c-\x20\x85\xa0\u115f\u1160\u1680\u2000-\u200a\u2028\u2029"
    r"\u202f\u205f\u2800\u3000\u3164\uffa0"
)
# Control characters, line and paragraph separators.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Format characters (Cf) of Unicode 16 with the ranges that it reserves for more of them.
FORMAT_RANGES = (
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x600, 0x605),
    (0x61C, 0x61C),
    (0x6DD, 0x6DD),
    (0x70F, 0x70F),
    (0x890, 0x891),
    (0x8E2, 0x8E2),
    (0x17B4, 0x17B5),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xFEFF, 0xFEFF),
    (0xFFF0, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE00FF),
    (0xE01F0, 0xE0FFF),
)
# They choose how the character before them is drawn: part of a name, ignored by a search.
SELECTOR_RANGES = (
    (0x180B, 0x180D),
    (0x180F, 0x180F),
    (0xFE00, 0xFE0F),
    (0xE0100, 0xE01EF),
)
# No characters at all, in every version of Unicode.
_NONCHARACTER = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(f"{chr(p * 0x10000 + e)}" for p in range(17) for e in (0xFFFE, 0xFFFF))
    + "]"
)

# CJK radicals and strokes, and the ideographs that they are drawn as: Unicode's
# Equivalent_Unified_Ideograph, without those that compatibility normalization knows (Kangxi).
RADICALS = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮"
    "⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚"
    "⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲㇆㇏㇐㇑㇒㇓㇔㇕㇖㇗㇘㇙㇚㇛㇜㇝㇞㇟㇠㇡"
)
IDEOGRAPHS = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗"
    "糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页"
    "风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀𠃌乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎"
)


def _ranges(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


# The inside of a character class: what a search ignores.
IGNORED = _ranges(FORMAT_RANGES + SELECTOR_RANGES)
_FORMAT = re.compile(f"[{_ranges(FORMAT_RANGES)}]")
_IGNORED = re.compile(f"[{IGNORED}]")
_BLANKS = re.compile(f"[{BLANKS}]+")
_BLANKS_OF_ONE_LINE = re.compile(f"(?:(?!{_CONTROL.pattern})[{BLANKS}])+")
_IDEOGRAPH_OF = str.maketrans(RADICALS, IDEOGRAPHS)
# Lower case ASCII and the usual ideographs: what most names consist of is folded already.
_FOLDED = re.compile("[\x21-\x40\x5b-\x7e\u4e00-\u9fff]*")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def one_line(text: str) -> str:
    """Trim a line, and write one plain blank for blanks of any kind; control characters stay."""
    return _BLANKS_OF_ONE_LINE.sub(" ", text.strip()).strip(" ")


def unwanted(text: str) -> tuple[int, str] | None:
    """Return the first character that no line of text may have: its place from 1, and its name.

    Control and format characters are seen by nobody, so a name with one is never found again.
    """
    for pattern in (_CONTROL, _FORMAT, _NONCHARACTER):
        match = pattern.search(text)
        if match is not None:
            return match.start() + 1, f"U+{ord(match[0]):04X}"
    return None


def half_width(text: str) -> str:
    """Write full-width ASCII letters, digits and signs the usual way."""
    return text.translate(_HALF_WIDTH)


def fold(text: str) -> str:
    """Write a text the way it is searched and compared.

    Compatibility characters and radicals become the usual ones, what cannot be seen is left
    out, upper and lower case are the same, and one blank stands for blanks of any kind.
    """
    if _FOLDED.fullmatch(text):
        return text
    usual = unicodedata.normalize("NFKC", text.translate(_IDEOGRAPH_OF))
    caseless = _IGNORED.sub("", usual).upper().lower().replace("ς", "σ")
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", caseless)).strip(" ")


def says_nothing(text: str | None) -> bool:
    """Whether a text has nothing that a person could read: none, blanks, format characters."""
    return not text or not fold(text)


# Small letters of other scripts, and digits, that are drawn as the Latin letter.
_LOOK_ALIKES = {
    "a": "\u0430\u03b1\u0251",
    "b": "\u0432",
    "c": "\u0441",
    "d": "\u0501",
    "e": "\u0435",
    "g": "\u0261",
    "h": "\u043d\u04bb",
    "i": "\u0456\u03b9\u0131",
    "j": "\u0458",
    "k": "\u043a\u03ba",
    "l": "\u04cf1|",
    "m": "\u043c",
    "o": "\u043e\u03bf0\u3007",
    "p": "\u0440\u03c1",
    "s": "\u0455",
    "t": "\u0442\u03c4",
    "u": "\u03c5",
    "v": "\u03bd",
    "x": "\u0445",
    "y": "\u0443",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc",
}
_LATIN_OF = str.maketrans({sign: to for to, signs in _LOOK_ALIKES.items() for sign in signs})


def login_key(login: str) -> str:
    """Return the form in which logins are compared: upper and lower case are the same."""
    return fold(login).replace(" ", "")


def look_alike_key(login: str) -> str:
    """Return what two logins have in common that a person takes for the same."""
    return login_key(login).translate(_LATIN_OF)
