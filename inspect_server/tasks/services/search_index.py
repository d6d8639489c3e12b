"""The search index 检索索引: kept beside the tasks it finds, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from inspect_server.models import Observation, Task, TaskGram, TaskWords
from inspect_server.tasks.rules import search

# The serial of a task and its folded words.
Document = tuple[int, str]


def index(session: Session, task: Task, observation: Observation) -> None:
    """Index a new task by its number, its note and its address."""
    words = search.document(task.number, observation.note, observation.address)
    write(session, [(task.serial, words)])


def index_again(session: Session, task: Task, observation: Observation) -> None:
    """Index a task by what its record says now."""
    words = search.document(task.number, observation.note, observation.address)
    indexed = sa.select(TaskWords.words).where(TaskWords.task_serial == task.serial)
    if session.scalar(indexed) == words:
        return
    for table in (TaskGram, TaskWords):
        session.execute(sa.delete(table).where(table.task_serial == task.serial))
    write(session, [(task.serial, words)])


def write(session: Session, documents: Sequence[Document]) -> None:
    """Write the words and the pairs of tasks that have none yet."""
    if not documents:
        return
    # In the order of the key: neighbours in the index are written together.
    pairs = search.index_pairs(documents)
    # By the connection: rows that no session ever reads need none of its bookkeeping.
    connection = session.connection()
    connection.execute(
        sa.insert(TaskWords),
        [{"task_serial": serial, "words": words} for serial, words in documents],
    )
    connection.execute(
        sa.insert(TaskGram), [{"gram": gram, "task_serial": serial} for gram, serial in pairs]
    )
