"""installation: whether this database is a demonstration or a real city, and the city's name."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

STATE = sa.table(
    'server_state', sa.column('installation', sa.String), sa.column('city_name', sa.String)
)
PERSON = sa.table('person', sa.column('demo', sa.Boolean))


def upgrade() -> None:
    with op.batch_alter_table('server_state', schema=None) as batch_op:
        kinds = sa.Enum(
            'demo', 'city', name='installation', native_enum=False, length=32, create_constraint=True
        )
        batch_op.add_column(sa.Column('installation', kinds, nullable=True))
        batch_op.add_column(sa.Column('city_name', sa.String(length=64), nullable=True))
    connection = op.get_bind()
    # Until now every start loaded the demonstration; people without it are a real city.
    people = set(connection.scalars(sa.select(PERSON.c.demo).distinct()))
    if people:
        kind = 'demo' if True in people else 'city'
        connection.execute(sa.update(STATE).values(installation=kind))


def downgrade() -> None:
    with op.batch_alter_table('server_state', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_server_state_installation'), type_='check')
        batch_op.drop_column('city_name')
        batch_op.drop_column('installation')
