"""search index: words are folded anew, so that radicals and full-width signs are found."""

import sqlalchemy as sa
from alembic import op

from inspect_server.tasks.rules import search
from schemas.texts import fold

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

CHUNK = 1000
WORDS = sa.table('task_words', sa.column('task_serial', sa.BigInteger), sa.column('words', sa.Text))
GRAMS = sa.table('task_gram', sa.column('gram', sa.String), sa.column('task_serial', sa.BigInteger))


def upgrade() -> None:
    """Index again the cases whose words are folded differently now, a thousand at a time."""
    connection = op.get_bind()
    last = 0
    while True:
        rows = connection.execute(
            sa.select(WORDS.c.task_serial, WORDS.c.words)
            .where(WORDS.c.task_serial > last)
            .order_by(WORDS.c.task_serial)
            .limit(CHUNK)
        ).all()
        if not rows:
            return
        last = rows[-1].task_serial
        changed = [
            (serial, folded)
            for serial, words in rows
            if (folded := '\n'.join(fold(line) for line in words.split('\n'))) != words
        ]
        if not changed:
            continue
        serials = [serial for serial, _ in changed]
        connection.execute(sa.delete(GRAMS).where(GRAMS.c.task_serial.in_(serials)))
        for serial, words in changed:
            connection.execute(
                sa.update(WORDS).where(WORDS.c.task_serial == serial).values(words=words)
            )
        pairs = search.index_pairs(changed)
        connection.execute(
            sa.insert(GRAMS), [{'gram': gram, 'task_serial': serial} for gram, serial in pairs]
        )


def downgrade() -> None:
    """The words stay folded: what is found by them is found by the older code too."""
