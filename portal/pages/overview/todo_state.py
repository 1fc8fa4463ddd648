"""What waits for somebody: usage nobody pays, invoices that stand still, first steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import reflex as rx

from backend.engine.invoice.lifecycle import State
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.invoicing import service as invoicing
from backend.invoicing.correction_models import CorrectionStatus
from backend.invoicing.service import CorrectionFilter, InvoiceFilter, Stage, StageFilter
from backend.metering import service as metering
from portal import boundary
from portal.formatting import plural
from portal.page_state import Loaded

LOOKED_BACK = timedelta(days=7)
TOLD = 3
UNPAID = (State.PAYMENT_FAILED.value, State.PAYMENT_ACTION_REQUIRED.value)
STUCK = (
    State.DRAFT_INVALID.value,
    State.DRAFT_SYNC_FAILED.value,
    State.ISSUING_FAILED.value,
    State.ISSUING_LINE_FINALIZATION_FAILED.value,
    State.ISSUING_CHARGE_BOOKING_FAILED.value,
    State.DELETE_FAILED.value,
)


@dataclass(frozen=True)
class Task:
    """One thing to do, why, and where."""

    title: str
    why: str
    href: str
    severe: bool = False


class TodoState(Loaded, rx.State):
    """The list of things to do."""

    tasks: list[Task] = []

    async def _fetch(self) -> None:
        self.tasks = await boundary.read(self, lambda ctx: list(tasks(ctx)))


def tasks(ctx: Context) -> Iterator[Task]:
    """What there is to do, the most urgent first."""
    yield from _first_steps(ctx)
    yield from _failed(ctx, UNPAID, "payment failed", "payments failed", "The customer has to be asked again.")
    yield from _failed(ctx, STUCK, "invoice stands still", "invoices stand still", "A step failed and can be retried.")
    _, waiting = invoicing.list_by_stage(ctx, StageFilter(stages=(Stage.AWAITING_APPROVAL,), limit=1))
    if waiting:
        title = plural(waiting, "draft awaits approval", "drafts await approval")
        yield Task(title, "Nobody is charged before.", "/invoices?stage=awaiting_approval")
    _, overdue = invoicing.list_by_stage(ctx, StageFilter(stages=(Stage.OVERDUE,), limit=1))
    if overdue:
        title = plural(overdue, "invoice is overdue", "invoices are overdue")
        yield Task(title, "Their day of payment has passed.", "/invoices?stage=overdue", severe=True)
    yield from _undecided(ctx)
    yield from _unmatched(ctx)


def _first_steps(ctx: Context) -> Iterator[Task]:
    if metering.list_meters(ctx, limit=1)[1] == 0:
        yield Task("Create the first meter", "It turns usage into a number to price.", "/meters/new")
    elif not ingest.event_types(ctx):
        yield Task("Send the first event", "Every meter has a snippet to copy.", "/meters")


def _failed(ctx: Context, states: tuple[str, ...], one: str, many: str, why: str) -> Iterator[Task]:
    found, total = invoicing.list_invoices(ctx, InvoiceFilter(states=states, limit=TOLD, descending=True))
    if total:
        numbers = ", ".join(invoice.number for invoice in found)
        href = f"/invoices/{found[0].id}" if total == 1 else "/invoices"
        yield Task(plural(total, one, many), f"{numbers}. {why}", href, severe=True)


def _undecided(ctx: Context) -> Iterator[Task]:
    _, waiting = invoicing.list_corrections(ctx, CorrectionFilter(statuses=(CorrectionStatus.WAITING,), limit=1))
    if waiting:
        title = plural(waiting, "correction of an issued invoice waits", "corrections of issued invoices wait")
        why = "Somebody has to decide whether the next invoice takes the difference."
        yield Task(title, why, "/corrections?chip=waiting")


def _unmatched(ctx: Context) -> Iterator[Task]:
    events = metering.unmatched_subjects(ctx, ctx.now - LOOKED_BACK)
    if not events:
        return
    most = sorted(events, key=lambda subject: -events[subject])
    named = ", ".join(f"{subject} ({plural(events[subject], 'event')})" for subject in most[:TOLD])
    more = f" and {len(most) - TOLD:,} more" if len(most) > TOLD else ""
    title = plural(len(most), "subject has usage that nobody pays", "subjects have usage that nobody pays")
    href = f"/events?subject={quote(most[0])}" if len(most) == 1 else "/events?chip=uncounted"
    yield Task(title, f"In the last 7 days: {named}{more}.", href)
