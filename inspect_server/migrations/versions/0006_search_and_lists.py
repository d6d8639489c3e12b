"""search and lists: a search index over the tasks, its first rows, and the lists' own indexes."""

import sqlalchemy as sa
from alembic import op

import inspect_server.models.base
from inspect_server.core.clock import SHANGHAI
from inspect_server.tasks.rules import search

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

GRAM = sa.String(length=2).with_variant(sa.String(length=2, collation='C'), 'postgresql')
SERIAL = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
CHUNK = 1000
INDEXES = {
    'ix_task_state_serial': ['state', 'serial'],
    'ix_task_district_serial': ['district_code', 'serial'],
    'ix_task_unit_serial': ['unit_id', 'serial'],
    'ix_task_opened_at': ['opened_at', 'district_code'],
    'ix_task_state_ended_at': ['state', 'ended_at', 'district_code'],
    'ix_task_unit_state_serial': ['unit_id', 'state', 'serial', 'dispatched_at'],
    'ix_task_counted': ['state', 'district_code', 'category_code', 'campaign', 'severity', 'unit_id'],
    'ix_task_shop_id': ['shop_id'],
}
FORMER = {
    'ix_task_opened_at': ['opened_at'],
    'ix_task_unit_state_serial': ['unit_id', 'state', 'serial'],
}
SELDOM = {
    'ix_task_unfiled': 'filed_at IS NULL',
    'ix_task_reworked': 'reworks > 0',
    'ix_task_late': 'due_at IS NOT NULL AND (submitted_at IS NULL OR submitted_at > due_at)',
}


def upgrade() -> None:
    words = op.create_table('task_words',
    sa.Column('task_serial', SERIAL, autoincrement=False, nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['task_serial'], ['task.serial'], name=op.f('fk_task_words_task_serial')),
    sa.PrimaryKeyConstraint('task_serial', name=op.f('pk_task_words'))
    )
    grams = op.create_table('task_gram',
    sa.Column('gram', GRAM, nullable=False),
    sa.Column('task_serial', SERIAL, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('gram', 'task_serial', name=op.f('pk_task_gram')),
    sqlite_with_rowid=False
    )
    op.create_table('saved_filter',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('query', sa.String(length=2000), nullable=False),
    sa.Column('saved_at', inspect_server.models.base.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_saved_filter_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filter')),
    sa.UniqueConstraint('person_id', 'name', name=op.f('uq_saved_filter_person_id_name'))
    )
    _backfill(words, grams)
    for name in FORMER:
        op.drop_index(name, table_name='task')
    for name, columns in INDEXES.items():
        op.create_index(name, 'task', columns, unique=False)
    for name, condition in SELDOM.items():
        where = sa.text(condition)
        op.create_index(name, 'task', ['state', 'district_code'], unique=False, sqlite_where=where, postgresql_where=where)
    op.create_index('ix_observation_lat_lon', 'observation', ['lat', 'lon', 'id'], unique=False)


def _backfill(words: sa.Table, grams: sa.Table) -> None:
    """Index the cases that are there, a thousand at a time."""
    connection = op.get_bind()
    task = sa.table(
        'task',
        sa.column('serial', sa.BigInteger),
        sa.column('observation_id', sa.Uuid),
        sa.column('opened_at', inspect_server.models.base.Instant),
    )
    observation = sa.table(
        'observation',
        sa.column('id', sa.Uuid),
        sa.column('note', sa.Text),
        sa.column('address', sa.String),
    )
    last = 0
    while True:
        rows = connection.execute(
            sa.select(task.c.serial, task.c.opened_at, observation.c.note, observation.c.address)
            .join(observation, observation.c.id == task.c.observation_id)
            .where(task.c.serial > last)
            .order_by(task.c.serial)
            .limit(CHUNK)
        ).all()
        if not rows:
            return
        found = [
            (serial, search.document(
                f"{opened_at.astimezone(SHANGHAI):%Y%m%d}-{serial:06d}", note, address
            ))
            for serial, opened_at, note, address in rows
        ]
        connection.execute(
            sa.insert(words), [{'task_serial': serial, 'words': text} for serial, text in found]
        )
        pairs = sorted((gram, serial) for serial, text in found for gram in search.grams(text))
        connection.execute(
            sa.insert(grams), [{'gram': gram, 'task_serial': serial} for gram, serial in pairs]
        )
        last = rows[-1].serial


def downgrade() -> None:
    op.drop_index('ix_observation_lat_lon', table_name='observation')
    for name in (*SELDOM, *INDEXES):
        op.drop_index(name, table_name='task')
    for name, columns in FORMER.items():
        op.create_index(name, 'task', columns, unique=False)
    op.drop_table('saved_filter')
    op.drop_table('task_gram')
    op.drop_table('task_words')
