"""one-time passwords: what an office or the operator gave out has to be replaced at sign-in."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'person',
        sa.Column('password_is_one_time', sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        'session',
        sa.Column('must_change_password', sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    # Not in a batch: a table that others refer to cannot be made anew where it has rows.
    op.drop_column('session', 'must_change_password')
    op.drop_column('person', 'password_is_one_time')
