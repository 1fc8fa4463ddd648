"""keep what fails"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from backend.infra.columns import Instant

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'due_failure',
        sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
        sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('created_at', Instant(), nullable=False),
        sa.Column('updated_at', Instant(), nullable=False),
        sa.Column('work', sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    with op.batch_alter_table('due_failure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_due_failure_namespace'), ['namespace'], unique=False)
        batch_op.create_index('uq_due_failure', ['namespace', 'work', 'subject'], unique=True)


def downgrade() -> None:
    op.drop_table('due_failure')
