"""A problem on the wire (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import INCLUDE, Schema, fields

from schemas.wording import in_chinese


class ProblemSchema(Schema):
    """What went wrong and what to do; the same object sits inside a receipt."""

    class Meta:
        """Some problems say more: `server`, `reason`."""

        unknown = INCLUDE

    type = fields.String()
    slug = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String()
    retryable = fields.Boolean()
    retry_after = fields.Integer()
    errors = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))


def pointers(messages: Any, at: str = "") -> Iterator[dict[str, str]]:
    """Flatten marshmallow's messages into RFC 9457 pointers, in Chinese."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from pointers(inner, at if key == "_schema" else f"{at}/{key}")
    elif isinstance(messages, list):
        for inner in messages:
            yield from pointers(inner, at)
    else:
        yield {"pointer": at or "/", "detail": in_chinese(str(messages))}
