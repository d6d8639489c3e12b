"""localities: what street and community of a record were taken from, and what is nearest to it."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

BASES = "'confirmed', 'outline', 'presumed', 'undecided'"
UNDECIDED = sa.text("locality_basis = 'undecided'")


def upgrade() -> None:
    # Spelled out: SQLite takes a constraint only together with its column, and must not rebuild
    # a table that others refer to.
    for table in ('task', 'observation'):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN locality_basis VARCHAR(32) DEFAULT 'undecided' NOT NULL"
            f" CONSTRAINT ck_{table}_localitybasis CHECK (locality_basis IN ({BASES}))"
        )
        # Until now a street was set only where a person confirmed the community or chose a point.
        op.execute(
            f"UPDATE {table} SET locality_basis = 'confirmed' WHERE street_code IS NOT NULL"
        )
    uuid = 'UUID' if op.get_context().dialect.name == 'postgresql' else 'CHAR(32)'
    for target in ('point', 'shop'):
        column = f'nearest_{target}_id'
        refers = f'CONSTRAINT fk_observation_{column} REFERENCES {target} (id)'
        op.execute(f'ALTER TABLE observation ADD COLUMN {column} {uuid} {refers}')
    op.add_column('observation', sa.Column('nearest_m', sa.Double(), nullable=True))
    op.create_index(
        'ix_task_locality_undecided', 'task', ['state', 'district_code'], unique=False,
        sqlite_where=UNDECIDED, postgresql_where=UNDECIDED,
    )


def downgrade() -> None:
    op.drop_index('ix_task_locality_undecided', table_name='task')
    for column in ('nearest_m', 'nearest_shop_id', 'nearest_point_id'):
        op.drop_column('observation', column)
    for table in ('observation', 'task'):
        op.drop_column(table, 'locality_basis')
