"""The rows in the database of the app: counted, read and edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from inspect_server.core.database import db, write_tx

Result = TypeVar("Result")


class Rows:
    """The rows of one app."""

    def __init__(self, app: Flask) -> None:
        """Use the database of this app."""
        self._app = app

    def count(self, model: Any, *conditions: Any) -> int:
        """How many rows of a table meet the conditions."""
        query = sa.select(sa.func.count()).select_from(model).where(*conditions)
        return self.read(lambda session: session.scalar(query)) or 0

    def one(self, model: Any, *conditions: Any) -> Any:
        """The one row that meets the conditions."""
        return self.read(lambda s: s.scalars(sa.select(model).where(*conditions)).one())

    def read(self, work: Callable[[Session], Result]) -> Result:
        """Read with a session."""
        with self._app.app_context():
            return work(db.session())

    def write(self, work: Callable[[Session], Result]) -> Result:
        """Edit in one transaction, published as a request does it."""
        with self._app.app_context():
            return write_tx(work)
