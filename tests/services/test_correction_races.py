"""Whatever happens at the same moment to what a customer is billed happens in turn: nobody waits in a circle."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

from backend import bootstrap, clockwork
from backend.engine.invoice.lifecycle import State
from backend.engine.rate.prices import Flat, PaymentTerm, Tier, Volume
from backend.errors import WrongState
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.service import Run, Voiding
from backend.subscriptions import service as subscriptions
from backend.subscriptions.service import ItemAddition, SubscriptionEdit
from tests.conftest import Work
from tests.services.company import FEB, MAR, PLATFORM_IN_ADVANCE, standard_invoices, tokens_at, use_tokens
from tests.services.test_corrections import HOUR, MID_FEB, MID_JAN
from tests.services.test_corrections_follow import claimed, leave_unpaid

FALLING = Volume((Tier(Decimal(100), unit=Decimal(1)), Tier(None, unit=Decimal("0.5"))))
"""100 tokens at 1 USD, 101 and more at 0.50 USD: late usage gives money back."""


def all_at_once(acts: list[Callable[[], object]]) -> None:
    """Start everything at the same moment; what fails there fails here."""
    start = Barrier(len(acts))

    def begin(act: Callable[[], object]) -> None:
        start.wait()
        act()

    with ThreadPoolExecutor(len(acts)) as threads:
        for done in [threads.submit(begin, act) for act in acts]:
            done.result()


def test_everything_that_corrects_gathers_draws_and_voids_takes_turns(work: Work) -> None:
    sold = leave_unpaid(work, PLATFORM_IN_ADVANCE, tokens_at(FALLING))
    use_tokens(work, 100, MID_JAN)
    use_tokens(work, 30, MID_FEB)
    for now in (FEB, FEB + HOUR, MAR):
        clockwork.run_due("default", now=now)
    january, february = standard_invoices(work)[1], standard_invoices(work)[-1]
    now = MAR + timedelta(minutes=5)
    assert february.status == State.DRAFT_WAITING_FOR_COLLECTION

    def doing(act: Callable[[Context], object]) -> Callable[[], object]:
        def do() -> object:
            with work(now=now) as ctx:
                return act(ctx)

        return do

    def snapshot(ctx: Context) -> object:
        try:
            return invoicing.snapshot_now(ctx, february.id)
        except WrongState:
            return None

    for turn in range(3):
        use_tokens(work, 1 + turn, MID_JAN, stored=now)
        card = replace(PLATFORM_IN_ADVANCE, price=Flat(Decimal(30 + turn), PaymentTerm.IN_ADVANCE))
        with work(now=now) as ctx:
            subscriptions.edit(ctx, sold.subscription_id, SubscriptionEdit((ItemAddition("default", card),)))
        all_at_once(
            [
                doing(lambda ctx: invoicing.check_invoice(ctx, january.id)),
                doing(lambda ctx: invoicing.check_invoice(ctx, january.id)),
                doing(lambda ctx: invoicing.sync(ctx, sold.subscription_id)),
                doing(lambda ctx: invoicing.correct_late_usage(ctx, sold.customer_id)),
                doing(lambda ctx: invoicing.collect(ctx, sold.customer_id)),
                doing(snapshot),
                lambda: invoicing.advance(Run("default", bootstrap.apps(), now), february.id),
            ]
        )
    for issued in [invoice for invoice in standard_invoices(work) if invoice.status == State.PAYMENT_PENDING]:
        all_at_once(
            [
                lambda issued=issued: invoicing.void(
                    Run("default", bootstrap.apps(), now), issued.id, Voiding("A mistake")
                ),
                *(2 * [doing(lambda ctx, issued=issued: invoicing.check_invoice(ctx, issued.id))]),
                doing(lambda ctx: invoicing.sync(ctx, sold.subscription_id)),
                doing(lambda ctx: invoicing.collect(ctx, sold.customer_id)),
            ]
        )
    for later in (now, now + HOUR):
        clockwork.run_due("default", now=later)
    assert claimed(work, now + HOUR) >= 0
