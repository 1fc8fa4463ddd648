"""correct issued invoices"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from backend.infra.columns import Exact, Instant

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('late_usage',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('event_type', sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=1024), nullable=False),
    sa.Column('first_at', Instant(), nullable=False),
    sa.Column('last_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('late_usage', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_late_usage_namespace'), ['namespace'], unique=False)

    op.create_table('invoice_correction',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=False),
    sa.Column('namespace', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=False),
    sa.Column('invoice_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('line_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('customer_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
    sa.Column('subscription_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('billed', Exact(), nullable=False),
    sa.Column('due', Exact(), nullable=False),
    sa.Column('amount', Exact(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], ),
    sa.ForeignKeyConstraint(['line_id'], ['invoice_line.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('line_id', 'number', name='invoice_correction_number')
    )
    with op.batch_alter_table('invoice_correction', schema=None) as batch_op:
        batch_op.create_index('ix_invoice_correction_customer', ['namespace', 'customer_id', 'status'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoice_correction_invoice_id'), ['invoice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoice_correction_namespace'), ['namespace'], unique=False)
        batch_op.create_index('ix_invoice_correction_subscription', ['namespace', 'subscription_id'], unique=False)

    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.create_index('ix_invoice_quantities', ['namespace', 'quantities_at'], unique=False)

    with op.batch_alter_table('invoice_line', schema=None) as batch_op:
        batch_op.add_column(sa.Column('correction_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.create_index(batch_op.f('ix_invoice_line_correction_id'), ['correction_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('invoice_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invoice_line_correction_id'))
        batch_op.drop_column('correction_id')

    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.drop_index('ix_invoice_quantities')

    with op.batch_alter_table('invoice_correction', schema=None) as batch_op:
        batch_op.drop_index('ix_invoice_correction_subscription')
        batch_op.drop_index(batch_op.f('ix_invoice_correction_namespace'))
        batch_op.drop_index(batch_op.f('ix_invoice_correction_invoice_id'))
        batch_op.drop_index('ix_invoice_correction_customer')

    op.drop_table('invoice_correction')
    with op.batch_alter_table('late_usage', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_late_usage_namespace'))

    op.drop_table('late_usage')
