"""Canonical JSON: the same content has the same text and the same digest, whoever wrote it."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def digest_of(raw: Any) -> str:
    """Hash an op's content: canonical JSON without its clock (DESIGN §4)."""
    content = {k: v for k, v in raw.items() if k != "clock"} if isinstance(raw, dict) else raw
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
