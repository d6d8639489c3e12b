"""category words: everyday words of categories, their spellings, and searches without result."""

import sqlalchemy as sa
from alembic import op

from inspect_server.models.base import Instant
from inspect_server.models.spellings import spellings

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('category', sa.Column('synonyms', sa.String(length=600), nullable=True))
    op.add_column(
        'category', sa.Column('pinyin', sa.String(length=3000), server_default='', nullable=False)
    )
    category = sa.table(
        'category', sa.column('code', sa.String), sa.column('name_zh'), sa.column('pinyin')
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(category.c.code, category.c.name_zh)).all():
        change = sa.update(category).where(category.c.code == row.code)
        connection.execute(change.values(pinyin=spellings(row.name_zh)))
    op.create_table(
        'category_miss',
        sa.Column('text', sa.String(length=20), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.Column('first_on', sa.Date(), nullable=False),
        sa.Column('last_on', sa.Date(), nullable=False),
        sa.Column('decided_at', Instant(), nullable=True),
        sa.PrimaryKeyConstraint('text', name=op.f('pk_category_miss')),
    )


def downgrade() -> None:
    op.drop_table('category_miss')
    op.drop_column('category', 'pinyin')
    op.drop_column('category', 'synonyms')
