"""unsorted categories: 待归类, and the change of category beside the event that made it."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'category', sa.Column('unsorted', sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        'task_event', sa.Column('category_change', sa.JSON(none_as_null=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column('task_event', 'category_change')
    op.drop_column('category', 'unsorted')
