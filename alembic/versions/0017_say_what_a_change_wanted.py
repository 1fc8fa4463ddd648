"""say what a change wanted"""

import sqlalchemy as sa
from alembic import op

from backend.infra.columns import Document, Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invoice_correction", schema=None) as batch:
        batch.add_column(sa.Column("wanted", Document(), nullable=True))
        batch.add_column(sa.Column("looked_since", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("invoice_correction", schema=None) as batch:
        batch.drop_column("looked_since")
        batch.drop_column("wanted")
