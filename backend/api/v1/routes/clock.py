"""What time it is in a namespace, and the time machine of sandboxes (our own addition to version 1)."""

from fastapi import APIRouter

from backend import clockwork
from backend.access import service
from backend.api.deps import FullAccess, Reading
from backend.api.v1.wire.access import ClockAdvance, ClockOut, clock_to_wire
from backend.api.wire import WireRoute
from backend.infra.context import unit_of_work

router = APIRouter(prefix="/api/v1/clock", tags=["Clock"], route_class=WireRoute)


@router.get("", operation_id="getClock")
def get_clock(ctx: Reading) -> ClockOut:
    """What time it is here, and whether it can be moved."""
    return clock_to_wire(service.sandbox_clock(ctx))


@router.post("/advance", operation_id="advanceClock")
def advance_clock(identity: FullAccess, body: ClockAdvance) -> ClockOut:
    """Move a sandbox's clock forward; everything that falls due on the way is done before the answer."""
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        to = service.request_travel(ctx, body.target(ctx.now))
    clockwork.travel(identity.namespace, to)
    with unit_of_work(identity.namespace, writing=False) as ctx:
        return clock_to_wire(service.sandbox_clock(ctx))
