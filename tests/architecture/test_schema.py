"""The migrations and the models describe the same schema, on both databases."""

from __future__ import annotations

import re

import sqlalchemy as sa

from inspect_server.core import migrate
from inspect_server.models import Base


def test_the_migrations_create_the_schema_of_the_models(database_url: str) -> None:
    engine = migrate.open_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert migrate.differences(connection) == []
    engine.dispose()


def test_the_database_accepts_exactly_the_values_of_each_enum(database_url: str) -> None:
    engine = migrate.open_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    inspector = sa.inspect(engine)
    for table in Base.metadata.sorted_tables:
        checks = {c["name"]: c["sqltext"] for c in inspector.get_check_constraints(table.name)}
        for column in table.columns:
            if isinstance(column.type, sa.Enum):
                taken = re.findall("'([^']+)'", checks[f"ck_{table.name}_{column.type.name}"])
                assert sorted(taken) == sorted(column.type.enums), f"{table.name}.{column.name}"
    engine.dispose()
