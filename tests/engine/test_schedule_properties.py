"""The schedule of any subscription is what the rules of periods say, recounted here with a calendar of its own."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest

from backend.engine.rate.prices import Flat, PaymentTerm, Price, Unit
from backend.engine.recurrence import Duration
from backend.engine.subscribe.schedule import schedule
from backend.engine.subscribe.view import ItemView, PhaseView, SubscriptionView

Fact = tuple[str, datetime, datetime, datetime, datetime, datetime]
"""Reference, service period, full service period, and when it is invoiced."""

NEVER = datetime(2040, 1, 1, tzinfo=UTC)
PRICES: tuple[Price | None, ...] = (
    Flat(Decimal("9.99"), PaymentTerm.IN_ADVANCE),
    Flat(Decimal(50), PaymentTerm.IN_ARREARS),
    Unit(Decimal("0.1")),
    None,
)


def months_after(anchor: datetime, months: int) -> datetime:
    year, month0 = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return anchor.replace(year=year, month=month0 + 1, day=min(anchor.day, monthrange(year, month0 + 1)[1]))


def period_at(anchor: datetime, months: int, at: datetime) -> tuple[datetime, datetime]:
    """The one period of so many months around an instant, found by looking at them all."""
    near = (at.year - anchor.year) * 12 // months
    occurrences = [months_after(anchor, months * number) for number in range(near - 14, near + 15)]
    return next((start, end) for start, end in pairwise(occurrences) if start <= at < end)


def recounted(sold: SubscriptionView, until: datetime) -> Iterator[Fact]:
    """Every line, straight from billing spec 2.3."""
    for phase in sold.phases:
        opens, closes = phase.active_from, min(phase.active_to or NEVER, sold.active_to or NEVER)
        for item in phase.items:
            if item.price is None or item.cadence is None:
                continue
            start, end, number = max(item.active_from, opens), min(item.active_to or NEVER, closes), 0
            while start < end:
                full = period_at(sold.billing_anchor, item.cadence.months, start)
                stop = min(full[1], end)
                billing = period_at(sold.billing_anchor, sold.billing_cadence.months, start)
                in_advance = isinstance(item.price, Flat) and item.price.payment_term is PaymentTerm.IN_ADVANCE
                invoice_at = max(billing[0], opens) if in_advance else max(stop, min(billing[1], closes))
                if invoice_at > until:
                    break
                reference = f"{sold.id}/{phase.key}/{item.key}/v[{item.version}]/period[{number}]"
                yield reference, start, stop, *full, invoice_at
                start, number = stop, number + 1


def any_subscription(random: Random) -> SubscriptionView:
    """Phases with edited items, counted from an anchor on a late day of a month, now and then with an end."""
    start = datetime(2023, random.randint(1, 12), random.choice([1, 27, 28]), random.randrange(24), tzinfo=UTC)
    start += timedelta(days=random.randint(0, 3))
    anchor = datetime(random.choice([2020, 2023, 2026]), random.choice([1, 3, 8]), random.choice([29, 31]), tzinfo=UTC)
    cycle, cadences = random.choice([(1, (1, 3, 12)), (3, (1, 3)), (12, (1, 12))])
    starts = [start, start + timedelta(days=random.choice([0, 14, 31, 90]))]
    end = random.choice([None, start + timedelta(days=random.randint(0, 400))])
    phases = []
    for number, (opens, closes) in enumerate(zip(starts, (starts[1], end), strict=True)):
        edited = opens + timedelta(days=random.randint(0, 60))
        items = [
            ItemView(f"i{index}", version, since, till, Duration(months=random.choice(cadences)), random.choice(PRICES))
            for index in range(2)
            for version, (since, till) in enumerate([(opens, edited), (edited, closes)])
        ]
        phases.append(PhaseView(f"p{number}", opens, closes, tuple(items)))
    return SubscriptionView("s", start, end, random.choice([start, anchor]), Duration(months=cycle), tuple(phases))


@pytest.mark.parametrize("seed", range(40))
def test_the_schedule_is_what_the_rules_say(seed: int) -> None:
    random = Random(seed)
    sold = any_subscription(random)
    until = sold.active_from + timedelta(days=random.randint(0, 500))
    found = [
        (
            line.reference,
            line.service_period.start,
            line.service_period.end,
            line.full_service_period.start,
            line.full_service_period.end,
            line.invoice_at,
        )
        for line in schedule(sold, until)
    ]
    assert found == list(recounted(sold, until))
