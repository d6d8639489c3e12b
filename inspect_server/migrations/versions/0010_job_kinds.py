"""job: an area registers its kinds of jobs; the database no longer lists them."""

from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

KINDS = ('derive', 'deliver')
CHECK = 'ck_job_jobkind'


def upgrade() -> None:
    with op.batch_alter_table('job', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_constraint(op.f(CHECK), type_='check')


def downgrade() -> None:
    listed = ', '.join(f"'{kind}'" for kind in KINDS)
    op.execute(f"DELETE FROM job WHERE kind NOT IN ({listed})")
    with op.batch_alter_table('job', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.create_check_constraint(op.f(CHECK), f'kind IN ({listed})')
