"""sell add-ons with subscriptions"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from backend.infra.columns import Document, Instant

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('subscription_addon',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('subscription_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('addon_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('from_phase', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('max_quantity', sa.Integer(), nullable=True),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=256), nullable=False),
    sa.Column('description', sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=True),
    sa.Column('labels', Document(), nullable=False),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscription.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscription_id', 'addon_id', name='subscription_addon_once')
    )
    with op.batch_alter_table('subscription_addon', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscription_addon_namespace'), ['namespace'], unique=False)

    op.create_table('subscription_addon_quantity',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('subscription_addon_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('active_from', Instant(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['subscription_addon_id'], ['subscription_addon.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('subscription_addon_id', 'active_from', name='subscription_addon_quantity_instant')
    )
    with op.batch_alter_table('subscription_addon_quantity', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscription_addon_quantity_namespace'), ['namespace'], unique=False)

    with op.batch_alter_table('subscription_item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('origin', Document(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('subscription_item', schema=None) as batch_op:
        batch_op.drop_column('origin')

    with op.batch_alter_table('subscription_addon_quantity', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subscription_addon_quantity_namespace'))

    op.drop_table('subscription_addon_quantity')
    with op.batch_alter_table('subscription_addon', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_subscription_addon_namespace'))

    op.drop_table('subscription_addon')
