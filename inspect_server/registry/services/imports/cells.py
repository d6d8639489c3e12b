"""How one cell of a table is read into a value, and a value is written into a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inspect_server.core.sentences import sentence
from inspect_server.registry.reference import Reference
from inspect_server.registry.services.imports.shapes import InvalidCell
from schemas.texts import fold
from schemas.vocabulary import LabelledEnum

YES = ("是", "启用", "在用", "y", "yes", "true", "1")
NO = ("否", "停用", "n", "no", "false", "0")
_BETWEEN_DUTIES = re.compile("[、;；,，]")


def choice(
    enumeration: type[LabelledEnum], everyday: Mapping[Any, Sequence[str]]
) -> Callable[[Reference, str], str]:
    """Read a value of an enumeration by its Chinese or English label, or an everyday name."""
    named = {
        fold(name): member.value
        for member in enumeration
        for name in (member.value, member.zh, member.en, *everyday.get(member, ()))
    }

    def read_choice(_reference: Reference, cell: str) -> str:
        value = named.get(fold(cell))
        if value is None:
            raise InvalidCell(
                sentence(
                    "“{cell}”不能识别，应为 {choices} 之一",
                    cell=cell,
                    choices="、".join(member.zh for member in enumeration),
                )
            )
        return value

    return read_choice


def label(enumeration: type[LabelledEnum]) -> Callable[[Reference, Any], str]:
    """Write a value of an enumeration by its Chinese label."""
    return lambda _reference, value: (
        enumeration(value).zh if value in set(enumeration) else str(value)
    )


def on_or_off(_reference: Reference, cell: str) -> bool:
    """Read 启用 or 停用 in the words people use for it."""
    answer = fold(cell)
    if answer in YES:
        return True
    if answer in NO:
        return False
    raise InvalidCell(sentence("“{cell}”不能识别，应为 启用 或 停用", cell=cell))


def on_or_off_label(_reference: Reference, value: Any) -> str:
    """Write 启用 or 停用."""
    return "启用" if value else "停用"


def number(_reference: Reference, cell: str) -> float:
    """Read a number."""
    try:
        return float(fold(cell))
    except ValueError:
        raise InvalidCell(sentence("“{cell}”不是数字", cell=cell)) from None


def entry_named(
    table: Callable[[Reference], Mapping[Any, Any]],
    noun: str,
) -> Callable[[Reference, str], Any]:
    """Read a reference to an entry by its code, or by a name that only one has."""
    # Of the edition read last, by itself: another database may count its editions alike.
    last_read: list[tuple[Reference, dict[str, Any], dict[str, list[Any]]]] = []

    def by_code_and_name(reference: Reference) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        last = last_read[-1] if last_read else None
        if last is None or last[0] is not reference:
            codes: dict[str, Any] = {}
            names: dict[str, list[Any]] = {}
            for key, row in table(reference).items():
                codes[fold(str(row.code))] = key
                names.setdefault(fold(row.name), []).append(key)
            last = (reference, codes, names)
            last_read[:] = [last]
        return last[1:]

    def read_reference(reference: Reference, cell: str) -> Any:
        codes, names = by_code_and_name(reference)
        key = codes.get(fold(cell))
        if key is None:
            keys = names.get(fold(cell), [])
            if len(keys) > 1:
                raise InvalidCell(
                    sentence(
                        "有 {count} 个{noun}叫“{cell}”，请改填编码",
                        count=len(keys),
                        noun=noun,
                        cell=cell,
                    )
                )
            if not keys:
                raise InvalidCell(
                    sentence(
                        "没有叫“{cell}”的{noun}；请核对名称，或先在名册中添加", cell=cell, noun=noun
                    )
                )
            key = keys[0]
        return str(key)

    return read_reference


def code_of(table: Callable[[Reference], Mapping[Any, Any]]) -> Callable[[Reference, Any], str]:
    """Write a reference to an entry as its code."""

    def write_code(reference: Reference, value: Any) -> str:
        row = table(reference).get(value) if value is not None else None
        return str(row.code) if row is not None else ""

    return write_code


def name_of(table: Callable[[Reference], Mapping[Any, Any]]) -> Callable[[Reference, Any], str]:
    """Write a reference to an entry as its name."""

    def write_name(reference: Reference, value: Any) -> str:
        row = table(reference).get(value) if value is not None else None
        return str(row.name) if row is not None else ""

    return write_name


def duties(_reference: Reference, cell: str) -> list[str]:
    """Read the duties of a shop 三包, separated by any usual punctuation."""
    return [duty.strip() for duty in _BETWEEN_DUTIES.split(cell) if duty.strip()]
