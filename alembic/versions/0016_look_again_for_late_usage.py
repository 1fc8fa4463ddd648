"""look again for late usage"""

import sqlalchemy as sa

from alembic import op
from backend.infra.columns import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "late_usage_look",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("namespace", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_late_usage_look_namespace", "late_usage_look", ["namespace"])
    op.create_index("uq_late_usage_look", "late_usage_look", ["namespace"], unique=True)


def downgrade() -> None:
    op.drop_table("late_usage_look")
