"""Pin customers to billing profiles"""

import sqlalchemy as sa
import sqlmodel

from alembic import op
from backend.infra.columns import Instant

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('billing_customer_override',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('customer_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('profile_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('billing_customer_override', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_billing_customer_override_namespace'), ['namespace'], unique=False)
        batch_op.create_index('ix_billing_customer_override_profile', ['namespace', 'profile_id'], unique=False)
        batch_op.create_index('uq_billing_customer_override', ['namespace', 'customer_id'], unique=True)



def downgrade() -> None:
    with op.batch_alter_table('billing_customer_override', schema=None) as batch_op:
        batch_op.drop_index('uq_billing_customer_override')
        batch_op.drop_index('ix_billing_customer_override_profile')
        batch_op.drop_index(batch_op.f('ix_billing_customer_override_namespace'))

    op.drop_table('billing_customer_override')
