"""login keys: signing in tells upper and lower case apart no more."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from schemas.texts import login_key

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

PERSON = sa.table(
    'person',
    sa.column('id', sa.Uuid),
    sa.column('login', sa.String),
    sa.column('login_key', sa.String),
    sa.column('created_at', sa.DateTime),
)


def upgrade() -> None:
    op.add_column('person', sa.Column('login_key', sa.String(length=200), nullable=True))
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(PERSON.c.id, PERSON.c.login)
        .where(PERSON.c.login.is_not(None))
        .order_by(PERSON.c.created_at, PERSON.c.id)
    ).all()
    # Of two logins that differ by case only, the older one has the key.
    keys: dict[str, UUID] = {}
    for row in rows:
        keys.setdefault(login_key(row.login), row.id)
    change = (
        sa.update(PERSON)
        .where(PERSON.c.id == sa.bindparam('row'))
        .values(login_key=sa.bindparam('key'))
    )
    if keys:
        connection.execute(change, [{'row': row, 'key': key} for key, row in keys.items()])
    op.create_index(op.f('ix_person_login_key'), 'person', ['login_key'], unique=True)


def downgrade() -> None:
    op.drop_index(op.f('ix_person_login_key'), table_name='person')
    op.drop_column('person', 'login_key')
