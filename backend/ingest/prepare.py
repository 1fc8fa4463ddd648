"""All that can be done for an event before its transaction, so that the one writer has less to do."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from backend.ingest import cloudevents
from backend.ingest.cloudevents import CloudEvent, Data
from backend.ingest.keys import key_of


class PreparedEvent(msgspec.Struct, frozen=True, gc=False):
    """A checked event with its dedupe key, its time as it is kept (None: when it is stored) and its data, read."""

    key: bytes
    time: datetime | None
    read: Data | None
    event: CloudEvent


def prepare(namespace: str, events: Sequence[CloudEvent]) -> list[PreparedEvent]:
    """Check events of a namespace and make them ready; Invalid, naming the place, when one is wrong."""
    return [
        PreparedEvent(
            key_of(namespace, event.source, event.id),
            event.time and cloudevents.on_the_second(event.time),
            read,
            event,
        )
        for event, read in zip(events, cloudevents.check(events), strict=True)
    ]
