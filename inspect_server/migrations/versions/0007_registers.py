"""registers: who changed what, entries that can be switched off, people's own numbers."""

import sqlalchemy as sa
from alembic import op

import inspect_server.models.base

revision = '0007'
down_revision = "0006"
branch_labels = None
depends_on = None

ENDED = ('unit', 'point', 'shop')


def upgrade() -> None:
    op.create_table('register_change',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('register', sa.Enum('people', 'units', 'points', 'shops', 'categories', 'pairings', name='register', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('entry_id', sa.String(length=64), nullable=False),
    sa.Column('deed', sa.Enum('created', 'changed', 'password_reset', 'signed_out', name='registerdeed', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('fields', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('at', inspect_server.models.base.Instant(), nullable=False),
    sa.Column('import_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_register_change_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_register_change')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_register_change_entry', 'register_change', ['register', 'entry_id', 'id'], unique=False)
    op.create_index('ix_register_change_register', 'register_change', ['register', 'id'], unique=False)
    # Added with a default: the release before this one goes on writing rows without them.
    for table in ENDED:
        op.add_column(table, sa.Column('active', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column('pairing', sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
    op.add_column('person', sa.Column('code', sa.String(length=32), nullable=True))
    op.create_index('ix_person_code', 'person', ['code'], unique=True)


def downgrade() -> None:
    op.drop_index('ix_person_code', table_name='person')
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('code')
    with op.batch_alter_table('pairing', schema=None) as batch_op:
        batch_op.drop_column('version')
    for table in ENDED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('active')
    op.drop_index('ix_register_change_register', table_name='register_change')
    op.drop_index('ix_register_change_entry', table_name='register_change')
    op.drop_table('register_change')
