"""handed back: a unit keeps what it did before a hand-back; what waits for a decision is counted."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

OLD_COLLECTIONS = (
    'observations tasks points shops categories units calendar people notices visits'
).split()
NEW_COLLECTIONS = [*OLD_COLLECTIONS, 'past_tasks']
HANDED_BACK = sa.text("move = 'hand_back'")
PENDING = (
    ('ix_task_extension_pending', 'extension IS NOT NULL'),
    ('ix_task_appeal_pending', "appeal = 'asked'"),
)
# The event of a hand-back was written without a unit: the task had none any more. The event before
# it has the one that handed it back.
BACKFILL = """
UPDATE task_event SET unit_id = (
    SELECT before.unit_id FROM task_event AS before
    WHERE before.task_id = task_event.task_id AND before.version = task_event.version - 1
) WHERE move = 'hand_back' AND unit_id IS NULL
"""
EARLIER = """
SELECT unit_id, task_id, max(version) AS version FROM task_event
WHERE move = 'hand_back' AND unit_id IS NOT NULL GROUP BY unit_id, task_id
"""
CHANGE = sa.table(
    'change',
    *(sa.column(name) for name in ('audience', 'collection', 'entity_id', 'seq', 'deleted')),
    sa.column('version'),
)


def collections(words: list[str]) -> None:
    """The check is written anew: neither database changes one in place."""
    listed = ', '.join(f"'{word}'" for word in words)
    with op.batch_alter_table('change') as batch_op:
        batch_op.drop_constraint(op.f('ck_change_collection'), type_='check')
        batch_op.create_check_constraint(
            op.f('ck_change_collection'), f'collection IN ({listed})'
        )


def upgrade() -> None:
    collections(NEW_COLLECTIONS)
    op.execute(BACKFILL)
    op.create_index(
        'ix_task_event_handed_back', 'task_event', ['unit_id', 'at'], unique=False,
        sqlite_where=HANDED_BACK, postgresql_where=HANDED_BACK,
    )
    for name, condition in PENDING:
        op.create_index(
            name, 'task', ['state', 'district_code'], unique=False,
            sqlite_where=sa.text(condition), postgresql_where=sa.text(condition),
        )
    _publish_earlier_ones()


def _publish_earlier_ones() -> None:
    """The phones of a unit pull what it handed back before this release."""
    connection = op.get_bind()
    found = sa.text(EARLIER).columns(unit_id=sa.Uuid, task_id=sa.Uuid, version=sa.Integer)
    earlier = connection.execute(found).all()
    if not earlier:
        return
    counter = sa.text("UPDATE counter SET value = value + :many WHERE name = 'log'")
    connection.execute(counter, {'many': len(earlier)})
    end = connection.scalar(sa.text("SELECT value FROM counter WHERE name = 'log'"))
    rows = [
        {
            'audience': f'unit:{row.unit_id}',
            'collection': 'past_tasks',
            'entity_id': str(row.task_id),
            'seq': end - len(earlier) + 1 + place,
            'deleted': False,
            'version': row.version,
        }
        for place, row in enumerate(earlier)
    ]
    connection.execute(sa.insert(CHANGE), rows)


def downgrade() -> None:
    op.execute("DELETE FROM change WHERE collection = 'past_tasks'")
    for name, _ in PENDING:
        op.drop_index(name, table_name='task')
    op.drop_index('ix_task_event_handed_back', table_name='task_event')
    collections(OLD_COLLECTIONS)
