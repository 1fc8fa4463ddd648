"""What time makes happen in a namespace: announcements are handled, lines gathered, invoices drawn, advanced and paid.

Everything here may run twice at once and be killed at any point: each step is a unit of work of its own, unique keys
and row locks decide races, and what was not finished is found again by the next run.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from enum import StrEnum
from functools import partial

from backend import bootstrap
from backend.access import service as access
from backend.errors import Conflict
from backend.infra import failures, outbox
from backend.infra.actor import SYSTEM, Actor
from backend.infra.context import Context, unit_of_work
from backend.infra.log import logger
from backend.infra.turns import turn
from backend.invoicing import service as invoicing
from backend.invoicing.service import Run, Voiding
from backend.notifications import service as notifications
from backend.payments import service as payments
from backend.subscriptions.events import RECONCILED

log = logger(__name__)


class Work(StrEnum):
    """What is done with a thing that is due; the thing is a subscription, a customer or an invoice."""

    SYNC = "sync"
    COLLECT = "collect"
    ADVANCE = "advance"
    SETTLE = "settle"
    CORRECT = "correct"


HANDLERS: dict[str, outbox.Handler] = {
    kind: lambda ctx, payload: invoicing.sync(ctx, payload["subscription_id"]) for kind in RECONCILED
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


def run_in_turn(namespace: str) -> bool:
    """Do everything that is due, unless another process or a journey is at it: who comes back soon need not wait.

    Tells whether it was done here.
    """
    with turn(turn_of(namespace), wait=False) as is_ours:
        if is_ours:
            run_due(namespace)
        return is_ours


def retry(namespace: str, work: Work, subject: str) -> bool:
    """Try one thing again that has failed; whether it went well this time. Who does what is due meanwhile waits."""
    run = Run(namespace, bootstrap.apps())
    with turn(turn_of(namespace)):
        steps = _attempt(namespace, work, subject, _acts(run)[work])
    if steps is not None:
        failures.forget(namespace, work, [subject])
    return steps is not None


def left_to_do(ctx: Context) -> dict[Work, int]:
    """How many things are due in a namespace at this moment; the figures fall while they are being done."""
    return {
        Work.SYNC: len(invoicing.subscriptions_to_sync(ctx)),
        Work.COLLECT: len(invoicing.customers_to_collect(ctx)),
        Work.ADVANCE: len(invoicing.invoices_to_advance(ctx)),
    }


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
    _hear(namespace)
    _each(run, Work.SYNC, invoicing.subscriptions_to_sync, _in_work(run, _sync))
    with unit_of_work(namespace, actor=actor) as ctx:
        invoices = invoicing.invoice_now(ctx, customer_id, as_of=as_of, line_ids=line_ids, progressive=progressive)
        drawn = [invoice.id for invoice in invoices]
    for invoice_id in drawn:
        _attempt(namespace, Work.ADVANCE, invoice_id, lambda invoice_id: _advance(run, invoice_id))
    return drawn


def _move_clock(namespace: str, to: datetime) -> None:
    with unit_of_work(namespace) as ctx:
        access.move_clock(ctx, to)


def _round(run: Run) -> int:
    """Each kind of work once, in the order of the staircase."""
    done = _hear(run.namespace, run.now)
    acts = _acts(run)
    done += _each(run, Work.SYNC, invoicing.subscriptions_to_sync, acts[Work.SYNC])
    done += _each(run, Work.COLLECT, invoicing.customers_to_collect, acts[Work.COLLECT])
    done += _each(run, Work.ADVANCE, invoicing.invoices_to_advance, acts[Work.ADVANCE])
    settling = partial(payments.invoices_to_settle, apps=run.apps)
    done += _each(run, Work.SETTLE, settling, acts[Work.SETTLE])
    # last, so that a correction finds what the next invoice gathers
    return done or _each(run, Work.CORRECT, invoicing.customers_to_correct, acts[Work.CORRECT])


def _hear(namespace: str, now: datetime | None = None) -> int:
    """Let announcements be handled, those too that somebody outside wants to be told of; returns how many."""
    with unit_of_work(namespace, now=now, writing=False) as ctx:
        heard = notifications.heard(ctx)
    return outbox.deliver(namespace, dict.fromkeys(heard, notifications.tell) | HANDLERS, now)


def _acts(run: Run) -> dict[Work, Callable[[str], int]]:
    """How each kind of work is done with one thing; returns how much was done."""
    return {
        Work.SYNC: _in_work(run, _sync),
        Work.COLLECT: _in_work(run, _collect),
        Work.ADVANCE: partial(_advance, run),
        Work.SETTLE: partial(_settle, run),
        Work.CORRECT: _in_work(run, invoicing.correct_late_usage),
    }


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


def _each(run: Run, work: Work, find: Callable[[Context], Iterable[str]], act: Callable[[str], int]) -> int:
    """Act on everything found, one after the other; returns how much was done.

    A failure is kept until the thing goes well or is no longer found.
    """
    with unit_of_work(run.namespace, now=run.now, writing=False) as ctx:
        keys = list(find(ctx))
        failing = failures.failing(ctx, work)
    done = 0
    for key in keys:
        steps = _attempt(run.namespace, work, key, act)
        done += steps or 0
        if steps is None:
            failing.discard(key)
    failures.forget(run.namespace, work, failing)
    return done


def _attempt(namespace: str, work: Work, key: str, act: Callable[[str], int]) -> int | None:
    """How much was done, 0 when another was faster; None when it failed, which is kept."""
    try:
        return act(key)
    except Conflict as race:
        log.info("clockwork.overtaken", namespace=namespace, subject=key, reason=str(race))
    except Exception as error:
        log.exception("clockwork.failed", namespace=namespace, work=work, subject=key)
        failures.note(namespace, work, key, error)
        return None
    return 0
