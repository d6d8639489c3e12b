"""What spreadsheets make of codes 表格软件改动: damaged copies are recognised, other codes not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspect_server.registry.formats.tables import EXACT_DIGITS, Cell, CellKind
from inspect_server.registry.rules.damage import (
    damage_keys,
    damage_of_code,
    damage_of_text,
    is_damaged_copy,
)

DIGITS = st.text("0123456789", min_size=1, max_size=20)
LONG = st.from_regex(r"[1-9][0-9]{15,19}", fullmatch=True)


@given(st.from_regex(r"0{1,5}[1-9][0-9]{0,14}", fullmatch=True))
def test_a_code_without_its_zeros_is_recognised(code: str) -> None:
    damaged = code.lstrip("0")
    assert is_damaged_copy(damaged, code)
    assert set(damage_keys(damaged)) & set(damage_keys(code))
    assert code in (damage_of_code(damaged, [code]) or "")


@given(LONG)
def test_a_code_without_its_last_digits_is_recognised(code: str) -> None:
    damaged = code[:EXACT_DIGITS] + "0" * (len(code) - EXACT_DIGITS)
    if damaged != code:
        assert is_damaged_copy(damaged, code)
        assert set(damage_keys(damaged)) & set(damage_keys(code))


@given(DIGITS, DIGITS)
def test_a_code_is_no_copy_of_a_shorter_or_another_one(code: str, other: str) -> None:
    if int(code) != int(other) and max(len(code), len(other)) <= EXACT_DIGITS:
        assert not is_damaged_copy(code, other)
    if len(code) > len(other):
        assert not is_damaged_copy(code, other)


@given(st.text(min_size=1, max_size=20))
def test_a_text_stays_a_text(text: str) -> None:
    if "E" not in text.upper():
        assert damage_of_text(Cell(text)) is None


@given(st.sampled_from([CellKind.DATE, CellKind.ERROR, CellKind.BOOLEAN]), st.text(max_size=9))
def test_what_is_no_text_is_refused(kind: CellKind, text: str) -> None:
    assert damage_of_text(Cell(text, kind)) is not None
