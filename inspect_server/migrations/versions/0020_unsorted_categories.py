"""unsorted categories: 待归类, the change of category beside its event, and drawn copies 标注."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

OLD_ROLES = 'scene close before after document'.split()
NEW_ROLES = [*OLD_ROLES, 'annotated']


def roles(words: list[str]) -> None:
    """The check is written anew: neither database changes one in place."""
    listed = ', '.join(f"'{word}'" for word in words)
    with op.batch_alter_table('photo') as batch_op:
        batch_op.drop_constraint(op.f('ck_photo_photorole'), type_='check')
        batch_op.create_check_constraint(op.f('ck_photo_photorole'), f'role IN ({listed})')


def upgrade() -> None:
    roles(NEW_ROLES)
    op.add_column(
        'category', sa.Column('unsorted', sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        'task_event', sa.Column('category_change', sa.JSON(none_as_null=True), nullable=True)
    )


def downgrade() -> None:
    op.execute("UPDATE photo SET role = 'document' WHERE role = 'annotated'")
    roles(OLD_ROLES)
    op.drop_column('task_event', 'category_change')
    op.drop_column('category', 'unsorted')
