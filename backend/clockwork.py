"""What time makes happen in a namespace: announcements are handled, lines gathered, invoices drawn, advanced and paid.

Everything here may run twice at once and be killed at any point: each step is a unit of work of its own, unique keys
and row locks decide races, and what was not finished is found again by the next run.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial

from backend import bootstrap
from backend.access import service as access
from backend.errors import Conflict
from backend.infra import outbox
from backend.infra.actor import SYSTEM, Actor
from backend.infra.context import Context, unit_of_work
from backend.infra.log import logger
from backend.infra.turns import turn
from backend.invoicing import service as invoicing
from backend.invoicing.service import Run, Voiding
from backend.payments import service as payments
from backend.subscriptions.events import CHANGED

log = logger(__name__)

HANDLERS: dict[str, outbox.Handler] = {
    CHANGED: lambda ctx, payload: invoicing.sync(ctx, payload["subscription_id"]),
}
"""Who handles which announcement."""


def run_due(namespace: str, now: datetime | None = None) -> int:
    """Do everything that is due in a namespace, until nothing is; returns how many things were done.

    `now` defaults to the clock of the namespace. A thing that fails is logged, stays for the next run, and holds up
    no other.
    """
    bootstrap.ensure_billing(namespace)
    run = Run(namespace, bootstrap.apps(), now)
    done = 0
    while progress := _round(run):
        done += progress
    return done


def turn_of(namespace: str) -> str:
    """The name of the turn that a journey of this namespace's clock takes, and the job that keeps billing going."""
    return f"clockwork:{namespace}"


def run_in_turn(namespace: str) -> None:
    """Do everything that is due, unless another process or a journey is at it: who comes back soon need not wait."""
    with turn(turn_of(namespace), wait=False) as is_ours:
        if is_ours:
            run_due(namespace)


def next_due(namespace: str, now: datetime | None = None) -> datetime | None:
    """The next instant after now at which something will be due; None when nothing is planned."""
    with unit_of_work(namespace, now=now, writing=False) as ctx:
        return invoicing.next_due(ctx)


def travel(namespace: str, to: datetime) -> None:
    """Move a sandbox's clock forward, stopping at each instant on the way at which something is due to do it.

    Journeys of one clock wait for each other and for the job at work: a clock that moved on while another was still
    busy at a stop would bill two months together. Raises Conflict outside a sandbox. Whether the instant lies ahead
    is asked before, by `access.request_travel`.
    """
    with turn(turn_of(namespace)):
        run_due(namespace)
        while (stop := next_due(namespace)) is not None and stop < to:
            _move_clock(namespace, stop)
            run_due(namespace)
        _move_clock(namespace, to)
        run_due(namespace)


def advance_invoice(namespace: str, invoice_id: str, actor: Actor = SYSTEM, now: datetime | None = None) -> int:
    """Let one invoice go on as far as it can; returns how many steps it took."""
    return _advance(Run(namespace, bootstrap.apps(), now, actor), invoice_id)


def void_invoice(namespace: str, invoice_id: str, wanted: Voiding, actor: Actor = SYSTEM) -> None:
    """Take an issued invoice back, also in its app; what is to be invoiced again is gathered."""
    invoicing.void(Run(namespace, bootstrap.apps(), actor=actor), invoice_id, wanted)


def mark_invoice_uncollectible(
    namespace: str, invoice_id: str, reason: str | None = None, actor: Actor = SYSTEM
) -> None:
    """Give an issued invoice up, also in its app."""
    invoicing.mark_uncollectible(Run(namespace, bootstrap.apps(), actor=actor), invoice_id, reason)


def invoice_now(
    namespace: str,
    actor: Actor,
    customer_id: str,
    as_of: datetime | None = None,
    line_ids: Collection[str] = (),
    *,
    progressive: bool | None = None,
) -> list[str]:
    """Gather what a customer owes up to now, draw invoices from it by hand and let them go on; returns their ids."""
    bootstrap.ensure_billing(namespace)
    run = Run(namespace, bootstrap.apps(), actor=actor)
    outbox.deliver(namespace, HANDLERS)
    _each(run, invoicing.subscriptions_to_sync, _in_work(run, _sync))
    with unit_of_work(namespace, actor=actor) as ctx:
        invoices = invoicing.invoice_now(ctx, customer_id, as_of=as_of, line_ids=line_ids, progressive=progressive)
        drawn = [invoice.id for invoice in invoices]
    for invoice_id in drawn:
        _attempt(namespace, invoice_id, lambda invoice_id: _advance(run, invoice_id))
    return drawn


def _move_clock(namespace: str, to: datetime) -> None:
    with unit_of_work(namespace) as ctx:
        access.move_clock(ctx, to)


def _round(run: Run) -> int:
    """Each kind of work once, in the order of the staircase."""
    done = outbox.deliver(run.namespace, HANDLERS, run.now)
    done += _each(run, invoicing.subscriptions_to_sync, _in_work(run, _sync))
    done += _each(run, invoicing.customers_to_collect, _in_work(run, _collect))
    done += _each(run, invoicing.invoices_to_advance, lambda invoice_id: _advance(run, invoice_id))
    settling = partial(payments.invoices_to_settle, apps=run.apps)
    done += _each(run, settling, lambda invoice_id: _settle(run, invoice_id))
    # last, so that a correction finds what the next invoice gathers
    return done or _each(run, invoicing.customers_to_correct, _in_work(run, invoicing.correct_late_usage))


def _sync(ctx: Context, subscription_id: str) -> int:
    invoicing.sync(ctx, subscription_id)
    return 1


def _collect(ctx: Context, customer_id: str) -> int:
    return len(invoicing.collect(ctx, customer_id))


def _advance(run: Run, invoice_id: str) -> int:
    return invoicing.advance(run, invoice_id) + _settle(run, invoice_id)


def _settle(run: Run, invoice_id: str) -> int:
    with unit_of_work(run.namespace, now=run.now, actor=run.actor) as ctx:
        return int(payments.settle(ctx, invoice_id, run.apps))


def _in_work(run: Run, act: Callable[[Context, str], int]) -> Callable[[str], int]:
    def work(key: str) -> int:
        with unit_of_work(run.namespace, now=run.now) as ctx:
            return act(ctx, key)

    return work


def _each(run: Run, find: Callable[[Context], Iterable[str]], act: Callable[[str], int]) -> int:
    """Act on everything found, one after the other; returns how much was done."""
    with unit_of_work(run.namespace, now=run.now, writing=False) as ctx:
        keys = list(find(ctx))
    return sum(_attempt(run.namespace, key, act) for key in keys)


def _attempt(namespace: str, key: str, act: Callable[[str], int]) -> int:
    try:
        return act(key)
    except Conflict as race:
        log.info("clockwork.overtaken", namespace=namespace, subject=key, reason=str(race))
    except Exception:
        log.exception("clockwork.failed", namespace=namespace, subject=key)
    return 0
