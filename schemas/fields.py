"""Parts of all schemas: strict JSON, fields for moments, enumerations, texts and hashes, and how
a schema loads a dataclass.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol, cast

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from schemas.city import SHANGHAI
from schemas.texts import one_line, unwanted
from schemas.vocabulary import LabelledEnum

# --- JSON as RFC 8259 has it: no NaN, no Infinity, no depth without end --------------------------

# No document of the product is nested deeper than ten levels.
MAX_NESTING = 100


def read_json(text: str) -> Any:
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


# --- fields --------------------------------------------------------------------------------------


class Moment(fields.AwareDateTime):
    """A moment with its zone; UTC inside, `…Z` outside. A naive one is refused."""

    def __init__(self, **kwargs: Any) -> None:
        """ISO 8601 only."""
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment: datetime = super()._deserialize(value, attr, data, **kwargs)
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type="datetime") from error

    def _serialize(
        self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any
    ) -> str | None:
        return None if value is None else zulu(value)


class EnumField(fields.Field[LabelledEnum]):
    """A value of an enumeration 枚举值."""

    def __init__(self, enumeration: type[LabelledEnum], **kwargs: Any) -> None:
        """The API description shows the values of the enumeration."""
        metadata = {"type": "string", "enum": [member.value for member in enumeration]}
        super().__init__(metadata=metadata | kwargs.pop("metadata", {}), **kwargs)
        self.enumeration = enumeration

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> LabelledEnum:
        member = self.enumeration._value2member_map_.get(value) if isinstance(value, str) else None
        if member is None:
            values = ", ".join(one.value for one in self.enumeration)
            raise ValidationError(f"应为 {values} 之一")
        return cast(LabelledEnum, member)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)


def sha256(**kwargs: Any) -> fields.String:
    """A SHA-256 in lowercase hex."""
    return fields.String(validate=validate.Regexp(r"\A[0-9a-f]{64}\Z"), **kwargs)


def text_field(longest: int, *, shortest: int = 0, **kwargs: Any) -> fields.String:
    """A text of at most `longest` characters that every database can store."""
    length = validate.Length(min=shortest, max=longest)
    return fields.String(validate=[length, is_text], **kwargs)


def version_field(*, minimum: int = 0, **kwargs: Any) -> fields.Integer:
    """A version 版本 of an entity that somebody saw: a number that every database can compare."""
    within = validate.Range(min=minimum, max=2**31 - 1)
    return fields.Integer(strict=True, validate=within, **kwargs)


def is_text(value: str) -> None:
    """Refuse what a database cannot store as text: a NUL, half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValidationError("不是有效的文字") from None
    if "\x00" in value:
        raise ValidationError("不能含空字符")


class Line(fields.String):
    """One line of text as people write it in a table or a form: trimmed, with plain blanks.

    Control and format characters are refused; every character of a name is taken, however new.
    """

    def __init__(self, longest: int, *, shortest: int = 0, **kwargs: Any) -> None:
        """`shortest` 1 means that something has to stand there."""
        length = validate.Length(
            min=shortest,
            max=longest,
            error=f"不能超过 {longest} 个字" if not shortest else f"应为 1 至 {longest} 个字",
        )
        super().__init__(validate=[length, is_text, _is_one_line], **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = one_line(super()._deserialize(value, attr, data, **kwargs))
        return None if self.allow_none and not text else text

    def _validate(self, value: Any) -> None:
        if value is not None:
            super()._validate(value)


def _is_one_line(value: str) -> None:
    character = unwanted(value)
    if character is not None:
        place, name = character
        raise ValidationError(f"第 {place} 个字是换行或看不见的字符（{name}），请删去")


def zulu(moment: datetime) -> str:
    """Write a moment as the wire does: UTC with `Z`, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Numbered(Protocol):
    """What the number of a case is made of."""

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""

    @property
    def serial(self) -> int:
        """Its place in the order of all cases."""


def case_number(case: Numbered) -> str:
    """Return the case number 案卷编号: the Shanghai day it was opened, and its serial."""
    return f"{case.opened_at.astimezone(SHANGHAI):%Y%m%d}-{case.serial:06d}"


class Form(Schema):
    """A request body: unknown fields are refused, and it loads into its `shape`."""

    shape: ClassVar[type]
    # The name in the API description, where it is not the name of the class.
    component: ClassVar[str]

    class Meta:
        """Refuse unknown fields."""

        unknown = RAISE

    @post_load
    def make(self, data: Mapping[str, Any], **_: Any) -> Any:
        """Turn the loaded mapping into the frozen dataclass beside the schema."""
        return self.shape(**data)
