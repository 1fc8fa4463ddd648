"""How reservations travel in version 1 (our own addition): amounts as JSON numbers."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from backend.api.wire import CalculatedNumber, Instant, Number, PageQuery, Wire, WireInput
from backend.engine.exact import ZERO
from backend.engine.recurrence import Duration
from backend.engine.reserve import Outcome, Status
from backend.entitlements.reservation_commit import CommitInput, EventInput
from backend.entitlements.reservation_models import Reservation
from backend.entitlements.reservation_service import LONGEST, Refusal, ReservationInput
from backend.errors import Invalid

AMOUNT = (
    "In the units of the quota, and an amount that usage can come to: whole events for a COUNT meter, and what a unit "
    "conversion can give. Where usage is multiplied by 3, 3 can be reserved and 1 cannot."
)
MOST_SECONDS = int(LONGEST.total_seconds())
EventText = Annotated[str, Field(min_length=1, max_length=1024)]


def _ttl(value: object) -> Duration:
    """Seconds as a number, or an ISO 8601 duration."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 < value <= MOST_SECONDS:
        return Duration(seconds=Decimal(value))
    try:
        return Duration.parse(value if isinstance(value, str) else "")
    except Invalid:
        raise ValueError(f"must be seconds from 1 to {MOST_SECONDS}, or an ISO 8601 duration such as PT1M") from None


Ttl = Annotated[
    Duration,
    PlainValidator(_ttl),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 1, "maximum": MOST_SECONDS},
                {"type": "string", "format": "duration", "example": "PT1M"},
            ]
        }
    ),
]


class ReservationIn(WireInput):
    """How much to hold, and for how long."""

    amount: Annotated[Number, Field(gt=0, description=AMOUNT)]
    ttl: Annotated[
        Ttl,
        Field(description="How long to hold it unless committed or released: 1 second to 7 days. Default 1 minute."),
    ] = Duration(minutes=1)
    idempotency_key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=256,
            description="The same key with the same body gets the same reservation, with another body 409.",
        ),
    ] = None
    allow_partial: Annotated[bool, Field(description="Hold what is left if it is less than the amount.")] = False

    def from_wire(self, now: datetime) -> ReservationInput:
        """As the service takes it."""
        ttl = self.ttl.after(now) - now
        return ReservationInput(self.amount, ttl, self.idempotency_key, self.allow_partial)


class CommitEventIn(WireInput):
    """What is known of the usage event; everything else is filled in."""

    id: Annotated[EventText | None, Field(description="Default: the id of the reservation.")] = None
    source: Annotated[EventText | None, Field(description="Default: meterline/reservations.")] = None
    subject: Annotated[
        EventText | None, Field(description="One of the customer's subjects. Default: its key or first subject key.")
    ] = None
    time: Annotated[Instant | None, Field(description="From the reservation until now. Default: now.")] = None
    data: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description="Dimensions and whatever else the event shall say. The amount and what the feature filters by "
            "are filled in at the paths of the meter.",
        ),
    ]


class CommitIn(WireInput):
    """What was used."""

    amount: Annotated[
        Number | None,
        Field(ge=0, description=f"Less or more than is held, 0 for nothing. Default: all that is held. {AMOUNT}"),
    ] = None
    event: CommitEventIn = CommitEventIn(data={})

    def from_wire(self) -> CommitInput:
        """As the service takes it."""
        said = self.event
        return CommitInput(self.amount, EventInput(said.id, said.source, said.subject, said.time, said.data))


class ReservationQuery(PageQuery):
    """Which reservations: of all statuses unless some are named."""

    status: Annotated[list[Status], Field(default_factory=list)]


class EventKeyOut(Wire):
    """By what the usage event can be found; of several with a COUNT meter, the ids go on with -1, -2, ..."""

    id: str
    source: str


class ReservationOut(Wire):
    """Units of a quota that are or were held for somebody.

    `amount` was asked for, `granted` is held; `overage` of it is beyond a soft limit, and `balance` was left for others
    when it was decided. Once committed, `committedOverage` is the part of `committedAmount` that no grant covers.
    """

    id: str
    customer_id: str
    feature_key: str
    entitlement_id: str
    idempotency_key: str | None = None
    outcome: Literal[Outcome.GRANTED, Outcome.PARTLY_GRANTED]
    status: Status
    amount: CalculatedNumber
    granted: CalculatedNumber
    overage: CalculatedNumber
    balance: CalculatedNumber
    created_at: Instant
    expires_at: Instant
    released_at: Instant | None = None
    committed_at: Instant | None = None
    committed_amount: CalculatedNumber | None = None
    committed_overage: CalculatedNumber | None = None
    event: EventKeyOut | None = None


class RefusalOut(Wire):
    """A hard limit leaves too little: nothing is held, nothing is kept. `balance` is what could be reserved."""

    outcome: Literal[Outcome.REFUSED] = Outcome.REFUSED
    amount: CalculatedNumber
    granted: CalculatedNumber = ZERO
    overage: CalculatedNumber = ZERO
    balance: CalculatedNumber


def to_wire(reservation: Reservation, at: datetime) -> ReservationOut:
    """A reservation as it is at an instant."""
    event = None
    if reservation.event_id is not None and reservation.event_source is not None:
        event = EventKeyOut(id=reservation.event_id, source=reservation.event_source)
    return ReservationOut.model_validate(
        reservation.model_dump() | {"outcome": reservation.outcome, "status": reservation.status(at), "event": event}
    )


def refusal_to_wire(refusal: Refusal) -> RefusalOut:
    """A refusal as it travels."""
    return RefusalOut(amount=refusal.amount, balance=refusal.balance)
