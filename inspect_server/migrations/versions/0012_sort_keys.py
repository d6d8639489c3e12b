"""sort keys: people and units are listed by pinyin."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from inspect_server.models.sort_keys import name_key, person_key

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

KEY = sa.String(length=240).with_variant(sa.String(length=240, collation='C'), 'postgresql')
CHUNK = 1000


def upgrade() -> None:
    for table, spell in (('person', person_key), ('unit', name_key)):
        op.add_column(table, sa.Column('name_key', KEY, server_default='', nullable=False))
        _backfill(table, spell)
    op.create_index(op.f('ix_person_name_key'), 'person', ['name_key'], unique=False)


def _backfill(name: str, spell: Callable[[str], str]) -> None:
    connection = op.get_bind()
    table = sa.table(
        name, sa.column('id', sa.Uuid), sa.column('name', sa.String), sa.column('name_key', KEY)
    )
    rows = connection.execute(sa.select(table.c.id, table.c.name)).all()
    change = (
        sa.update(table)
        .where(table.c.id == sa.bindparam('row'))
        .values(name_key=sa.bindparam('key'))
    )
    for start in range(0, len(rows), CHUNK):
        batch = rows[start : start + CHUNK]
        connection.execute(change, [{'row': row.id, 'key': spell(row.name)} for row in batch])


def downgrade() -> None:
    op.drop_index(op.f('ix_person_name_key'), table_name='person')
    for table in ('unit', 'person'):
        op.drop_column(table, 'name_key')
