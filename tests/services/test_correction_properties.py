"""Whatever comes late, an invoice and its corrections are the invoice that would have been, had all been on time."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from backend import clockwork
from backend.catalog.terms import RateCardTerms
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    PercentageDiscount,
    Price,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.subscribe.edit import RemoveItem
from backend.errors import DomainError
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import ItemAddition, Moment, SubscriptionEdit
from tests.conftest import Work
from tests.services.company import (
    JAN,
    PLATFORM_IN_ADVANCE,
    SUPPORT_IN_ARREARS,
    Sold,
    gathering_invoices,
    sell,
    standard_invoices,
    tokens_at,
    use_tokens,
)

APR = datetime(2026, 4, 1, tzinfo=UTC)
ENDS = tuple(datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4))
HOUR = timedelta(hours=1)
ON_TIME, LATE = "default", "late"
"""Two namespaces in which the same happens: in one it is known at once, in the other some of it later."""

Change = Callable[[Context, Sold], object]


@dataclass(frozen=True, slots=True)
class Use:
    """Tokens that are used at an instant and known at another one."""

    tokens: int
    at: datetime
    stored: datetime


def random_price(random: Random) -> Price:
    first, cents = Decimal(random.randrange(20, 120)), Decimal(random.randrange(1, 40)) / 100
    tiers = (
        Tier(first, flat=Decimal(random.randrange(9)), unit=Decimal("0.333")),
        Tier(None, flat=Decimal(random.randrange(3)), unit=cents),
    )
    return random.choice((Unit(cents), Graduated(tiers), Volume(tiers), Package(Decimal(7), first)))


def random_tokens(random: Random) -> RateCardTerms:
    """Metered tokens with a price, discounts and a commitment that nobody has chosen."""
    least, most = random.choice(((None, None), (Decimal(15), None), (None, Decimal(30)), (Decimal(8), Decimal(40))))
    discounts = random.choice(
        (
            Discounts(),
            Discounts(percentage=PercentageDiscount(Decimal("12.5"))),
            Discounts(usage=UsageDiscount(Decimal(25))),
        )
    )
    return replace(tokens_at(random_price(random)), commitment=Commitment(least, most), discounts=discounts)


def random_uses(random: Random) -> list[Use]:
    """A dozen uses within three months; of half of them we hear up to fifty days later."""
    found = []
    for _ in range(12):
        at = JAN + timedelta(minutes=random.randrange(90 * 24 * 60))
        delay = timedelta(days=random.randrange(50)) if random.random() < 0.5 else timedelta()
        found.append(Use(random.randrange(1, 90), at, min(at + delay, APR + 5 * HOUR)))
    return found


def live(work: Work, namespace: str, happenings: list[tuple[datetime, Callable[[], object]]]) -> None:
    """Let everything happen at its time, and time do what it does in between."""
    for at, happen in sorted(happenings, key=lambda happening: happening[0]):
        happen()
        clockwork.run_due(namespace, now=at)
    for at in (APR + 6 * HOUR, APR + 7 * HOUR):
        clockwork.run_due(namespace, now=at)


def billed(work: Work, namespace: str, sold: Sold) -> dict[tuple[str, datetime], Decimal]:
    """What each line and its corrections come to, checking that they are on invoices and that these add up."""
    found: dict[tuple[str, datetime], Decimal] = defaultdict(Decimal)
    booked, corrected = Decimal(0), Decimal(0)
    invoices = [*standard_invoices(work, namespace), *gathering_invoices(work, namespace)]
    with work(namespace, now=APR + 8 * HOUR, writing=False) as ctx:
        for invoice in invoices:
            shown = invoicing.view(ctx, invoice)
            assert invoice.total >= 0
            for line, totals in ((each.line, each.totals) for each in shown.lines):
                if line.correction_id is not None:
                    booked += totals.total
                    continue
                key = ((line.reference or "").removeprefix(sold.subscription_id), line.period_start)
                found[key] += totals.total
                for correction in invoicing.corrections_of_lines(ctx, [line]).get(line.id, ()):
                    corrected += correction.amount
                    found[key] += correction.amount
    assert booked == corrected
    return {key: amount for key, amount in found.items() if amount}


def check_again(work: Work, namespace: str) -> None:
    for invoice in standard_invoices(work, namespace):
        with work(namespace, now=APR + 8 * HOUR) as ctx:
            invoicing.check_invoice(ctx, invoice.id)


def invoice_now(work: Work, namespace: str, sold: Sold, at: datetime) -> object:
    try:
        with work(namespace, now=at) as ctx:
            return invoicing.invoice_now(ctx, sold.customer_id, progressive=True)
    except DomainError:
        return None  # nothing can be billed in parts


@pytest.mark.parametrize("seed", range(6))
def test_usage_that_comes_late_is_billed_as_if_it_had_been_on_time(work: Work, seed: int) -> None:
    random = Random(seed)
    card, uses = random_tokens(random), random_uses(random)
    days = sorted(random.sample(range(2, 88), random.choice((0, 2))))
    results = []
    for namespace in (ON_TIME, LATE):
        sold = sell(work, cards=(PLATFORM_IN_ADVANCE, card), namespace=namespace)
        happenings: list[tuple[datetime, Callable[[], object]]] = [(at, lambda: None) for at in (JAN, *ENDS)]
        happenings += [(at + HOUR, lambda: None) for at in ENDS]
        for use in uses:
            stored = use.at if namespace == ON_TIME else use.stored
            happenings.append((stored, use_happens(work, namespace, use, stored)))
        for day in days:
            at = JAN + timedelta(days=day, minutes=1)
            happenings.append((at, in_parts(work, namespace, sold, at)))
        live(work, namespace, happenings)
        results.append(billed(work, namespace, sold))
        check_again(work, namespace)
        assert billed(work, namespace, sold) == results[-1]
    on_time, late = results
    assert late == on_time


def use_happens(work: Work, namespace: str, use: Use, stored: datetime) -> Callable[[], object]:
    return lambda: use_tokens(work, use.tokens, use.at, stored=stored, namespace=namespace)


def in_parts(work: Work, namespace: str, sold: Sold, at: datetime) -> Callable[[], object]:
    return lambda: invoice_now(work, namespace, sold, at)


def cancel(ctx: Context, sold: Sold) -> object:
    return subscriptions.cancel(ctx, sold.subscription_id)


def another_fee(ctx: Context, sold: Sold) -> object:
    card = replace(PLATFORM_IN_ADVANCE, price=Flat(Decimal(33), PaymentTerm.IN_ADVANCE))
    return subscriptions.edit(ctx, sold.subscription_id, SubscriptionEdit((ItemAddition("default", card),)))


def without_platform(ctx: Context, sold: Sold) -> object:
    return subscriptions.edit(ctx, sold.subscription_id, SubscriptionEdit((RemoveItem("default", "platform"),)))


def cancel_later(ctx: Context, sold: Sold) -> object:
    return subscriptions.cancel(ctx, sold.subscription_id, Moment.NEXT_BILLING_CYCLE)


CHANGES: tuple[Change, ...] = (cancel, another_fee, without_platform, cancel_later)


@pytest.mark.parametrize("seed", range(6))
def test_changes_of_what_is_paid_are_billed_as_if_they_had_been_known(work: Work, seed: int) -> None:
    random = Random(seed)
    uses = random_uses(random)
    cards = (PLATFORM_IN_ADVANCE, SUPPORT_IN_ARREARS, random_tokens(random))
    acts = [
        (JAN + timedelta(days=day, hours=5), random.choice(CHANGES)) for day in sorted(random.sample(range(1, 85), 3))
    ]
    results = []
    for namespace in (ON_TIME, LATE):
        sold = sell(work, cards=cards, namespace=namespace)
        is_late = namespace == LATE
        happenings: list[tuple[datetime, Callable[[], object]]] = []
        for use in uses:
            stored = use.stored if is_late else use.at
            happenings.append((stored, use_happens(work, namespace, use, stored)))
        for at, act in acts:
            happenings.append((at, attempt(work, namespace, sold, at, act)))
        if is_late:
            happenings += [(at, lambda: None) for at in (JAN, *ENDS)]
            happenings += [(at + HOUR, lambda: None) for at in ENDS]
            live(work, namespace, happenings)
        else:
            for _, happen in sorted(happenings, key=lambda happening: happening[0]):
                happen()
            live(work, namespace, [])
        results.append(billed(work, namespace, sold))
        check_again(work, namespace)
        assert billed(work, namespace, sold) == results[-1]
    on_time, late = results
    assert late == on_time


def attempt(work: Work, namespace: str, sold: Sold, at: datetime, act: Change) -> Callable[[], object]:
    """What is refused changes nothing."""

    def happen() -> object:
        try:
            with work(namespace, now=at) as ctx:
                return act(ctx, sold)
        except DomainError:
            return None

    return happen
