"""How searching folds texts 检索折叠: the server and both pages by one golden file.

With INSPECT_GOLDEN=write the file is written anew and the test fails.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from schemas.texts import RADICALS, fold

GOLDEN = Path(__file__).parent / "golden" / "folded_texts.json"
TEXTS = (
    "⼗堰⼈⺠⻘年⻓",
    "ＡＢ１２ ａｂ",
    "井\u200b盖\ufeff",
    "葛\U000e0100",
    "　人民 \n 路\xa0",
    "Straße STRASSE",
    "ΑΣ ας",
    "İstanbul ı",
    "3㎡ ㈱ ① Ⅷ",
    "ﾊﾝｶｸ",
    "e\u0301 é",
    "\U00031350\ue000😀",
    "👨\u200d👩",
    RADICALS,
)
# Blocks in which no version of Unicode still adds characters that are folded.
RANGES = (
    (0x0, 0x24F),
    (0x370, 0x3FF),
    (0x400, 0x4FF),
    (0x1E00, 0x1FFF),
    (0x2000, 0x206F),
    (0x2100, 0x218B),
    (0x2460, 0x24FF),
    (0x2E80, 0x2FD5),
    (0x3000, 0x33FF),
    (0x4E00, 0x9FA5),
    (0xF900, 0xFAD9),
    (0xFE00, 0xFFFD),
    (0x1F100, 0x1F16F),
    (0x2F800, 0x2FA1D),
    (0xE0000, 0xE01EF),
)


def golden() -> dict[str, Any]:
    """How the server folds the texts, and a hash of what it makes of whole blocks."""
    return {
        "texts": [[text, fold(text)] for text in TEXTS],
        "ranges": [
            {"first": first, "last": last, "sha256": _hash(first, last)} for first, last in RANGES
        ],
    }


def _hash(first: int, last: int) -> str:
    folded = "\n".join(fold(chr(code)) for code in range(first, last + 1))
    return hashlib.sha256(folded.encode()).hexdigest()


def test_the_server_folds_as_the_golden_file_says() -> None:
    document = json.dumps(golden(), ensure_ascii=True, indent=1) + "\n"
    if os.environ.get("INSPECT_GOLDEN") == "write":
        GOLDEN.write_text(document, encoding="utf-8")
        pytest.fail(f"{GOLDEN.name} is written; read the difference and run again")
    assert document == GOLDEN.read_text(encoding="utf-8")
