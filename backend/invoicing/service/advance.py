"""An invoice goes on by itself until it has to wait, and apps are asked in between, outside of any transaction.

Before an app is asked, the invoice is in the state of that step and the question is frozen; the answer is recorded
only if the invoice is still there. So a crash at any point leaves a state from which the same step is repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from backend.engine.invoice.gather import due_at
from backend.engine.invoice.lifecycle import State, Trigger, automatic
from backend.errors import DomainError, Issue
from backend.infra.actor import SYSTEM, Actor
from backend.infra.context import Context, unit_of_work
from backend.infra.log import logger
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceKind, Severity
from backend.invoicing.ports import (
    AppIssue,
    AppRefused,
    Apps,
    AppUnreachable,
    Finalized,
    InvoiceDocument,
    InvoicingApp,
    Synced,
)
from backend.invoicing.service.apps import get_app, remember_customer
from backend.invoicing.service.corrections import cover, take_back_corrections
from backend.invoicing.service.document import freeze, refreeze
from backend.invoicing.service.hold import lock_invoice
from backend.invoicing.service.numbering import next_invoice_number
from backend.invoicing.service.rating import rate_lines, write_ratings
from backend.invoicing.service.steps import (
    add_issues,
    is_metered_for_good,
    settle_issues,
    situation,
    step,
)
from backend.invoicing.workflow import from_document

log = logger(__name__)

UNREACHABLE = "app_unreachable"
Answer = tuple[AppIssue, ...] | Synced | Finalized | None


@dataclass(frozen=True, slots=True)
class Question:
    """What an app is asked, outside of any transaction."""

    state: State
    app_kind: str
    document: InvoiceDocument


@dataclass(frozen=True, slots=True)
class Turn:
    """How many steps were taken at once, and what has to be asked before the next one."""

    steps: int = 0
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """In which namespace, for whom and at which instant invoices go on; None is the namespace's clock.

    An app that could not be reached once is not asked again in the same run. Which kind an app is never changes, so
    `kinds` keeps it by the app's id.
    """

    namespace: str
    apps: Apps
    now: datetime | None = None
    actor: Actor = SYSTEM
    unreachable: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)

    def kind_of(self, ctx: Context, app_id: str) -> str:
        """Which kind an installed app is; raises NotFound."""
        if app_id not in self.kinds:
            self.kinds[app_id] = get_app(ctx, app_id).kind
        return self.kinds[app_id]


def advance(run: Run, invoice_id: str) -> int:
    """Let an invoice go on as far as it can; returns how many steps it took."""
    with unit_of_work(run.namespace, now=run.now, actor=run.actor) as ctx:
        turn = _go_on(run, ctx, lock_invoice(ctx, invoice_id))
    steps = turn.steps
    while turn.question is not None and turn.question.app_kind not in run.unreachable:
        turn = _ask(run, turn.question)
        steps += turn.steps
    return steps


def _go_on(run: Run, ctx: Context, invoice: Invoice, asked: InvoiceDocument | None = None) -> Turn:
    """Take all automatic steps up to the one for which an app has to be asked, or until the invoice waits.

    `asked` is what an app was asked before about the same lines and customer, if one was.
    """
    steps = 0
    while invoice.kind == InvoiceKind.STANDARD:
        state = State(invoice.status)
        trigger = automatic(state, situation(ctx, invoice))
        if trigger is None:
            break
        if state in ASKS:
            kind = run.kind_of(ctx, invoice.invoicing_app_id)
            return Turn(steps, Question(state, kind, refreeze(asked, invoice) if asked else freeze(ctx, invoice)))
        asked = None if state in PREPARATIONS else asked
        step(ctx, invoice, _prepared(ctx, invoice, state, trigger))
        steps += 1
    return Turn(steps)


def _prepared(ctx: Context, invoice: Invoice, state: State, trigger: Trigger) -> Trigger:
    """Calculate what belongs to a step; the step becomes a failure when that is not possible."""
    prepare = PREPARATIONS.get(state)
    if prepare is None:
        return trigger
    try:
        with ctx.session.begin_nested():
            prepare(ctx, invoice)
    except DomainError as error:
        issue = AppIssue("invoice_calculation_failed", str(error))
        add_issues(ctx, invoice, Severity.CRITICAL, "invoicing", [issue])
        return Trigger.FAIL
    return trigger


def snapshot_quantities(ctx: Context, invoice: Invoice) -> None:
    """Meter and rate the lines once more: usage that came late is in, what comes later is not (billing spec 6.2)."""
    if not is_metered_for_good(invoice):
        _calculate(ctx, invoice)
        invoice.quantities_at = ctx.now
    settle_issues(ctx, invoice, "invoicing")


def _calculate(ctx: Context, invoice: Invoice) -> None:
    """Rate the lines; once late usage is no longer waited for, only new and changed ones are metered."""
    lines = repository.lines(ctx, [invoice.id])
    subjects = invoice.customer["usage_subjects"]
    ratings = rate_lines(ctx, lines, subjects, keep_metered=is_metered_for_good(invoice))
    write_ratings(ctx, invoice, cover(ctx, ratings))


PREPARATIONS: dict[State, Callable[[Context, Invoice], None]] = {
    State.DRAFT_COLLECTING: snapshot_quantities,
    State.DRAFT_UPDATING: _calculate,
}
"""What is calculated before leaving a state."""

ASKS: dict[State, Callable[[InvoicingApp, InvoiceDocument], Answer]] = {
    State.DRAFT_VALIDATING: lambda app, document: tuple(app.validate(document)),
    State.DRAFT_SYNCING: lambda app, document: app.upsert(document),
    State.ISSUING_SYNCING: lambda app, document: app.finalize(document),
    State.DELETE_SYNCING: lambda app, document: app.delete(document),
}
"""What is asked of the app before leaving a state."""


BOOKING = frozenset(
    {
        State.PAYMENT_BOOKING_AUTHORIZED,
        State.PAYMENT_BOOKING_AUTHORIZED_AND_SETTLED,
        State.PAYMENT_BOOKING_SETTLED,
    }
)
"""States that are left as soon as a payment is written down."""


def _ask(run: Run, question: Question) -> Turn:
    """Ask the app, record its answer and go on; an empty turn when it has to be asked again later."""
    trouble: AppRefused | AppUnreachable | None = None
    answer: Answer = None
    try:
        app = run.apps.get(question.app_kind)
        if app is None:
            raise AppUnreachable(f"The {question.app_kind} app is not configured on this server.")
        answer = ASKS[question.state](app, question.document)
    except (AppRefused, AppUnreachable) as error:
        trouble = error
    with unit_of_work(run.namespace, now=run.now, actor=run.actor) as ctx:
        invoice = lock_invoice(ctx, question.document.id)
        if (invoice.version, invoice.status) != (question.document.version, question.state.value):
            return _go_on(run, ctx, invoice)
        if isinstance(trouble, AppUnreachable):
            run.unreachable.add(question.app_kind)
            _put_off(ctx, invoice, trouble)
            return Turn()
        if isinstance(trouble, AppRefused):
            _fail(ctx, invoice, (trouble.issue,))
        elif isinstance(answer, tuple) and answer:
            _fail(ctx, invoice, answer)
        else:
            _succeed(ctx, invoice, question.state, answer)
        has_new_customer = isinstance(answer, Synced) and answer.customer_external_id is not None
        turn = _go_on(run, ctx, invoice, None if has_new_customer else question.document)
        return replace(turn, steps=turn.steps + 1)


def _put_off(ctx: Context, invoice: Invoice, trouble: AppUnreachable) -> None:
    """Note that the app could not be reached; the next run repeats the step, with a new key if the app had answered."""
    log.warning("invoice.app_unreachable", invoice=invoice.id, status=invoice.status, reason=str(trouble))
    if trouble.answered:
        invoice.attempt += 1
    issue = AppIssue(UNREACHABLE, f"{trouble} This is tried again by itself.")
    add_issues(ctx, invoice, Severity.WARNING, "app", [issue])


def _fail(ctx: Context, invoice: Invoice, issues: tuple[AppIssue, ...]) -> None:
    settle_issues(ctx, invoice, "app")
    add_issues(ctx, invoice, Severity.CRITICAL, "app", issues)
    step(ctx, invoice, Trigger.FAIL, issues[0].message)


def _succeed(ctx: Context, invoice: Invoice, state: State, answer: Answer) -> None:
    settle_issues(ctx, invoice, "app")
    if isinstance(answer, Synced):
        _keep_ids(ctx, invoice, answer)
    elif isinstance(answer, Finalized):
        _issue(ctx, invoice, answer)
    trigger = automatic(state, situation(ctx, invoice))
    assert trigger is not None, "the app was asked because this step was due"
    step(ctx, invoice, trigger)


def _keep_ids(ctx: Context, invoice: Invoice, synced: Synced) -> None:
    """Remember where the app keeps the invoice, its customer and its lines."""
    invoice.external_id = synced.external_id
    if synced.customer_external_id:
        remember_customer(ctx, invoice.invoicing_app_id, invoice.customer_id, synced.customer_external_id)
    if synced.line_external_ids is None:
        return
    lines = repository.lines(ctx, [invoice.id])
    for detail in repository.details(ctx, [line.id for line in lines]):
        detail.external_id = synced.line_external_ids.get(detail.id)
        ctx.session.add(detail)


def _issue(ctx: Context, invoice: Invoice, finalized: Finalized) -> None:
    """The invoice is issued: it gets its number and its dates."""
    own = finalized.number
    usable = own is not None and not repository.number_is_taken(ctx, own)
    invoice.number = own if own is not None and usable else next_invoice_number(ctx)
    invoice.payment_external_id = finalized.payment_external_id
    invoice.hosted_url = finalized.hosted_url
    invoice.issued_at = ctx.now
    invoice.sent_at = ctx.now
    if invoice.due_at is None:
        invoice.due_at = due_at(ctx.now, from_document(invoice.workflow).due_after)


def pay(ctx: Context, invoice: Invoice, trigger: Trigger, note: str | None = None) -> None:
    """Record what became of the payment, and what follows from it at once; Conflict when it cannot be."""
    state = step(ctx, invoice, trigger, note)
    if state is State.VOIDED:
        take_back_corrections(ctx, invoice)
    while state in BOOKING:
        state = step(ctx, invoice, Trigger.NEXT)


def refused(ctx: Context, invoice: Invoice, issue: Issue) -> None:
    """An app said afterwards that the step it is in went wrong."""
    _fail(ctx, invoice, (AppIssue(issue.code, issue.message, issue.field),))
