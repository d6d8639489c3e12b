"""screening: fingerprints of photos, the words that find them, and what was found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('photo_print',
    sa.Column('serial', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('photo_id', sa.Uuid(), nullable=False),
    sa.Column('print', sa.LargeBinary(), nullable=False),
    sa.Column('sharpness', sa.Double(), nullable=False),
    sa.Column('brightness', sa.Double(), nullable=False),
    sa.Column('glare', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['photo_id'], ['photo.id'], name=op.f('fk_photo_print_photo_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('serial', name=op.f('pk_photo_print')),
    sa.UniqueConstraint('photo_id', name=op.f('uq_photo_print_photo_id'))
    )
    op.create_table('print_word',
    sa.Column('word', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('serial', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['serial'], ['photo_print.serial'], name=op.f('fk_print_word_serial'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('word', 'serial', name=op.f('pk_print_word'))
    )
    with op.batch_alter_table('print_word', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_print_word_serial'), ['serial'], unique=False)

    op.create_table('photo_likeness',
    sa.Column('photo_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('mirrored', sa.Boolean(), nullable=False),
    sa.Column('kept', sa.Double(), nullable=False),
    sa.Column('changed', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['other_id'], ['photo.id'], name=op.f('fk_photo_likeness_other_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['photo_id'], ['photo.id'], name=op.f('fk_photo_likeness_photo_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('photo_id', 'other_id', name=op.f('pk_photo_likeness'))
    )
    with op.batch_alter_table('photo_likeness', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_photo_likeness_other_id'), ['other_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('photo_likeness', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_photo_likeness_other_id'))

    op.drop_table('photo_likeness')
    with op.batch_alter_table('print_word', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_print_word_serial'))

    op.drop_table('print_word')
    op.drop_table('photo_print')
