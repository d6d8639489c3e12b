"""category words: everyday words of categories, and their spellings."""

import sqlalchemy as sa
from alembic import op

from inspect_server.models.spellings import spellings

revision = '0019'
down_revision = '0014'
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


def downgrade() -> None:
    op.drop_column('category', 'pinyin')
    op.drop_column('category', 'synonyms')
