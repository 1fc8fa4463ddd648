"""Whatever edits are asked of a subscription: they are refused and change nothing, or all of it holds together."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from sqlmodel import SQLModel

from backend import bootstrap
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import PhaseTerms
from backend.customers.models import Customer
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import MONTH, Duration
from backend.engine.subscribe.edit import RemoveItem, RemovePhase, Shift, StretchPhase, UnscheduleEdit
from backend.entitlements import service as entitlements
from backend.entitlements.models import Entitlement
from backend.errors import DomainError
from backend.infra.context import Context
from backend.infra.outbox import OutboxMessage
from backend.invoicing import service as invoicing
from backend.invoicing.models import InvoiceLine
from backend.subscriptions import service
from backend.subscriptions.models import Subscription, SubscriptionItem, SubscriptionPhase
from backend.subscriptions.service import ItemAddition, Moment, PhaseAddition, SubscriptionEdit, SubscriptionInput
from backend.subscriptions.terms import Customization
from backend.subscriptions.view import end_of
from tests.conftest import Work
from tests.shop import FEE, TERMS, TOKENS, at, customer, on_sale, tokens_feature

START = at("2026-01-31 10:00")
PHASES = ("trial", "main", "winter", "nowhere")
CARDS = (
    FEE,
    replace(FEE, price=Flat(Decimal(50))),
    replace(TOKENS, entitlement=MeteredTemplate(Decimal(5000))),
    replace(FEE, billing_cadence=Duration(weeks=1)),
)


def operations(random: Random) -> Iterator[Customization]:
    """One to three things to do, many of them impossible."""
    for _ in range(random.randint(1, 3)):
        phase, days = random.choice(PHASES), Duration(days=random.randint(-40, 40))
        yield random.choice(
            (
                ItemAddition(phase, random.choice(CARDS)),
                RemoveItem(phase, random.choice(("fee", "tokens"))),
                PhaseAddition("winter", "Winter", Duration(days=random.randint(0, 200)), MONTH),
                RemovePhase(phase, random.choice(list(Shift))),
                StretchPhase(phase, days),
                UnscheduleEdit(),
            )
        )


def everything(ctx: Context) -> dict[str, list[Any]]:
    """Every row that an edit could touch."""
    kinds = (Subscription, SubscriptionPhase, SubscriptionItem, Entitlement, Customer, InvoiceLine, OutboxMessage)
    tables = [SQLModel.metadata.tables[str(kind.__tablename__)] for kind in kinds]
    return {table.name: sorted(map(repr, ctx.session.execute(table.select()).all())) for table in tables}


@pytest.mark.parametrize("seed", range(3))
def test_an_edit_is_refused_whole_or_holds_together(work: Work, seed: int) -> None:
    random, now = Random(seed), START
    trial = PhaseTerms("trial", "Trial", (replace(TOKENS, price=None),), MONTH)
    bootstrap.ensure_billing("default")
    with work(now=START) as ctx:
        tokens_feature(ctx)
        customer(ctx)
        on_sale(ctx, "pro", replace(TERMS, phases=(trial, TERMS.phases[0])))
        sold = service.create(ctx, SubscriptionInput("acme", "pro")).id
    outcomes = set()
    for _ in range(14):
        now += timedelta(hours=random.randint(1, 100))
        wanted = SubscriptionEdit(tuple(operations(random)), random.choice(list(Moment)))
        with work(now=now, writing=False) as ctx:
            before = everything(ctx)
        try:
            with work(now=now) as ctx:
                service.edit(ctx, sold, wanted)
        except DomainError:
            outcomes.add("refused")
            with work(now=now, writing=False) as ctx:
                assert everything(ctx) == before
            continue
        outcomes.add("done")
        with work(now=now) as ctx:
            invoicing.sync(ctx, sold)
            check(ctx, sold)
    assert outcomes == {"refused", "done"}


def check(ctx: Context, sold: str) -> None:
    """Phases follow each other, versions of an item too, and every quota lives exactly as long as its item."""
    phases = service.detail(ctx, service.get(ctx, sold)).phases
    assert all(one.lasting.end == other.lasting.start for one, other in pairwise(phases))
    included = []
    for phase in phases:
        assert not phase.lasting.is_empty
        assert phase.items
        for key in {item.row.key for item in phase.items}:
            history = [item.lasting for item in phase.items if item.row.key == key and not item.lasting.is_empty]
            assert all(one.end <= other.start for one, other in pairwise(history))
        included += [
            item.lasting for item in phase.items if item.row.entitlement_template and not item.lasting.is_empty
        ]
    granted = [(found.active_from, found.active_to) for found in entitlements.of_subscription(ctx, sold)]
    lasting = [(period.start, end_of(period)) for period in included if not period.is_empty]
    assert sorted(granted, key=str) == sorted(lasting, key=str)
