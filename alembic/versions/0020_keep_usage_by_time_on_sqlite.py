"""keep usage by time before subject on SQLite"""

import sqlalchemy as sa
from alembic import op
from backend.infra.columns import Exact, Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BY_DAY = ("namespace", "rollup", "day", "subject", "groups_key")
BY_SUBJECT = ("namespace", "rollup", "subject", "day", "groups_key")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_usage_event_usage", "usage_event")
        op.create_index(
            "ix_usage_event_hour",
            "usage_event",
            ["namespace", "type", sa.text("substr(time, 1, 13)"), "subject", "time"],
        )
        _rewrite_days(BY_DAY)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_usage_event_hour", "usage_event")
        op.create_index("ix_usage_event_usage", "usage_event", ["namespace", "type", "subject", "time"])
        _rewrite_days(BY_SUBJECT)


def _rewrite_days(key: tuple[str, ...]) -> None:
    """Make the table anew with its rows in the order of this key."""
    op.rename_table("usage_day", "usage_day_before")
    op.create_table(
        "usage_day",
        sa.Column("namespace", sa.String(64), nullable=False),
        sa.Column("rollup", sa.String(26), nullable=False),
        sa.Column("subject", sa.String(1024), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("groups_key", sa.String(64), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("value", Exact(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("last_id", sa.String(26), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
    )
    columns = "namespace, rollup, subject, day, groups_key, groups, events, value, first_at, last_at, last_id"
    op.execute(
        f"INSERT INTO usage_day ({columns}) SELECT {columns} FROM usage_day_before ORDER BY {', '.join(key)}"
    )
    op.drop_table("usage_day_before")
