"""The name of a test is the same in every process and every second.

Parallel runners that collect different names run nothing at all. Bytes in a name are how that
happens: a zip written at import carries the second it was written in.
"""

from __future__ import annotations

import re

import pytest

# How raw bytes show in a name; words of any language are escaped in other ways.
BYTES = re.compile(r"\\x[01]")


def test_no_test_is_named_after_raw_bytes(request: pytest.FixtureRequest) -> None:
    odd = [item.nodeid for item in request.session.items if BYTES.search(item.nodeid)]
    assert not odd, "give these cases ids of their own"
