"""split lines billed in parts"""

import sqlalchemy as sa
import sqlmodel

from alembic import op
from backend.infra.columns import Exact, Instant

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invoice_status'))
        batch_op.create_index('ix_invoice_collection', ['namespace', 'status', 'collection_at'], unique=False)

    with op.batch_alter_table('invoice_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('full_period_start', Instant(), nullable=True))
        batch_op.add_column(sa.Column('full_period_end', Instant(), nullable=True))
        batch_op.add_column(sa.Column('quantity_before', Exact(), nullable=True))
        batch_op.add_column(sa.Column('metered_before', Exact(), nullable=True))
        batch_op.drop_index(batch_op.f('uq_invoice_line_reference'), sqlite_where=sa.text('reference IS NOT NULL AND deleted_at IS NULL'))
        batch_op.create_index('uq_invoice_line_reference', ['namespace', 'reference', 'period_start'], unique=True, sqlite_where=sa.text('reference IS NOT NULL AND deleted_at IS NULL'), postgresql_where=sa.text('reference IS NOT NULL AND deleted_at IS NULL'))
        batch_op.create_index('ix_invoice_line_group', ['group_id'], unique=False)

    # what gathers already is looked at once, and then dated
    op.execute("UPDATE invoice SET collection_at = created_at WHERE kind = 'gathering' AND deleted_at IS NULL")


def downgrade() -> None:
    with op.batch_alter_table('invoice_line', schema=None) as batch_op:
        batch_op.drop_index('ix_invoice_line_group')
        batch_op.drop_index('uq_invoice_line_reference', sqlite_where=sa.text('reference IS NOT NULL AND deleted_at IS NULL'), postgresql_where=sa.text('reference IS NOT NULL AND deleted_at IS NULL'))
        batch_op.create_index(batch_op.f('uq_invoice_line_reference'), ['namespace', 'reference'], unique=True, sqlite_where=sa.text('reference IS NOT NULL AND deleted_at IS NULL'), postgresql_where=sa.text('reference IS NOT NULL AND deleted_at IS NULL'))
        batch_op.drop_column('metered_before')
        batch_op.drop_column('quantity_before')
        batch_op.drop_column('full_period_end')
        batch_op.drop_column('full_period_start')
        batch_op.drop_column('group_id')

    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.drop_index('ix_invoice_collection')
        batch_op.create_index(batch_op.f('ix_invoice_status'), ['namespace', 'status'], unique=False)
