"""Add-ons of a subscription: items are cut where quantities change, and entitlements and lines follow."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from backend.catalog.models import InstanceType, RateCardKind
from backend.catalog.service import addons as catalog
from backend.catalog.service import offers, plans
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import AddonInput, AddonTerms, OfferTerms, PhaseTerms, RateCardTerms
from backend.customers import service as customers
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import MONTH
from backend.engine.subscribe.edit import RemoveItem
from backend.entitlements import service as entitlements
from backend.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from backend.infra.context import Context
from backend.subscriptions import service
from backend.subscriptions.service import (
    AddonChange,
    AddonPurchase,
    BoughtAddon,
    Moment,
    SubscriptionEdit,
    SubscriptionInput,
)
from tests.conftest import Work
from tests.shop import FEE, TERMS, TOKENS, at, customer, draft, tokens_feature

D = Decimal
START = at("2026-01-01")
SEATS = RateCardTerms("seats", "Seats", RateCardKind.FLAT_FEE, Flat(D(10)), MONTH)
MORE_TOKENS = replace(TOKENS, price=None, entitlement=MeteredTemplate(D(500)))
DEARER = replace(FEE, price=Flat(D(5)))


def offered(
    ctx: Context, plan_id: str, key: str, *cards: RateCardTerms, single: bool = False, most: int | None = None
) -> None:
    """An add-on on sale that a plan offers from its phase `main` on."""
    kind = InstanceType.SINGLE if single else InstanceType.MULTIPLE
    made = catalog.publish(
        ctx, catalog.create(ctx, AddonInput(key, "USD", AddonTerms(key.title(), kind, cards))).row.id
    )
    offers.create(ctx, plan_id, made.row.id, OfferTerms("main", most))


@pytest.fixture
def sold(work: Work) -> str:
    """A subscription of `acme` to the plan `pro`, a fee of 20 and 1,000 tokens, which offers three add-ons."""
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx)
        trial = PhaseTerms("trial", "Trial", (replace(FEE, price=None),), MONTH)
        plan = draft(ctx, "pro", replace(TERMS, phases=(trial, TERMS.phases[0]))).row
        offered(ctx, plan.id, "seats", SEATS, most=5)
        offered(ctx, plan.id, "boost", MORE_TOKENS, DEARER)
        offered(ctx, plan.id, "once", SEATS, single=True)
        plans.publish(ctx, plan.id)
        return service.create(ctx, SubscriptionInput("acme", "pro", starting_phase="main")).id


def buy(
    ctx: Context, sold: str, addon: str, quantity: int = 1, timing: Moment | datetime = Moment.IMMEDIATE
) -> BoughtAddon:
    return service.buy_addon(ctx, sold, AddonPurchase(addon, quantity, timing))


def told(ctx: Context, sold: str, key: str) -> list[tuple[int, str, str, str]]:
    """Version, the days from which and until which it lives, and the flat amount."""
    return [
        (item.row.version, f"{item.lasting.start:%m-%d}", f"{item.lasting.end:%m-%d}", (item.row.price or {})["amount"])
        for phase in service.detail(ctx, service.get(ctx, sold)).phases
        for item in phase.items
        if item.row.key == key and not phase.lasting.is_empty
    ]


def test_an_item_is_cut_where_the_quantity_changes(work: Work, sold: str) -> None:
    with work(now=at("2026-01-11")) as ctx:
        bought = buy(ctx, sold, "boost", 2)
        assert told(ctx, sold, "fee") == [(0, "01-01", "01-11", "20"), (1, "01-11", "12-31", "30")]
        assert bought.quantity == 2
    with work(now=at("2026-01-21")) as ctx:
        service.change_addon(ctx, sold, bought.row.id, AddonChange(1))
        assert told(ctx, sold, "fee")[1:] == [(1, "01-11", "01-21", "30"), (2, "01-21", "12-31", "25")]
    with work(now=at("2026-01-31")) as ctx:
        gone = service.change_addon(ctx, sold, bought.row.id, AddonChange(0))
        assert told(ctx, sold, "fee")[2:] == [(2, "01-21", "01-31", "25"), (3, "01-31", "12-31", "20")]
        assert gone.quantity == 0
        assert [found.quantity for found in gone.timeline] == [2, 1, 0]
        affected = {item.row.id for item in items(ctx, sold, "fee") if item.row.version in (1, 2)}
        assert set(gone.affected["fee"]) == affected


def items(ctx: Context, sold: str, key: str) -> list[service.read.ItemDetail]:
    detail = service.detail(ctx, service.get(ctx, sold))
    return [item for phase in detail.phases for item in phase.items if item.row.key == key]


def test_what_the_plan_has_not_becomes_an_item_of_its_own(work: Work, sold: str) -> None:
    with work(now=at("2026-01-11")) as ctx:
        bought = buy(ctx, sold, "seats", 3)
        assert told(ctx, sold, "seats") == [(0, "01-11", "12-31", "30")]
        buy(ctx, sold, "once")
        assert told(ctx, sold, "seats")[-1] == (1, "01-11", "12-31", "40")
    with work(now=at("2026-02-11")) as ctx:
        service.change_addon(ctx, sold, bought.row.id, AddonChange(0))
        assert told(ctx, sold, "seats")[1:] == [(1, "01-11", "02-11", "40"), (2, "02-11", "12-31", "10")]


def test_scheduled_and_taken_back_it_leaves_no_trace(work: Work, sold: str) -> None:
    with work(now=at("2026-01-11")) as ctx:
        bought = buy(ctx, sold, "boost", 1, Moment.NEXT_BILLING_CYCLE)
        assert told(ctx, sold, "fee") == [(0, "01-01", "02-01", "20"), (1, "02-01", "12-31", "25")]
        assert bought.quantity == 0
        service.change_addon(ctx, sold, bought.row.id, AddonChange(0, at("2026-02-01")))
        assert told(ctx, sold, "fee") == [(0, "01-01", "12-31", "20")]


def test_a_quota_grows_with_it_and_goes_on_with_the_usage(work: Work, sold: str) -> None:
    with work(now=at("2026-01-11")) as ctx:
        bought = buy(ctx, sold, "boost", 2)
        assert quota(ctx) == D(2000)
    with work(now=at("2026-01-21")) as ctx:
        service.change_addon(ctx, sold, bought.row.id, AddonChange(0))
        assert quota(ctx) == D(1000)


def quota(ctx: Context) -> Decimal | None:
    acme = customers.get(ctx, "acme")
    return entitlements.value(ctx, acme, "tokens").balance


@pytest.mark.parametrize(
    ("addon", "quantity", "timing", "error"),
    [
        ("seats", 6, Moment.IMMEDIATE, Invalid),
        ("seats", 0, Moment.IMMEDIATE, Invalid),
        ("once", 2, Moment.IMMEDIATE, Invalid),
        ("seats", 1, at("2025-12-31"), Invalid),
        ("seats", 1, at("2226-01-01"), Invalid),
        ("unknown", 1, Moment.IMMEDIATE, NotFound),
        ("alone", 1, Moment.IMMEDIATE, Invalid),
    ],
)
def test_a_refused_purchase_changes_nothing(
    work: Work, sold: str, addon: str, quantity: int, timing: Moment | datetime, error: type[DomainError]
) -> None:
    with work(now=at("2026-01-11")) as ctx:
        terms = AddonTerms("Alone", InstanceType.SINGLE, (SEATS,))
        catalog.publish(ctx, catalog.create(ctx, AddonInput("alone", "USD", terms)).row.id)
        before = told(ctx, sold, "fee")
    with pytest.raises(error), work(now=at("2026-01-11")) as ctx:
        buy(ctx, sold, addon, quantity, timing)
    with work(now=at("2026-01-11")) as ctx:
        assert (service.addons_of(ctx, sold), told(ctx, sold, "fee")) == ([], before)


def test_bought_once_and_never_beyond_its_terms(work: Work, sold: str) -> None:
    with work(now=at("2026-01-11")) as ctx:
        seats, once = buy(ctx, sold, "seats"), buy(ctx, sold, "once")
    for wanted in (seats, once):
        with pytest.raises(Conflict), work(now=at("2026-01-12")) as ctx:
            buy(ctx, sold, wanted.addon.row.key)
    for wanted, quantity in ((seats, 6), (seats, -1), (once, 2)):
        with pytest.raises(Invalid), work(now=at("2026-01-12")) as ctx:
            service.change_addon(ctx, sold, wanted.row.id, AddonChange(quantity))
    with pytest.raises(NotFound), work(now=at("2026-01-12")) as ctx:
        service.change_addon(ctx, sold, sold, AddonChange(1))


def test_edits_wait_until_there_is_none_of_it(work: Work, sold: str) -> None:
    wanted = SubscriptionEdit((RemoveItem("main", "tokens"),))
    with work(now=at("2026-01-11")) as ctx:
        bought = buy(ctx, sold, "boost", 1, Moment.NEXT_BILLING_CYCLE)
        with pytest.raises(Forbidden, match="add-ons"):
            service.edit(ctx, sold, wanted)
        service.change_addon(ctx, sold, bought.row.id, AddonChange(0, at("2026-02-01")))
        service.edit(ctx, sold, wanted)
    with work(now=at("2026-01-12")) as ctx:
        service.change_addon(ctx, sold, bought.row.id, AddonChange(1))
        assert told(ctx, sold, "fee")[1:] == [(1, "01-12", "02-01", "25"), (2, "02-01", "12-31", "20")]


def test_a_canceled_subscription_takes_none_and_one_that_goes_on_keeps_its_own(work: Work, sold: str) -> None:
    with work(now=at("2026-01-11")) as ctx:
        buy(ctx, sold, "boost")
        service.cancel(ctx, sold, Moment.NEXT_BILLING_CYCLE)
        assert told(ctx, sold, "fee")[-1] == (1, "01-11", "02-01", "25")
        with pytest.raises(Forbidden):
            buy(ctx, sold, "seats")
        service.unschedule_cancelation(ctx, sold)
        assert told(ctx, sold, "fee")[-1] == (1, "01-11", "12-31", "25")
