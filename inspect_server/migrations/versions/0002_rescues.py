"""rescues: zips brought in for phones that could not sync, and what they brought."""

import sqlalchemy as sa
from alembic import op

import inspect_server.models.base

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rescue',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('device_id', sa.String(length=64), nullable=False),
    sa.Column('app_version', sa.String(length=32), nullable=False),
    sa.Column('made_at', inspect_server.models.base.Instant(), nullable=False),
    sa.Column('imported_by_id', sa.Uuid(), nullable=False),
    sa.Column('imported_at', inspect_server.models.base.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['person.id'], name=op.f('fk_rescue_author_id')),
    sa.ForeignKeyConstraint(['imported_by_id'], ['person.id'], name=op.f('fk_rescue_imported_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rescue')),
    sa.UniqueConstraint('sha256', name=op.f('uq_rescue_sha256'))
    )
    op.create_table('rescued_entry',
    sa.Column('kind', sa.Enum('op', 'photo', 'quarantined', name='rescuedkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('rescue_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['rescue_id'], ['rescue.id'], name=op.f('fk_rescued_entry_rescue_id')),
    sa.PrimaryKeyConstraint('kind', 'entry_id', name=op.f('pk_rescued_entry'))
    )
    with op.batch_alter_table('rescued_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rescued_entry_rescue_id'), ['rescue_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('rescued_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rescued_entry_rescue_id'))

    op.drop_table('rescued_entry')
    op.drop_table('rescue')
