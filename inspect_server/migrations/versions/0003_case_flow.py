"""The whole flow: what extending, shelving, merging, appealing and alarms keep of a case."""

import sqlalchemy as sa
from alembic import op

from inspect_server.models.base import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOTICE_KINDS = (
    "task_rejected task_void task_closed task_dispatched task_rework task_merged more_asked "
    "extension_asked extension_decided task_escalated task_shelved task_resumed task_reopened "
    "handed_back appealed appeal_decided due_soon overdue move_lapsed quarantined photo_rejected"
).split()

def upgrade() -> None:
    """Columns only, and a longer list of notices: the old code still runs."""
    no = sa.false()
    op.add_column("category", sa.Column("auto_file", sa.Boolean(), server_default=no, nullable=False))
    op.add_column(
        "category", sa.Column("auto_dispatch", sa.Boolean(), server_default=no, nullable=False)
    )
    checked = sa.Column("spot_check_percent", sa.Integer(), server_default="10", nullable=False)
    op.add_column("category", checked)
    op.add_column("person", sa.Column("trusted", sa.Boolean(), server_default=no, nullable=False))
    for name in (
        "asked_more_at",
        "shelved_at",
        "shelved_until",
        "escalated_at",
        "make_safe_due_at",
        "made_safe_at",
        "next_alarm_at",
    ):
        op.add_column("task", sa.Column(name, Instant(), nullable=True))
    for name in ("extensions", "reopenings"):
        op.add_column("task", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    rung = sa.Column("alarms_rung", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
    op.add_column("task", rung)
    # Spelled out: SQLite takes a constraint only together with its column, and must not rebuild
    # a table that others refer to.
    uuid = "UUID" if op.get_context().dialect.name == "postgresql" else "CHAR(32)"
    for column, target in (("merged_into_id", "task"), ("endorsed_by_id", "person")):
        refers = f"CONSTRAINT fk_task_{column} REFERENCES {target} (id)"
        op.execute(f"ALTER TABLE task ADD COLUMN {column} {uuid} {refers}")
    for column, name, words in (
        ("extension", "extensionstate", "'asked', 'endorsed'"),
        ("appeal", "appealstate", "'asked', 'upheld', 'dismissed'"),
    ):
        among = f"CONSTRAINT ck_task_{name} CHECK ({column} IN ({words}))"
        op.execute(f"ALTER TABLE task ADD COLUMN {column} VARCHAR(32) {among}")
    op.create_index("ix_task_merged_into_id", "task", ["merged_into_id"])
    op.create_index("ix_task_next_alarm_at", "task", ["next_alarm_at"])
    with op.batch_alter_table("notice") as notice:
        notice.drop_constraint("noticekind", type_="check")
        notice.create_check_constraint("noticekind", sa.column("kind").in_(NOTICE_KINDS))


def downgrade() -> None:
    """There is no way back but a backup: what the new moves told of a case would be gone."""
    raise NotImplementedError("restore the backup made before this migration")
