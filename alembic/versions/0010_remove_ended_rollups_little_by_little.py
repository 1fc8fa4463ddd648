"""remove ended rollups little by little"""

import sqlalchemy as sa
import sqlmodel

from alembic import op
from backend.infra.columns import Instant

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'ended_rollup',
        sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('rollup', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column('ended_at', Instant(), nullable=False),
        sa.PrimaryKeyConstraint('namespace', 'rollup'),
    )


def downgrade() -> None:
    op.drop_table('ended_rollup')
