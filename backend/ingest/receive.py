"""A request full of events: read, stored and committed, and only then acknowledged."""

from backend.infra.actor import Identity
from backend.infra.context import unit_of_work
from backend.infra.metrics import EVENTS
from backend.ingest import cloudevents, service
from backend.ingest.cloudevents import Shape
from backend.ingest.service import Ingested


def receive(identity: Identity, body: bytes, shape: Shape) -> Ingested:
    """Take in a request on somebody's behalf; its events are on disk when this returns (metering spec 2).

    Invalid or TooLarge store nothing of it.
    """
    events = cloudevents.read(body, shape)
    with unit_of_work(identity.namespace, actor=identity.actor) as ctx:
        ingested = service.ingest(ctx, events)
    EVENTS.labels("stored").inc(ingested.stored)
    EVENTS.labels("duplicate").inc(ingested.duplicates)
    return ingested
