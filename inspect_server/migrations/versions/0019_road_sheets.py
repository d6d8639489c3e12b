"""road sheets: the roads of each district, for sketches."""

import sqlalchemy as sa
from alembic import op

from inspect_server.models.base import Document, Instant

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'road_sheet',
        sa.Column('district', sa.String(length=16), nullable=False),
        sa.Column('digest', sa.String(length=16), nullable=False),
        sa.Column('bytes', sa.Integer(), nullable=False),
        sa.Column('attribution', sa.String(length=100), nullable=True),
        sa.Column('roads', Document, nullable=False),
        sa.Column('loaded_at', Instant(), nullable=False),
        sa.PrimaryKeyConstraint('district', name=op.f('pk_road_sheet')),
    )


def downgrade() -> None:
    op.drop_table('road_sheet')
