"""JSON as RFC 8259 has it: no NaN, no Infinity, no depth without end; and the digest of a content.

Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

# Nothing we speak of is nested deeper than ten levels.
MAX_NESTING = 100


def read(text: str) -> Any:
    """Read JSON that can be written again as it is; raises ValueError for anything else."""
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply to be read") from None
    if _is_deeper_than(MAX_NESTING, value):
        raise ValueError(f"nested deeper than {MAX_NESTING} levels")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        # It would be written as Infinity.
        raise ValueError(f"{digits} is beyond any number")
    return number


def _is_deeper_than(most: int, value: Any) -> bool:
    level = [value]
    for _ in range(most):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        if not inner:
            return False
        level = inner
    return True


def digest_of(raw: Any) -> str:
    """Hash an op's content: canonical JSON without its clock (DESIGN §4)."""
    content = {k: v for k, v in raw.items() if k != "clock"} if isinstance(raw, dict) else raw
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
