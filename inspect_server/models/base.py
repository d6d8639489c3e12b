"""The base of all models and the column types they share; imports SQLAlchemy only."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.processors import str_to_datetime_processor_factory
from sqlalchemy.orm import DeclarativeBase

from schemas.vocabulary import LabelledEnum

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all tables: one metadata, one naming convention."""

    metadata = sa.MetaData(naming_convention=NAMING)


# The format in which SQLAlchemy stores a moment in SQLite.
_SQLITE_TEXT = re.compile(r"(\d+)-(\d+)-(\d+)(?: (\d+):(\d+):(\d+)(?:\.(\d+))?)?")


class Instant(sa.types.TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, without zone in SQLite, `timestamptz` in PostgreSQL."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Give PostgreSQL its own zoned type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.DateTime())

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        """Leave PostgreSQL's driver alone: it writes the zone. SQLite gets UTC without zone."""
        if dialect.name == "postgresql":
            return self.impl_instance.bind_processor(dialect)
        return super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a naive moment: nobody can say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read what SQLite keeps as text into aware moments; PostgreSQL's driver gives them.

        No call of ours for each value: a row of a task has eighteen.
        """
        if dialect.name == "sqlite":
            return str_to_datetime_processor_factory(_SQLITE_TEXT, partial(datetime, tzinfo=UTC))
        return self.impl_instance.result_processor(dialect, coltype)


# none_as_null: an absent document is SQL NULL, not the JSON value `null`. In PostgreSQL it is
# `json`, not `jsonb`: what a phone sent is stored verbatim, including `\u0000`.
Document = sa.JSON(none_as_null=True)
# SQLite counts upwards by itself only for the type spelled INTEGER.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def one_of(enumeration: type[LabelledEnum], name: str | None = None) -> sa.Enum:
    """Return a column type for the values of an enumeration, checked by the database.

    `name` is the name of the check where it is not that of the enumeration: a table may have two
    columns of one enumeration, and a renamed enumeration keeps its check.
    """
    return sa.Enum(
        enumeration,
        native_enum=False,
        length=32,
        create_constraint=True,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
        name=name or enumeration.__name__.lower(),
    )
