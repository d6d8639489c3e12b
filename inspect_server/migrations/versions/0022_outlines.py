"""outlines: those of streets and communities, as the office imports them."""

import sqlalchemy as sa
from alembic import op

from inspect_server.models.base import Instant

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    datums = sa.Enum(
        'wgs84', 'cgcs2000', 'gcj02',
        name='datum', native_enum=False, length=32, create_constraint=True,
    )
    op.create_table(
        'locality_outline',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('street_code', sa.String(length=16), nullable=True),
        sa.Column('community_code', sa.String(length=16), nullable=True),
        sa.Column('geometry', sa.LargeBinary(), nullable=False),
        sa.Column('datum', datums, nullable=False),
        sa.Column('file_name', sa.String(length=200), nullable=False),
        sa.Column('imported_at', Instant(), nullable=False),
        sa.Column('imported_by_id', sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            '(street_code IS NULL) <> (community_code IS NULL)',
            name=op.f('ck_locality_outline_one_locality'),
        ),
        sa.ForeignKeyConstraint(
            ['street_code'], ['street.code'], name=op.f('fk_locality_outline_street_code')
        ),
        sa.ForeignKeyConstraint(
            ['community_code'], ['community.code'], name=op.f('fk_locality_outline_community_code')
        ),
        sa.ForeignKeyConstraint(
            ['imported_by_id'], ['person.id'], name=op.f('fk_locality_outline_imported_by_id')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_locality_outline')),
        sa.UniqueConstraint('street_code', name=op.f('uq_locality_outline_street_code')),
        sa.UniqueConstraint('community_code', name=op.f('uq_locality_outline_community_code')),
    )


def downgrade() -> None:
    op.drop_table('locality_outline')
