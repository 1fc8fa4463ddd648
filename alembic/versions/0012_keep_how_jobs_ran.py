"""keep how jobs ran"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from backend.infra.columns import Instant

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'job_record',
        sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('started_at', Instant(), nullable=False),
        sa.Column('ended_at', Instant(), nullable=False),
        sa.Column('succeeded_at', Instant(), nullable=True),
        sa.Column('duration_ms', sa.Integer(), nullable=False),
        sa.Column('lag_seconds', sa.Integer(), nullable=True),
        sa.Column('runs', sa.Integer(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('failures_in_a_row', sa.Integer(), nullable=False),
        sa.Column('last_error', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint('name'),
    )


def downgrade() -> None:
    op.drop_table('job_record')
