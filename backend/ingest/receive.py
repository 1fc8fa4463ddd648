"""A request full of events: read, checked, stored together with its neighbours, and only then acknowledged."""

from concurrent.futures import Future

from backend.infra.actor import Identity
from backend.ingest import cloudevents
from backend.ingest.cloudevents import Shape
from backend.ingest.group_commit import GROUPS
from backend.ingest.prepare import prepare
from backend.ingest.service import Ingested


def receive(identity: Identity, body: bytes, shape: Shape) -> "Future[Ingested]":
    """Take in a request on somebody's behalf; its events are on disk when the future is done (metering spec 2).

    Raises Invalid or TooLarge at once, with nothing of it stored, and TooManyRequests under overload.
    """
    events = prepare(identity.namespace, cloudevents.read(body, shape))
    return GROUPS.submit(identity, events, len(body))
