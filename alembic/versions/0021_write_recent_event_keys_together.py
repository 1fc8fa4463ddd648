"""write recent event keys together"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY_BYTES = 16
RECENT = "usage_event_key_recent"
settled = sa.table("usage_event_key", sa.column("key", sa.LargeBinary))
together = sa.table(RECENT, sa.column("keys", sa.LargeBinary))


def upgrade() -> None:
    """Recent keys become permanent ones; only SQLite has any."""
    op.execute(f"INSERT INTO usage_event_key (key) SELECT key FROM {RECENT} ORDER BY key")
    op.drop_table(RECENT)
    op.create_table(
        RECENT,
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Some of the keys in a row are permanent already."""
    connection = op.get_bind()
    add = sa.insert(settled).prefix_with("OR IGNORE", dialect="sqlite")
    for keys in connection.scalars(sa.select(together.c["keys"])).all():
        rows = [{"key": keys[place : place + KEY_BYTES]} for place in range(0, len(keys), KEY_BYTES)]
        connection.execute(add, rows)
    op.drop_table(RECENT)
    op.create_table(
        RECENT,
        sa.Column("key", sa.LargeBinary(length=KEY_BYTES), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
