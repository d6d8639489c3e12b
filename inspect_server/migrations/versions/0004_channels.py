"""channels: notices to mailboxes and group robots; who changed calendar and routing."""

import sqlalchemy as sa
from alembic import op

import inspect_server.models.base

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

OLD_JOBS = ('derive',)
NEW_JOBS = (*OLD_JOBS, 'deliver')


def rule_job_kinds(words: tuple[str, ...]) -> None:
    """The check is written anew: neither database changes one in place."""
    listed = ', '.join(f"'{word}'" for word in words)
    with op.batch_alter_table('job', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_constraint(op.f('ck_job_jobkind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_job_jobkind'), f'kind IN ({listed})')


def upgrade() -> None:
    rule_job_kinds(NEW_JOBS)
    op.create_table('channel',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('email', 'dingtalk', 'wecom', name='channelkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=500), nullable=False),
    sa.Column('secret', sa.String(length=200), nullable=True),
    sa.Column('kinds', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('district_code', sa.String(length=16), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('tries_again_at', inspect_server.models.base.Instant(), nullable=True),
    sa.Column('last_error', sa.String(length=300), nullable=True),
    sa.Column('last_delivered_at', inspect_server.models.base.Instant(), nullable=True),
    sa.Column('created_at', inspect_server.models.base.Instant(), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_channel_created_by_id')),
    sa.ForeignKeyConstraint(['district_code'], ['district.code'], name=op.f('fk_channel_district_code')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_channel_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel'))
    )
    op.create_table('delivery',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=True),
    sa.Column('at', inspect_server.models.base.Instant(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'delivered', 'given_up', name='deliverystate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.String(length=300), nullable=True),
    sa.Column('settled_at', inspect_server.models.base.Instant(), nullable=True),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_delivery_channel_id')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_delivery_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery')),
    sa.UniqueConstraint('event_id', 'channel_id', name=op.f('uq_delivery_event_id_channel_id'))
    )
    op.create_index('ix_delivery_channel_state_at', 'delivery', ['channel_id', 'state', 'at'], unique=False)
    op.create_table('setting_edit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.String(length=16), nullable=False),
    sa.Column('at', inspect_server.models.base.Instant(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('words', sa.String(length=300), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_setting_edit_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setting_edit'))
    )
    op.create_index('ix_setting_edit_subject_at', 'setting_edit', ['subject', 'at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_setting_edit_subject_at', table_name='setting_edit')
    op.drop_table('setting_edit')
    op.drop_index('ix_delivery_channel_state_at', table_name='delivery')
    op.drop_table('delivery')
    op.drop_table('channel')
    op.execute("DELETE FROM job WHERE kind = 'deliver'")
    rule_job_kinds(OLD_JOBS)
