"""keep event keys apart, fill rollups in slices"""

from hashlib import blake2b

import sqlalchemy as sa
import sqlmodel
from ulid import ULID

from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

AT_ONCE = 50_000
event = sa.table('usage_event', *(sa.column(name) for name in ('id', 'namespace', 'source', 'event_id')))
event_key = sa.table('usage_event_key', sa.column('key', sa.LargeBinary))
meter = sa.table('meter', *(sa.column(name) for name in ('id', 'aggregation', 'deleted_at', 'rollup', 'fill_after', 'fill_until')))


def fill_keys() -> None:
    """Give every event that is stored its key; they are unique, since the constraint that goes now held until now."""
    connection, last = op.get_bind(), ''
    while rows := connection.execute(sa.select(event).where(event.c.id > last).order_by(event.c.id).limit(AT_ONCE)).all():
        last = rows[-1].id
        named = (f'{len(row.namespace)} {len(row.source)} {row.namespace}{row.source}{row.event_id}' for row in rows)
        keys = sorted(blake2b(text.encode(), digest_size=16).digest() for text in named)
        connection.execute(sa.insert(event_key), [{'key': key} for key in keys])


def start_new_rollups() -> None:
    """Unique counts and latest values are rolled up from now on; the job fills in what is here already."""
    connection = op.get_bind()
    newest = connection.scalar(sa.select(sa.func.max(event.c.id)))
    new = sa.select(meter.c.id).where(meter.c.aggregation.in_(['UNIQUE_COUNT', 'LATEST']), meter.c.deleted_at.is_(None))
    for meter_id in connection.scalars(new).all():
        values = {'rollup': str(ULID()), 'fill_after': newest and '', 'fill_until': newest}
        connection.execute(sa.update(meter).where(meter.c.id == meter_id).values(values))


def upgrade() -> None:
    op.create_table('usage_event_key',
    sa.Column('key', sa.LargeBinary(length=16), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    op.create_table('usage_event_key_recent',
    sa.Column('key', sa.LargeBinary(length=16), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('meter', schema=None) as batch_op:
        batch_op.add_column(sa.Column('fill_after', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True))
        batch_op.add_column(sa.Column('fill_until', sqlmodel.sql.sqltypes.AutoString(length=26), nullable=True))

    with op.batch_alter_table('usage_day', schema=None) as batch_op:
        batch_op.add_column(sa.Column('last_id', sqlmodel.sql.sqltypes.AutoString(length=26), server_default='', nullable=False))

    fill_keys()
    start_new_rollups()
    with op.batch_alter_table('usage_event', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_usage_event'), type_='unique')



def downgrade() -> None:
    with op.batch_alter_table('usage_event', schema=None) as batch_op:
        batch_op.create_unique_constraint(batch_op.f('uq_usage_event'), ['namespace', 'source', 'event_id'])

    with op.batch_alter_table('usage_day', schema=None) as batch_op:
        batch_op.drop_column('last_id')

    with op.batch_alter_table('meter', schema=None) as batch_op:
        batch_op.drop_column('fill_until')
        batch_op.drop_column('fill_after')

    op.drop_table('usage_event_key_recent')
    op.drop_table('usage_event_key')
