"""Hold reservations of quotas: units that only their holder may use, decided one after another"""

import sqlalchemy as sa
import sqlmodel

from alembic import op
from backend.infra.columns import Exact, Instant

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('reservation',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('customer_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('feature_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('feature_key', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('entitlement_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('idempotency_key', sqlmodel.sql.sqltypes.AutoString(length=256), nullable=True),
    sa.Column('amount', Exact(), nullable=False),
    sa.Column('allow_partial', sa.Boolean(), nullable=False),
    sa.Column('granted', Exact(), nullable=False),
    sa.Column('overage', Exact(), nullable=False),
    sa.Column('balance', Exact(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.Column('released_at', Instant(), nullable=True),
    sa.Column('committed_at', Instant(), nullable=True),
    sa.Column('committed_amount', Exact(), nullable=True),
    sa.Column('committed_overage', Exact(), nullable=True),
    sa.Column('committed_request', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('event_source', sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=True),
    sa.Column('event_id', sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('namespace', 'customer_id', 'feature_key', 'idempotency_key', name='uq_reservation_key')
    )
    with op.batch_alter_table('reservation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reservation_namespace'), ['namespace'], unique=False)
        batch_op.create_index('reservation_open', ['namespace', 'customer_id', 'feature_key', 'expires_at'], unique=False, sqlite_where=sa.text('committed_at IS NULL AND released_at IS NULL'), postgresql_where=sa.text('committed_at IS NULL AND released_at IS NULL'))

    op.create_table('reservation_turn',
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('customer_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('feature_key', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('namespace', 'customer_id', 'feature_key')
    )


def downgrade() -> None:
    op.drop_table('reservation_turn')
    with op.batch_alter_table('reservation', schema=None) as batch_op:
        batch_op.drop_index('reservation_open', sqlite_where=sa.text('committed_at IS NULL AND released_at IS NULL'), postgresql_where=sa.text('committed_at IS NULL AND released_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_reservation_namespace'))

    op.drop_table('reservation')
