"""What time it is in a namespace, and the time machine of sandboxes (our own addition to version 1)."""

from fastapi import APIRouter

from backend.access import service
from backend.api.deps import Reading
from backend.api.v1.wire.access import ClockOut, clock_to_wire
from backend.api.wire import WireRoute

router = APIRouter(prefix="/api/v1/clock", tags=["Clock"], route_class=WireRoute)


@router.get("", operation_id="getClock")
def get_clock(ctx: Reading) -> ClockOut:
    """What time it is here, and whether it can be moved."""
    return clock_to_wire(service.sandbox_clock(ctx))
