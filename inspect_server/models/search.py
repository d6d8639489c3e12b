"""The search index 检索: the folded words of every task, and the pairs of characters in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Serial


class TaskWords(Base):
    """The texts by which a task is found: number, note, address, normalised."""

    __tablename__ = "task_words"

    task_serial: Mapped[int] = mapped_column(
        Serial, sa.ForeignKey("task.serial"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(sa.Text)


class TaskGram(Base):
    """One pair of characters that occurs in the texts of a task."""

    __tablename__ = "task_gram"
    # In SQLite the key is the whole row: without a row number it is kept once, not twice.
    __table_args__ = {"sqlite_with_rowid": False}

    # Compared by bytes, independent of the collation of the database.
    gram: Mapped[str] = mapped_column(
        sa.String(2).with_variant(sa.String(2, collation="C"), "postgresql"), primary_key=True
    )
    # Without foreign key, which would be checked dozens of times per task; `task_words` has one.
    task_serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
