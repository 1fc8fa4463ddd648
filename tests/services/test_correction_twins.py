"""Two companies live alike; one hears of everything too late, and in the end both have billed the same."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from backend import bootstrap
from backend.catalog.models import InstanceType
from backend.catalog.service import addons, offers, plans
from backend.catalog.terms import AddonInput, AddonTerms, OfferTerms, RateCardTerms
from backend.engine.rate.prices import (
    Commitment,
    Discounts,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    Tier,
    Unit,
    UsageDiscount,
    Volume,
)
from backend.engine.recurrence import Duration, Recurrence
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.workflow import from_document, to_document
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import AddonChange, AddonPurchase, ItemAddition, SubscriptionEdit
from tests.conftest import Work
from tests.services.company import JAN, PLATFORM_IN_ADVANCE, SUPPORT_IN_ARREARS, Sold, sell, tokens_at
from tests.services.test_correction_properties import (
    ENDS,
    HOUR,
    LATE,
    ON_TIME,
    attempt,
    billed,
    cancel,
    check_again,
    in_parts,
    live,
    random_tokens,
    random_uses,
    use_happens,
)

ANCHORS = (None, Recurrence(Duration(months=1), datetime.fromisoformat("2026-01-15T00:00:00Z")))
MORE_PLATFORM = replace(PLATFORM_IN_ADVANCE, price=Flat(Decimal(7), PaymentTerm.IN_ADVANCE))
SEATS = replace(PLATFORM_IN_ADVANCE, key="seats", name="Seats", price=Flat(Decimal(10), PaymentTerm.IN_ADVANCE))


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to both companies; parts are billed by the one that hears late."""

    currency: str
    anchored: Recurrence | None
    tokens: RateCardTerms
    acts: tuple[tuple[datetime, Callable[[Context, Sold], object]], ...]
    parts: tuple[datetime, ...]


def exact_tokens(random: Random) -> RateCardTerms:
    """Tokens at prices that need no rounding: then parts of a period come to what the whole of it does."""
    tiers = (Tier(Decimal(60), flat=Decimal(9), unit=Decimal(2)), Tier(None, flat=Decimal(4), unit=Decimal(1)))
    price = random.choice((Unit(Decimal(3)), Graduated(tiers), Volume(tiers), Package(Decimal(7), Decimal(25))))
    least, most = random.choice(((None, None), (Decimal(150), None), (None, Decimal(300)), (Decimal(80), Decimal(250))))
    discounts = random.choice((Discounts(), Discounts(usage=UsageDiscount(Decimal(25)))))
    return replace(tokens_at(price), commitment=Commitment(least, most), discounts=discounts)


def buy(key: str, quantity: int) -> Callable[[Context, Sold], object]:
    """Buy an add-on, or have it so many times from now on; without any, remove it."""

    def act(ctx: Context, sold: Sold) -> object:
        for bought in subscriptions.addons_of(ctx, sold.subscription_id):
            if bought.addon.row.key == key:
                return subscriptions.change_addon(ctx, sold.subscription_id, bought.row.id, AddonChange(quantity))
        return subscriptions.buy_addon(ctx, sold.subscription_id, AddonPurchase(key, quantity))

    return act


def edit(amount: int) -> Callable[[Context, Sold], object]:
    card = replace(PLATFORM_IN_ADVANCE, price=Flat(Decimal(amount), PaymentTerm.IN_ADVANCE))
    return lambda ctx, sold: subscriptions.edit(
        ctx, sold.subscription_id, SubscriptionEdit((ItemAddition("default", card),))
    )


def story(seed: int) -> Story:
    random = Random(seed)
    days = sorted(random.sample(range(1, 85), 5))
    acts = [edit(33), buy("extra", random.randrange(1, 4)), buy("seats", random.randrange(1, 3))]
    acts.append(buy(random.choice(("extra", "seats")), random.randrange(4)))
    acts.append(random.choice((cancel, buy("extra", random.randrange(4)))))
    parts = tuple(JAN + timedelta(days=day, minutes=1) for day in random.sample(range(2, 88), random.choice((0, 2))))
    return Story(
        currency=random.choice(("USD", "JPY", "KWD")),
        anchored=random.choice(ANCHORS),
        tokens=exact_tokens(random) if parts else random_tokens(random),
        acts=tuple((JAN + timedelta(days=day, hours=5, seconds=7), act) for day, act in zip(days, acts, strict=True)),
        parts=parts,
    )


def begin(work: Work, namespace: str, told: Story) -> Sold:
    """A customer of a plan that offers two add-ons: more of its own fee, and seats."""
    cards = (PLATFORM_IN_ADVANCE, SUPPORT_IN_ARREARS, told.tokens)
    bootstrap.ensure_billing(namespace)
    with work(namespace, now=JAN) as ctx:
        profile = invoicing.default_profile(ctx)
        profile.workflow = to_document(replace(from_document(profile.workflow), anchored=told.anchored))
        ctx.session.add(profile)
    sold = sell(work, cards=cards, namespace=namespace, currency=told.currency)
    with work(namespace, now=JAN) as ctx:
        plan = plans.get(ctx, "plan_acme").row
        for key, card in (("extra", MORE_PLATFORM), ("seats", SEATS)):
            terms = AddonTerms(key.title(), InstanceType.MULTIPLE, (card,))
            made = addons.publish(ctx, addons.create(ctx, AddonInput(key, told.currency, terms)).row.id)
            offers.create(ctx, plan.id, made.row.id, OfferTerms("default", 9))
    return sold


def by_reference(found: dict[tuple[str, datetime], Decimal]) -> dict[str, Decimal]:
    """What the parts of each period come to together."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (reference, _), amount in found.items():
        sums[reference] += amount
    return {reference: amount for reference, amount in sums.items() if amount}


@pytest.mark.parametrize("seed", range(6))
def test_who_hears_late_bills_what_the_other_bills_who_knew_it_all(work: Work, seed: int) -> None:
    told, uses = story(seed), random_uses(Random(seed))
    results = []
    for namespace in (ON_TIME, LATE):
        sold = begin(work, namespace, told)
        is_late = namespace == LATE
        happenings: list[tuple[datetime, Callable[[], object]]] = []
        for use in uses:
            stored = use.stored if is_late else use.at
            happenings.append((stored, use_happens(work, namespace, use, stored)))
        happenings += [(at, attempt(work, namespace, sold, at, act)) for at, act in told.acts]
        if is_late:
            happenings += [(at, in_parts(work, namespace, sold, at)) for at in told.parts]
            happenings += [(at, lambda: None) for at in (JAN, *ENDS)]
            happenings += [(at + HOUR, lambda: None) for at in ENDS]
            live(work, namespace, happenings)
        else:
            for _, happen in sorted(happenings, key=lambda happening: happening[0]):
                happen()
            live(work, namespace, [])
        results.append(by_reference(billed(work, namespace, sold)))
        check_again(work, namespace)
        assert by_reference(billed(work, namespace, sold)) == results[-1]
    on_time, late = results
    assert late == on_time
