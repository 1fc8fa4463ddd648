"""What entitlements announce to the slices above."""

from backend.entitlements.models import Entitlement, UsageReset
from backend.infra import outbox
from backend.infra.context import Context

RESET = "entitlement.reset"


def announce_reset(ctx: Context, entitlement: Entitlement, reset: UsageReset) -> None:
    """Say that somebody started a quota anew, and from when on (metering spec 11)."""
    outbox.announce(ctx, RESET, entitlement_id=entitlement.id, at=reset.at.isoformat())
