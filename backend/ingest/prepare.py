"""All that can be done for events before their transaction, so that the one writer has less to do."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, compress
from typing import NamedTuple

from backend.ingest import cloudevents
from backend.ingest.cloudevents import CloudEvent, Data
from backend.ingest.keys import key_of


class PreparedEvents(NamedTuple):
    """Checked events side by side, a column for each thing that is known of them.

    `key` is what makes an event count once, `time` the time as it is kept (None: when it is stored), `read` what its
    `data` says.
    """

    key: Sequence[bytes]
    source: Sequence[str]
    event_id: Sequence[str]
    type: Sequence[str]
    subject: Sequence[str]
    time: Sequence[datetime | None]
    data: Sequence[str | None]
    read: Sequence[Data | None]

    @property
    def number(self) -> int:
        """How many events these are."""
        return len(self.key)

    @classmethod
    def of_all(cls, requests: "Sequence[PreparedEvents]") -> "PreparedEvents":
        """The events of several requests, one request after the other."""
        return cls._make(list(chain.from_iterable(columns)) for columns in zip(*requests, strict=True))

    def those(self, wanted: Sequence[bool]) -> "PreparedEvents":
        """Only the events that are wanted."""
        return self if all(wanted) else PreparedEvents._make(list(compress(column, wanted)) for column in self)


def prepare(namespace: str, events: Sequence[CloudEvent]) -> PreparedEvents:
    """Check events of a namespace and make them ready; Invalid, naming the place, when one is wrong."""
    read = cloudevents.check(events)
    return PreparedEvents(
        key=[key_of(namespace, event.source, event.id) for event in events],
        source=[event.source for event in events],
        event_id=[event.id for event in events],
        type=[event.type for event in events],
        subject=[event.subject for event in events],
        time=[event.time and cloudevents.on_the_second(event.time) for event in events],
        data=[event.data for event in events],
        read=read,
    )
