"""visits: an observer asked to look on the spot, and what was found there."""

import sqlalchemy as sa
from alembic import op

import inspect_server.models.base

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

OLD_NOTICES = (
    'task_rejected task_void task_closed task_dispatched task_rework task_merged more_asked '
    'extension_asked extension_decided task_escalated task_shelved task_resumed task_reopened '
    'handed_back appealed appeal_decided due_soon overdue move_lapsed quarantined photo_rejected'
).split()
NEW_NOTICES = [*OLD_NOTICES, 'visit_asked', 'visit_done', 'visit_withdrawn', 'visit_overdue']
OLD_COLLECTIONS = (
    'observations tasks points shops categories units calendar people notices'
).split()
NEW_COLLECTIONS = [*OLD_COLLECTIONS, 'visits']


def rule(table: str, column: str, name: str, words: list[str]) -> None:
    """The check is written anew: neither database changes one in place."""
    listed = ', '.join(f"'{word}'" for word in words)
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(name), type_='check')
        batch_op.create_check_constraint(op.f(name), f'{column} IN ({listed})')


def upgrade() -> None:
    op.create_table('visit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('pre_check', 'verify', name='visitkind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state', sa.Enum('asked', 'done', 'withdrawn', 'lapsed', name='visitstate', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('asked_by_id', sa.Uuid(), nullable=False),
    sa.Column('observer_id', sa.Uuid(), nullable=False),
    sa.Column('asked_at', inspect_server.models.base.Instant(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('due_at', inspect_server.models.base.Instant(), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('withdrawn_at', inspect_server.models.base.Instant(), nullable=True),
    sa.Column('withdrawn_by_id', sa.Uuid(), nullable=True),
    sa.Column('op_id', sa.Uuid(), nullable=True),
    sa.Column('finding', sa.Enum('confirmed', 'not_confirmed', 'cannot_tell', name='sitefinding', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('found_note', sa.Text(), nullable=True),
    sa.Column('place', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('captured_at', inspect_server.models.base.Instant(), nullable=True),
    sa.Column('clock_offset_ms', sa.BigInteger(), nullable=True),
    sa.Column('clock_age_ms', sa.BigInteger(), nullable=True),
    sa.Column('received_at', inspect_server.models.base.Instant(), nullable=True),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['asked_by_id'], ['person.id'], name=op.f('fk_visit_asked_by_id')),
    sa.ForeignKeyConstraint(['observer_id'], ['person.id'], name=op.f('fk_visit_observer_id')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_visit_task_id')),
    sa.ForeignKeyConstraint(['withdrawn_by_id'], ['person.id'], name=op.f('fk_visit_withdrawn_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit')),
    sa.UniqueConstraint('op_id', name=op.f('uq_visit_op_id'))
    )
    op.create_index('ix_visit_task_id', 'visit', ['task_id'], unique=False)
    op.create_index('ix_visit_observer_state', 'visit', ['observer_id', 'state'], unique=False)
    asked = sa.text("state = 'asked'")
    op.create_index('ix_visit_under_way', 'visit', ['task_id'], unique=True, sqlite_where=asked, postgresql_where=asked)
    op.add_column('task', sa.Column('visit_due_at', inspect_server.models.base.Instant(), nullable=True))
    rule('notice', 'kind', 'ck_notice_noticekind', NEW_NOTICES)
    rule('change', 'collection', 'ck_change_collection', NEW_COLLECTIONS)


def downgrade() -> None:
    """There is no way back but a backup: what was found on the spot would be gone."""
    raise NotImplementedError('restore the backup made before this migration')
