"""The search index 检索: the folded words of every task, and the pairs of characters in them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from inspect_server.models.base import Base, Serial


class TaskWords(Base):
    """The words a task itself is found by: its number, its note, its address, folded."""

    __tablename__ = "task_words"

    task_serial: Mapped[int] = mapped_column(
        Serial, sa.ForeignKey("task.serial"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(sa.Text)


class TaskGram(Base):
    """One pair of characters that stands somewhere in a task's words."""

    __tablename__ = "task_gram"
    # In SQLite the key is the whole row: without a row number it is kept once, not twice.
    __table_args__ = {"sqlite_with_rowid": False}

    # In byte order, whatever the language of the database: a pair is equal or it is not.
    gram: Mapped[str] = mapped_column(
        sa.String(2).with_variant(sa.String(2, collation="C"), "postgresql"), primary_key=True
    )
    # No foreign key to be checked dozens of times a case: its words have one.
    task_serial: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=False)
