"""The migrations and the models say the same, on both databases."""

from __future__ import annotations

from inspect_server import schema


def test_the_migrations_make_what_the_models_say(database_url: str) -> None:
    engine = schema.open_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert schema.differences(connection) == []
    engine.dispose()
