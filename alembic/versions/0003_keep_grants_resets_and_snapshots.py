"""Keep grants, resets and balance snapshots of entitlements; quotas issued until now become grants"""

from decimal import Decimal

import sqlalchemy as sa
import sqlmodel
from ulid import ULID

from alembic import op
from backend.infra.columns import Document, Exact, Instant

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('entitlement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unit_config', Document(), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('entitlement', schema=None) as batch_op:
        batch_op.alter_column('revision', existing_type=sa.Integer(), server_default=None)
    op.create_table('balance_snapshot',
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('entitlement_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('basis', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('since', Instant(), nullable=False),
    sa.Column('balances', Document(), nullable=False),
    sa.Column('overage', Exact(), nullable=False),
    sa.Column('usage', Exact(), nullable=False),
    sa.Column('grant_usage', Exact(), nullable=False),
    sa.PrimaryKeyConstraint('namespace', 'entitlement_id', 'at')
    )
    op.create_table('entitlement_grant',
    sa.Column('deleted_at', Instant(), nullable=True),
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('entitlement_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('amount', Exact(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('effective_at', Instant(), nullable=False),
    sa.Column('expiration_unit', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=True),
    sa.Column('expiration_count', sa.Integer(), nullable=True),
    sa.Column('expires_at', Instant(), nullable=True),
    sa.Column('min_rollover', Exact(), nullable=False),
    sa.Column('max_rollover', Exact(), nullable=False),
    sa.Column('recurrence_interval', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('recurrence_anchor', Instant(), nullable=True),
    sa.Column('voided_at', Instant(), nullable=True),
    sa.Column('labels', Document(), nullable=True),
    sa.Column('annotations', Document(), nullable=True),
    sa.ForeignKeyConstraint(['entitlement_id'], ['entitlement.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('entitlement_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_entitlement_grant_entitlement_id'), ['entitlement_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_entitlement_grant_namespace'), ['namespace'], unique=False)

    op.create_table('usage_reset',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('entitlement_id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('anchor', Instant(), nullable=False),
    sa.Column('preserve_overage', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['entitlement_id'], ['entitlement.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('entitlement_id', 'at', name='usage_reset_once_a_minute')
    )
    with op.batch_alter_table('usage_reset', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_usage_reset_namespace'), ['namespace'], unique=False)

    _issue_grants()


def downgrade() -> None:
    with op.batch_alter_table('usage_reset', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_usage_reset_namespace'))

    op.drop_table('usage_reset')
    with op.batch_alter_table('entitlement_grant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_entitlement_grant_namespace'))
        batch_op.drop_index(batch_op.f('ix_entitlement_grant_entitlement_id'))

    op.drop_table('entitlement_grant')
    op.drop_table('balance_snapshot')
    with op.batch_alter_table('entitlement', schema=None) as batch_op:
        batch_op.drop_column('revision')
        batch_op.drop_column('unit_config')


def _issue_grants() -> None:
    """Give each entitlement with an amount per usage period the grant that stands for it from now on."""
    text = sa.String()
    entitlement = sa.table(
        'entitlement',
        *(sa.column(name, text) for name in ('id', 'namespace', 'kind')),
        *(sa.column(name, Instant()) for name in ('created_at', 'updated_at', 'measure_usage_from')),
        sa.column('issue_after_reset', Exact()),
        sa.column('issue_after_reset_priority', sa.Integer()),
    )
    grant = sa.table(
        'entitlement_grant',
        *(sa.column(name, text) for name in ('id', 'namespace', 'entitlement_id')),
        *(sa.column(name, Instant()) for name in ('created_at', 'updated_at', 'effective_at')),
        *(sa.column(name, Exact()) for name in ('amount', 'min_rollover', 'max_rollover')),
        sa.column('priority', sa.Integer()),
        sa.column('annotations', Document()),
    )
    found = op.get_bind().execute(
        sa.select(entitlement).where(entitlement.c.kind == 'metered', entitlement.c.issue_after_reset.is_not(None))
    )
    rows = [
        {
            'id': str(ULID()),
            'namespace': row.namespace,
            'entitlement_id': row.id,
            'created_at': row.created_at,
            'updated_at': row.updated_at,
            'effective_at': row.measure_usage_from,
            'amount': row.issue_after_reset,
            'min_rollover': row.issue_after_reset,
            'max_rollover': row.issue_after_reset,
            'priority': row.issue_after_reset_priority or 1,
            'annotations': {'issueAfterReset': True},
        }
        for row in found
        if row.issue_after_reset > Decimal(0)
    ]
    if rows:
        op.bulk_insert(grant, rows)
