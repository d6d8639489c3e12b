"""The name of a test is the same in every process and at every time.

Parallel runners that collect different names run nothing at all. Raw bytes in a
name cause that: a zip written at import contains the second it was written in.
"""

from __future__ import annotations

import re

import pytest

# How raw bytes appear in a name; text of any language is escaped in other ways.
BYTES = re.compile(r"\\x[01]")


def test_no_test_is_named_after_raw_bytes(request: pytest.FixtureRequest) -> None:
    odd = [item.nodeid for item in request.session.items if BYTES.search(item.nodeid)]
    assert not odd, "give these cases ids of their own"
