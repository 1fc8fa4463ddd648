"""A reset starts a new usage period by hand: grants roll over, usage counts from zero."""

from datetime import datetime

from backend.entitlements.events import announce_reset
from backend.entitlements.models import Entitlement, UsageReset
from backend.entitlements.service.grants import lock_quota, note_change
from backend.entitlements.service.read import usage_periods
from backend.infra.context import Context


def reset(
    ctx: Context,
    entitlement: Entitlement,
    *,
    at: datetime | None = None,
    retain_anchor: bool = False,
    preserve_overage: bool | None = None,
) -> UsageReset:
    """Start the quota of a metered entitlement anew in the minute of an instant (default: now).

    Unless it is retained, the anchor of later usage periods moves there. Overage is preserved as the entitlement says,
    unless this reset says otherwise. Raises Invalid in the future, before the current usage period, and in the minute
    of the last reset or before it. It is announced to the slices above. Source: metering spec 11.
    """
    lock_quota(ctx, entitlement)
    periods = usage_periods(ctx, [entitlement])[entitlement.id].reset(
        at or ctx.now, ctx.now, retain_anchor=retain_anchor, preserve_overage=preserve_overage
    )
    start = periods.starts[-1]
    row = UsageReset(
        entitlement_id=entitlement.id,
        at=start.at,
        anchor=start.recurrence.anchor,
        preserve_overage=preserve_overage,
    )
    ctx.session.add(row)
    note_change(ctx, entitlement, start.at)
    announce_reset(ctx, entitlement, row)
    return row
