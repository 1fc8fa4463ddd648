"""Tell what usage costs: unit costs of features, prices of language models"""

import sqlalchemy as sa
import sqlmodel

from alembic import op
from backend.infra.columns import Document, Exact, Instant

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('model_price',
    sa.Column('deleted_at', Instant(), nullable=True),
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('provider', sqlmodel.sql.sqltypes.AutoString(length=256), nullable=False),
    sa.Column('model_id', sqlmodel.sql.sqltypes.AutoString(length=256), nullable=False),
    sa.Column('model_name', sqlmodel.sql.sqltypes.AutoString(length=256), nullable=False),
    sa.Column('input_per_token', Exact(), nullable=False),
    sa.Column('output_per_token', Exact(), nullable=False),
    sa.Column('cache_read_per_token', Exact(), nullable=True),
    sa.Column('cache_write_per_token', Exact(), nullable=True),
    sa.Column('reasoning_per_token', Exact(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('effective_from', Instant(), nullable=False),
    sa.Column('effective_to', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('model_price', schema=None) as batch_op:
        batch_op.create_index('ix_model_price_model', ['namespace', 'provider', 'model_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_price_namespace'), ['namespace'], unique=False)

    with op.batch_alter_table('feature', schema=None) as batch_op:
        batch_op.add_column(sa.Column('description', sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=True))
        batch_op.add_column(sa.Column('unit_cost', Document(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('feature', schema=None) as batch_op:
        batch_op.drop_column('unit_cost')
        batch_op.drop_column('description')

    with op.batch_alter_table('model_price', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_model_price_namespace'))
        batch_op.drop_index('ix_model_price_model')

    op.drop_table('model_price')
