"""Events are posted to their channels, again and again with growing delays, until somebody takes them.

No transaction is open while a receiver is waited for. A process that dies in between is followed by another, which
sends the same event under the same id: receivers may get it twice, and never not at all.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.infra.clock import wall
from backend.infra.context import Context, unit_of_work
from backend.notifications import repository, signature
from backend.notifications.models import (
    DeliveryState,
    NotificationAttempt,
    NotificationChannel,
    NotificationDelivery,
)

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""How long after each failure it is tried again: the times of Svix, a day and three hours in all."""

LEASE = timedelta(minutes=1)
"""How long a process has a delivery for itself."""

AT_ONCE = 16
THREADS = 8
"""So many are taken at once, and sent at once: with 20 seconds for a request, a lease is never too short."""

LONGEST_ANSWER = 1_000
SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status and a text, or no status and the reason why nobody answered."""

    status: int | None
    body: str
    took: timedelta


Send = Callable[[str, Mapping[str, str], bytes], Answer]
"""Posts a body with headers to an address; never raises because of the receiver."""


@dataclass(frozen=True, slots=True)
class _Letter:
    delivery_id: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def deliver_due(namespace: str, send: Send) -> int:
    """Try everything that is due once; returns how many requests were made."""
    made = 0
    with ThreadPoolExecutor(THREADS, "notifications") as senders:
        while True:
            now = wall()
            with unit_of_work(namespace, now=now, writing=False) as ctx:
                due = repository.due(ctx, now, AT_ONCE)
            letters = [letter for delivery_id in due if (letter := _take(namespace, delivery_id))]
            for letter, answer in zip(letters, senders.map(lambda one: _post(send, one), letters), strict=True):
                _note(namespace, letter, answer)
            made += len(letters)
            if len(due) < AT_ONCE:
                return made


def _post(send: Send, letter: _Letter) -> Answer:
    return send(letter.url, letter.headers, letter.body)


def _take(namespace: str, delivery_id: str) -> _Letter | None:
    """Take a delivery for ourselves, or end it if its channel is not there to be sent to any more."""
    now = wall()
    with unit_of_work(namespace, now=now) as ctx:
        delivery = repository.take(ctx, delivery_id, now)
        if delivery is None:
            return None
        event, channel = repository.event(ctx, delivery.event_id), repository.channel(ctx, delivery.channel_id)
        assert event is not None
        assert channel is not None
        if channel.disabled or channel.deleted_at is not None:
            _move(ctx, delivery, DeliveryState.FAILED, "The channel is disabled or deleted.", None)
            return None
        delivery.next_try_at = now + LEASE
        ctx.session.add(delivery)
        body = event.body.encode()
        return _Letter(delivery.id, channel.url, _headers(channel, event.id, now, body), body)


def _headers(channel: NotificationChannel, event_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    signed = signature.headers(channel.signing_secret, event_id, at, body)
    return {**channel.custom_headers, "Content-Type": "application/json", **signed}


def _note(namespace: str, letter: _Letter, answer: Answer) -> None:
    """Keep what came back, and decide what is next."""
    now = wall()
    with unit_of_work(namespace, now=now) as ctx:
        delivery = repository.delivery(ctx, letter.delivery_id)
        delivery.tries += 1
        is_taken = answer.status in SUCCESS if answer.status is not None else False
        ctx.session.add(
            NotificationAttempt(
                delivery_id=delivery.id,
                at=now - answer.took,
                state=(DeliveryState.SUCCESS if is_taken else DeliveryState.FAILED).value,
                status_code=answer.status,
                body=answer.body[:LONGEST_ANSWER].replace("\0", ""),
                duration_ms=answer.took // timedelta(milliseconds=1),
                url=letter.url,
            )
        )
        if is_taken:
            _move(ctx, delivery, DeliveryState.SUCCESS, "", None)
        elif delivery.tries <= len(DELAYS):
            _move(ctx, delivery, DeliveryState.SENDING, _reason(answer), now + DELAYS[delivery.tries - 1])
        else:
            _move(ctx, delivery, DeliveryState.FAILED, _reason(answer), None)


def _reason(answer: Answer) -> str:
    return answer.body[:LONGEST_ANSWER] if answer.status is None else f"The receiver answered {answer.status}."


def _move(
    ctx: Context, delivery: NotificationDelivery, state: DeliveryState, reason: str, next_try_at: datetime | None
) -> None:
    delivery.state, delivery.reason, delivery.next_try_at = state.value, reason, next_try_at
    delivery.changed_at = ctx.now
    ctx.session.add(delivery)
