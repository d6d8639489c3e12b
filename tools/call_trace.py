"""Counts how a request walks through the product: files entered, and changes from file to file.

`python -m tools.call_trace` prints the walks of tests/architecture/test_call_trace.py, step by
step with `--steps`. A step is a call of a Python function of `schemas/`, `media/` or
`inspect_server/` between receiving a request and its answer; what libraries do in between and what
modules run while they are imported is left out.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = tuple(f"{ROOT / folder}/" for folder in ("schemas", "media", "inspect_server"))
STEPS = "--steps"
# Set for the test to print every step too.
SHOW_STEPS = "CALL_TRACE_STEPS"


@dataclass
class Trace:
    """The calls of one or more requests in order, each with its file and its function."""

    steps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def files(self) -> set[str]:
        """The distinct files that were entered."""
        return {file for file, _ in self.steps}

    @property
    def changes(self) -> int:
        """How often a step was in another file than the step before."""
        return sum(1 for _ in groupby(self.steps, key=lambda step: step[0])) - 1

    def summary(self, name: str) -> str:
        """One line with both numbers."""
        return f"{name}: {len(self.files)} files, {self.changes} changes of file"

    def lines(self) -> Iterator[str]:
        """Every stay in a file with the functions called there."""
        for file, steps in groupby(self.steps, key=lambda step: step[0]):
            yield f"  {file}: {', '.join(name for _, name in steps)}"

    def _profile(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(PRODUCT) and code.co_name != "<module>":
            self.steps.append((str(Path(code.co_filename).relative_to(ROOT)), code.co_name))


@contextmanager
def traced(app: Any) -> Iterator[Trace]:
    """Trace the requests to a WSGI application `app.wsgi_app` while the block runs."""
    trace, handle = Trace(), app.wsgi_app

    def handle_traced(environ: Any, start_response: Any) -> Iterable[bytes]:
        # A generator that an earlier request left is not to end within this one.
        gc.collect()
        gc.disable()
        sys.setprofile(trace._profile)
        try:
            answer = handle(environ, start_response)
            return list(answer)
        finally:
            sys.setprofile(None)
            gc.enable()

    app.wsgi_app = handle_traced
    try:
        yield trace
    finally:
        app.wsgi_app = handle


def main() -> int:
    """Run the test that prints the walks."""
    if STEPS in sys.argv:
        os.environ[SHOW_STEPS] = "1"
    return int(pytest.main(["-q", str(ROOT / "tests" / "architecture" / "test_call_trace.py")]))


if __name__ == "__main__":
    sys.exit(main())
