"""What marshmallow says of a field, in Chinese: people read it in receipts and in the console."""

from __future__ import annotations

import re

# The library's own sentences with their numbers and names cut out, and ours for them.
SENTENCES: tuple[tuple[str, str], ...] = (
    (r"Missing data for required field\.", "必须填写"),
    (r"Field may not be null\.", "不能为空"),
    (r"Unknown field\.", "没有这个字段"),
    (r"Invalid value\.|Invalid type\.|Invalid input\.", "内容不对"),
    (r"Invalid input type\.|Not a valid mapping type\.", "应为一个对象"),
    (r"Not a valid list\.", "应为一个列表"),
    (r"Not a valid string\.|Not a valid utf-8 string\.", "应为文字"),
    (r"Not a valid UUID\.", "应为 UUID"),
    (r"Not a valid number\.", "应为数字"),
    (r"Not a valid integer\.", "应为整数"),
    (r"Number too large\.", "数字太大"),
    (r"Special numeric values \(nan or infinity\) are not permitted\.", "应为有限的数字"),
    (r"Not a valid boolean\.", "应为 true 或 false"),
    (r"Not a valid date\.", "应为日期，如 2026-04-01"),
    (r"Not a valid time\.", "应为时刻，如 08:30"),
    (r"Not a valid datetime\.", "应为带时区的时间，如 2026-04-01T08:30:00+08:00"),
    (r"Not a valid aware datetime\.", "时间须带时区，如 +08:00"),
    (r"Length must be between (\S+) and (\S+)\.", r"长度应为 \1 到 \2"),
    (r"Length must be (\S+)\.", r"长度应为 \1"),
    (r"Longer than maximum length (\S+)\.", r"最多 \1 个"),
    (r"Shorter than minimum length (\S+)\.", r"至少 \1 个"),
    (
        r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.",
        r"应在 \1 到 \2 之间",
    ),
    (r"Must be greater than or equal to (\S+)\.", r"不能小于 \1"),
    (r"Must be greater than (\S+)\.", r"应大于 \1"),
    (r"Must be less than or equal to (\S+)\.", r"不能大于 \1"),
    (r"Must be less than (\S+)\.", r"应小于 \1"),
    (r"Must be one of: (.+)\.", r"应为 \1 之一"),
    (r"Must be equal to (.+)\.", r"应为 \1"),
    (r"String does not match expected pattern\.", "格式不对"),
)
_PATTERNS = [(re.compile(pattern), ours) for pattern, ours in SENTENCES]


def in_chinese(sentence: str) -> str:
    """Say in Chinese what the library says; what is no sentence of its own stays as it is."""
    for pattern, ours in _PATTERNS:
        match = pattern.fullmatch(sentence)
        if match:
            return match.expand(ours)
    return sentence
