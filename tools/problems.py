"""Writes docs/problems.md from the catalogue: `python -m tools.problems`."""

from __future__ import annotations

from pathlib import Path

from inspect_server.core.problems import CATALOGUE

HEAD = """# Problems

Every refusal is an RFC 9457 document; `type` is `/problems/<slug>`, a page a running server shows.
This table is written by `python -m tools.problems`.

| slug | status | 标题 | meaning | 怎么办 | retry |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Write the table."""
    rows = [
        f"| `{slug}` | {kind.status} | {kind.title} | {(kind.__doc__ or '').strip()} "
        f"| {kind.advice} | {'yes' if kind.retryable else 'no'} |\n"
        for slug, kind in sorted(CATALOGUE.items())
    ]
    page = Path(__file__).parent.parent / "docs" / "problems.md"
    page.write_text(HEAD + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
