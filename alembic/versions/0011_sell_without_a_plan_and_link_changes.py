"""sell without a plan and link changes"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.alter_column('plan_id', existing_type=sa.VARCHAR(length=26), nullable=True)
        batch_op.alter_column('plan_key', existing_type=sa.VARCHAR(length=64), nullable=True)
        batch_op.alter_column('plan_version', existing_type=sa.INTEGER(), nullable=True)
        batch_op.add_column(sa.Column('previous_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True))
        batch_op.add_column(sa.Column('superseding_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True))


def downgrade() -> None:
    op.execute("UPDATE subscription SET plan_id = '', plan_key = '', plan_version = 0 WHERE plan_id IS NULL")
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.drop_column('superseding_id')
        batch_op.drop_column('previous_id')
        batch_op.alter_column('plan_version', existing_type=sa.INTEGER(), nullable=False)
        batch_op.alter_column('plan_key', existing_type=sa.VARCHAR(length=64), nullable=False)
        batch_op.alter_column('plan_id', existing_type=sa.VARCHAR(length=26), nullable=False)
