"""The demo company: the same story on the same day, on both databases, with everything that a demo has to show."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from backend import clockwork
from backend.access import service as access
from backend.catalog.service import plans
from backend.customers import service as customers
from backend.engine.invoice.lifecycle import State
from backend.engine.subscribe.status import PlanStatus
from backend.entitlements import service as entitlements
from backend.infra import db
from backend.infra.context import Context, unit_of_work
from backend.infra.db import Database
from backend.ingest.models import UsageEvent
from backend.invoicing import service as invoicing
from backend.invoicing.models import Invoice, InvoiceKind
from backend.metering import service as metering
from backend.seed import is_planted
from backend.seed.cast import CAST, VISITOR
from backend.seed.offer import PRO, SCALE, STARTER
from backend.seed.story import tell
from backend.seed.usage import ANYBODY
from backend.subscriptions import service as subscriptions
from tests.databases import PostgresDatabases, SqliteDatabases

NOW = datetime(2026, 9, 17, 15, 20, tzinfo=UTC)
START, THIS_MONTH = datetime(2025, 9, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
PASSWORD = "a password for the demo"
PLANT = f"""
from datetime import datetime
from backend import seed
seed.plant({PASSWORD!r}, now=datetime.fromisoformat({NOW.isoformat()!r}))
"""


@pytest.fixture(scope="module")
def planted(sqlite_databases: SqliteDatabases, postgres_databases: PostgresDatabases) -> Iterator[list[Database]]:
    """The demo company, told into SQLite and into PostgreSQL by two processes at once."""
    with ExitStack() as stack:
        urls = [stack.enter_context(databases.fresh()) for databases in (sqlite_databases, postgres_databases)]
        tellers = [subprocess.Popen([sys.executable, "-c", PLANT], env={"METERLINE_DATABASE_URL": url}) for url in urls]
        assert [teller.wait(timeout=300) for teller in tellers] == [0, 0]
        opened = [db.connect(url) for url in urls]
        yield opened
        for database in opened:
            database.close()


@pytest.fixture
def company(planted: list[Database]) -> Iterator[Context]:
    """The finished story, to look at."""
    db.use(planted[0])
    with unit_of_work(now=NOW, writing=False) as ctx:
        yield ctx
    db.use(None)


def invoices(ctx: Context, kind: InvoiceKind = InvoiceKind.STANDARD) -> list[Invoice]:
    return list(invoicing.list_invoices(ctx, invoicing.InvoiceFilter(kinds=(kind,), limit=1000))[0])


def story(database: Database) -> dict[str, Any]:
    """Everything that people would notice, without the ids that are made up anew every time."""
    with unit_of_work(now=NOW, writing=False, on=database) as ctx:
        sent = ctx.session.exec(select(UsageEvent).order_by(col(UsageEvent.source), col(UsageEvent.event_id)))
        sold = subscriptions.list_subscriptions(ctx, subscriptions.SubscriptionFilter(limit=1000))[0]
        keys = {customer.id: customer.key for customer in customers.list_customers(ctx, limit=1000)[0]}
        return {
            "events": [(event.source, event.event_id, event.subject, event.time, event.data) for event in sent],
            "subscriptions": {
                (keys[s.customer_id], s.plan_key, s.plan_version, s.active_from, s.active_to) for s in sold
            },
            "invoices": {(i.number, i.customer["key"], i.status, i.total, i.created_at) for i in invoices(ctx)},
            "accruing": {
                (i.customer["key"], invoicing.view(ctx, i).totals.total) for i in invoices(ctx, InvoiceKind.GATHERING)
            },
        }


def test_the_same_day_tells_the_same_story_on_both_databases(planted: list[Database]) -> None:
    on_sqlite, on_postgres = map(story, planted)
    assert on_sqlite["events"] == on_postgres["events"]
    assert on_sqlite == on_postgres
    assert 20_000 < len(on_sqlite["events"]) < 50_000


@pytest.mark.parametrize("day", ["2026-09-01T00:00:00", "2028-02-29T23:59:59", "2027-01-01T00:00:01"])
def test_the_story_is_told_in_the_order_of_time_and_ends_now(day: str) -> None:
    now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    times = [act.at for act in tell(now)]
    assert times == sorted(times)
    assert now - timedelta(hours=1) <= times[-1] <= now


def test_three_plans_are_on_sale_and_one_of_them_became_dearer(company: Context) -> None:
    versions = plans.versions(company, [STARTER, PRO, SCALE])
    assert {key: len(found) for key, found in versions.items()} == {STARTER: 1, PRO: 2, SCALE: 1}
    statuses = {(plan.version, status) for plan, status in versions[PRO]}
    assert statuses == {(1, PlanStatus.ARCHIVED), (2, PlanStatus.ACTIVE)}
    first, second = (plans.get(company, PRO, number) for number in (1, 2))
    assert START < second.row.effective_from == first.row.effective_to < NOW
    fees = [version.terms.phases[0].rate_cards[0].price.amount for version in (first, second)]
    assert fees == [199, 249]


def test_customers_come_upgrade_and_leave(company: Context) -> None:
    found, count = customers.list_customers(company, limit=100)
    assert count == len(CAST) == 12
    bought = {
        customer.key: [sold.plan_key for sold in subscriptions.list_for_customer(company, customer.id)[0]]
        for customer in found
    }
    upgraded = {key for key, keys in bought.items() if len(set(keys)) > 1}
    assert upgraded == {buyer.key for buyer in CAST if buyer.upgrade}
    current = subscriptions.current(company, [customer.id for customer in found])
    assert {c.key for c in found if c.id not in current} == {buyer.key for buyer in CAST if buyer.leaves_month}
    running = {(sold.plan_key, sold.plan_version) for sold in current.values()}
    assert running == {(STARTER, 1), (PRO, 1), (PRO, 2), (SCALE, 1)}, "who bought before the price rose keeps the price"


def test_a_quota_ran_out_and_another_was_exceeded_at_a_price(company: Context) -> None:
    month_end = THIS_MONTH - timedelta(minutes=1)
    values = [
        entitlements.value(company, customers.get(company, buyer.key), "tokens", month_end)
        for buyer in CAST
        if buyer.joined_month < 12
    ]
    shown = Counter((value.has_access, bool(value.overage)) for value in values)
    assert shown[False, True] >= 1, "a hard quota that ran out"
    assert shown[True, True] >= 3, "a soft quota that is exceeded and paid for"
    assert shown[True, False] >= 2, "a quota that is enough"


def test_a_year_of_invoices_is_paid_but_for_a_few_and_the_month_is_accruing(company: Context) -> None:
    drawn = invoices(company)
    open_ones = {invoice.customer["key"]: invoice.status for invoice in drawn if invoice.status != State.PAID}
    assert open_ones.keys() == {buyer.key for buyer in CAST if buyer.trouble}
    assert set(open_ones.values()) == {State.OVERDUE, State.PAYMENT_FAILED, State.PAYMENT_PENDING}
    assert len([invoice for invoice in drawn if invoice.status == State.PAID]) > 100
    assert {invoice.supplier["name"] for invoice in drawn} == {"Northwind AI"}
    assert {invoice.created_at.strftime("%Y-%m") for invoice in drawn} >= {
        f"{2025 + month // 12}-{month % 12 + 1:02}" for month in range(8, 21)
    }
    shown = [invoicing.view(company, invoice) for invoice in invoices(company, InvoiceKind.GATHERING)]
    assert len(shown) == len([buyer for buyer in CAST if not buyer.leaves_month])
    assert all(view.totals.total > 0 for view in shown)


@pytest.mark.parametrize("key", ["orbit_travel", "fable_games"])
def test_every_token_of_the_past_months_is_on_exactly_one_invoice(company: Context, key: str) -> None:
    customer = customers.get(company, key)
    subjects = customers.usage_subjects(company, customer)
    sent = company.session.exec(
        select(UsageEvent).where(col(UsageEvent.subject).in_(subjects), col(UsageEvent.time) < THIS_MONTH)
    )
    spent = sum(Decimal(json.loads(event.data or "{}").get("tokens", 0)) for event in sent)
    lines = [
        line
        for invoice in invoices(company)
        if invoice.customer_id == customer.id
        for line in invoicing.view(company, invoice).lines
    ]
    billed = [line.metered_quantity or 0 for line in lines if line.line.feature_key == "tokens"]
    assert len(billed) >= 8
    assert sum(billed) == spent > 0


def test_some_usage_counts_for_nobody_so_that_it_can_be_found(company: Context) -> None:
    lost = metering.unmatched_subjects(company, NOW - timedelta(days=3))
    assert lost.keys() == {ANYBODY}


def test_the_visitor_can_sign_in_as_a_customer(planted: list[Database]) -> None:
    db.use(planted[0])
    signed_in = access.sign_in(VISITOR.email, PASSWORD)
    with unit_of_work(writing=False) as ctx:
        assert signed_in.principal.customer_id == customers.get(ctx, VISITOR.key).id
        assert is_planted(ctx)
    db.use(None)


def test_nothing_is_left_to_do(planted: list[Database]) -> None:
    for database in planted:
        db.use(database)
        assert clockwork.run_due("default", NOW) == 0
    db.use(None)
