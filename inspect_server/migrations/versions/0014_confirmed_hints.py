"""confirmed hints: what a supervisor confirmed by name when passing a case, beside the event."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'task_event', sa.Column('confirmed_hints', sa.JSON(none_as_null=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column('task_event', 'confirmed_hints')
