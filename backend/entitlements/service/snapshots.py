"""States of quotas that are kept, so that a balance need not be burnt down from the beginning each time.

A kept state never changes a result. It lies at least a day back, so that events may come late; when one is later still,
the states after it are forgotten in the transaction that stores it. Whoever stores such events shares the lock LATE;
whoever keeps a state has it alone, so none can be kept that lacks an event.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import merge
from operator import attrgetter

from backend.customers import service as customers
from backend.engine.meter.definition import Aggregation
from backend.entitlements import quota as quotas
from backend.entitlements import repository
from backend.entitlements.service.balance import burnt
from backend.infra import locks
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import StoredUsage

GRACE = timedelta(days=1)
"""How late an event may come without making a quota compute its past again (metering spec 2.2)."""
MARGIN = timedelta(hours=1)
"""Events that are nearly as late count as late: their transaction may have begun before that of a state."""
MOST_KEPT = 7
LATE = "late events"


def due(ctx: Context) -> Sequence[str]:
    """The active metered entitlements that have no state of yesterday's midnight yet."""
    return repository.without_snapshot(ctx, _instant(ctx))


def keep(ctx: Context, entitlement_id: str) -> bool:
    """Keep the state of a quota at yesterday's midnight, in the place of the oldest; whether there was one to keep.

    The limits of a LATEST meter cannot be resumed from a state: it has none (metering spec 10).
    """
    entitlement = repository.by_id(ctx, entitlement_id)
    assert entitlement is not None
    repository.lock(ctx, entitlement)
    customer = customers.by_id(ctx, [entitlement.customer_id])[entitlement.customer_id]
    quota, at = quotas.load(ctx, customer, entitlement), _instant(ctx)
    if quota.meter.definition.aggregation is Aggregation.LATEST or at <= quota.measured_from:
        return False
    locks.have_alone(ctx, LATE)
    state = burnt(ctx, quota, at).snapshot
    repository.forget_snapshots(ctx, [entitlement.id], at)
    ctx.session.add(quotas.to_row(ctx, quota, state))
    ctx.session.flush()
    repository.forget_oldest_snapshots(ctx, entitlement.id, MOST_KEPT)
    return True


def heed_late(ctx: Context, new: Mapping[str, Sequence[StoredUsage]]) -> None:
    """Forget the states that lack events which this unit of work has just stored."""
    horizon = ctx.now - GRACE + MARGIN
    earliest = min(events[0].time for events in new.values())
    if earliest >= horizon:
        return
    locks.share(ctx, LATE)
    if not repository.has_snapshots(ctx, earliest):
        return
    late: dict[str, datetime] = {}
    for event in merge(*new.values(), key=attrgetter("time")):
        if event.time >= horizon:
            break
        late.setdefault(event.subject, event.time)
    since: dict[str, datetime] = {}
    for subject, customer_id in customers.owners(ctx, late.keys()).items():
        since[customer_id] = min(late[subject], since.get(customer_id, horizon))
    for customer_id, instant in since.items():
        held = [row.id for row in repository.of_customer(ctx, customer_id)]
        repository.forget_snapshots(ctx, held, instant)


def _instant(ctx: Context) -> datetime:
    return (ctx.now - GRACE).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


ingest.heed_with(heed_late)
