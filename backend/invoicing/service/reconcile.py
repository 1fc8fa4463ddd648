"""What a subscription should be billed, against the lines there are: only the difference is moved."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backend.customers import service as customers
from backend.engine.exact import ZERO
from backend.engine.invoice.gather import remaining
from backend.engine.invoice.lifecycle import State, is_immutable
from backend.engine.period import Period
from backend.errors import Conflict, Issue
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.correction_models import CorrectionReason
from backend.invoicing.models import Invoice, InvoiceKind, InvoiceLine, ManagedBy, Severity
from backend.invoicing.service.collect import redate
from backend.invoicing.service.corrections import correct, is_correctable
from backend.invoicing.service.gathering import gathering_invoice, tidy
from backend.invoicing.service.hold import lock_invoice
from backend.invoicing.service.rating import net, period_of, rate_lines
from backend.invoicing.service.split import group
from backend.invoicing.service.steps import SUBSCRIPTION, add_issues, edited
from backend.invoicing.service.why import wanted_by
from backend.subscriptions.models import Subscription

IMMUTABLE = "immutable_invoice_handling_not_supported"

IGNORED = "billing.subscription.sync.ignore"
"""The label of a line that is to be left as it is, when it is `true`."""

PASSING = frozenset({State.DRAFT_UPDATING.value, State.DRAFT_SYNCING.value})
"""States that a draft is about to leave; whoever wants to change it comes back."""


CLOSED = frozenset(state for state in State if is_immutable(state) and state not in PASSING)
"""States whose invoices keep the lines they have."""


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A line as the subscription wants it: its identity, its service period, and what else may change about it.

    One that is `charged_once`, in advance, is for its item however long that lasts.
    """

    reference: str
    period: Period
    content: dict[str, Any]
    discounts: dict[str, Any]
    charged_once: bool = False


@dataclass(slots=True)
class Moves:
    """One reconciliation: the invoices it has locked, and those whose lines it changed.

    Closed invoices are locked only when there is something to tell them: a subscription has ever more of them.
    """

    ctx: Context
    subscription: Subscription | None
    locked: dict[str, Invoice]
    touched: dict[str, Invoice] = field(default_factory=dict)
    gathering: Invoice | None = None
    corrected: frozenset[str] = frozenset()
    issued: list[tuple[InvoiceLine, dict[str, Any]]] = field(default_factory=list)
    """Lines that cannot be changed any more and what should be different about them."""

    def invoice_of(self, line: InvoiceLine) -> Invoice:
        """The invoice that a line is on, locked."""
        if line.invoice_id not in self.locked:
            self.locked[line.invoice_id] = lock_invoice(self.ctx, line.invoice_id)
        return self.locked[line.invoice_id]

    def is_open(self, line: InvoiceLine) -> bool:
        """Whether the invoice of a line can be changed; Conflict while it is about to leave its state."""
        invoice = self.invoice_of(line)
        if invoice.status in PASSING:
            raise Conflict(f"The invoice {invoice.number} is {invoice.status}. Its lines are changed afterwards.")
        return invoice.kind == InvoiceKind.GATHERING or not is_immutable(State(invoice.status))

    def may_change(self, line: InvoiceLine) -> bool:
        """The same, and an invoice that cannot be changed is given a warning."""
        if self.is_open(line):
            return True
        invoice = self.invoice_of(line)
        message = f"The subscription changed what {line.name} should be, but this invoice can no longer be changed."
        add_issues(self.ctx, invoice, Severity.WARNING, SUBSCRIPTION, [Issue(f"lines/{line.id}", IMMUTABLE, message)])
        return False

    def change(self, line: InvoiceLine, **content: Any) -> None:
        """Bring a line up to date, if anything differs and it can be changed."""
        changes = {name: value for name, value in content.items() if getattr(line, name) != value}
        if changes or line.id in self.corrected:
            self.issued.append((line, changes))
        if changes and self.may_change(line):
            for name, value in changes.items():
                setattr(line, name, value)
            line.metered_quantity = None  # metered again, also when late usage is no longer waited for
            self.ctx.session.add(line)
            self.touched[line.invoice_id] = self.invoice_of(line)

    def correct_issued(self) -> None:
        """What is issued already is corrected; last of all, when what the next invoice gathers is there."""
        for line, changes in self.issued:
            if is_correctable(self.invoice_of(line)):
                wanted = wanted_by(changes, line.period_start, line.period_end)
                correct(self.ctx, line, self._due(line, changes), CorrectionReason.SUBSCRIPTION, wanted)

    def _due(self, line: InvoiceLine, changes: dict[str, Any]) -> Decimal:
        """What a line would come to with the changes that it can no longer have."""
        if "deleted_at" in changes:
            return ZERO
        wanted = InvoiceLine(**{**line.model_dump(), **changes})
        [rating] = rate_lines(self.ctx, [wanted], self.invoice_of(line).customer["usage_subjects"])
        return net(rating.rated.totals)

    def remove(self, line: InvoiceLine) -> None:
        """Take a line away, if it can be."""
        self.change(line, deleted_at=self.ctx.now)

    def gather(self, target: TargetLine, period: Period, parts: Sequence[InvoiceLine] = ()) -> None:
        """Put a new line on the customer's gathering invoice, if need be as one more part of the target's period."""
        assert self.subscription is not None, "what is deleted has no targets"
        if self.gathering is None:
            customer = customers.get(self.ctx, self.subscription.customer_id, deleted=True)
            self.gathering, _ = gathering_invoice(self.ctx, customer, self.subscription.currency)
        line = InvoiceLine(
            invoice_id=self.gathering.id,
            customer_id=self.gathering.customer_id,
            currency=self.subscription.currency,
            reference=target.reference,
            managed_by=ManagedBy.SUBSCRIPTION,
            subscription_id=self.subscription.id,
            discounts=parts[0].discounts if parts else target.discounts,
            group_id=parts[0].group_id if parts else None,
            period_start=period.start,
            period_end=period.end,
            **target.content,
        )
        if parts:
            group(line, target.period)
        self.ctx.session.add(line)
        self.locked[self.gathering.id] = self.touched[self.gathering.id] = self.gathering


def reconcile(
    ctx: Context, subscription: Subscription | None, subscription_id: str, targets: Iterable[TargetLine]
) -> None:
    """Move the lines of a subscription to what they should be (billing spec 3.8).

    Missing lines are gathered, obsolete ones removed, changed ones rewritten, also on drafts, which are then
    calculated again. What is issued is left as it is, with a warning, and corrected by the next invoice. Lines that a
    person changed or removed stay so.
    """
    moves = Moves(
        ctx,
        subscription,
        {found.id: found for found in repository.open_invoices(ctx, subscription_id, CLOSED)},
        corrected=repository.lines_corrected_for(ctx, subscription_id),
    )
    present: dict[str, list[InvoiceLine]] = defaultdict(list)
    for line in repository.subscription_lines(ctx, subscription_id):
        present[line.reference or ""].append(line)
    for target in targets:
        _follow(moves, target, present.pop(target.reference, []))
    for lines in present.values():
        for line in lines:
            if _follows(line):
                moves.remove(line)
    ctx.session.flush()
    for invoice in moves.touched.values():
        if invoice.kind == InvoiceKind.GATHERING:
            tidy(ctx, invoice)
        else:
            redate(ctx, invoice)
            edited(ctx, invoice, "The subscription changed.")
    moves.correct_issued()


def _follows(line: InvoiceLine) -> bool:
    """Whether a line still says what the subscription wants, and nobody else had a word."""
    return line.managed_by == ManagedBy.SUBSCRIPTION and line.labels.get(IGNORED) != "true"


def _follow(moves: Moves, target: TargetLine, lines: Sequence[InvoiceLine]) -> None:
    """Bring the lines of one reference to what they should be: one line, or the parts of a period."""
    whole = [line for line in lines if line.group_id is None]
    if not lines:
        moves.gather(target, target.period)
    elif not whole:
        _follow_parts(moves, target, lines)
    elif len(lines) == 1 and _follows(whole[0]):
        moves.change(whole[0], **_wanted(moves, target, whole[0]))


def _wanted(moves: Moves, target: TargetLine, line: InvoiceLine) -> dict[str, Any]:
    """What a whole line should be; nothing is wrong with a fee that was issued once and whose item ends later."""
    wanted = {**target.content, "period_start": target.period.start, "period_end": target.period.end}
    ends = {name: getattr(line, name) for name in ("period_end", "billing_period_end")}
    is_settled = target.charged_once and any(wanted[name] != end for name, end in ends.items())
    return wanted | ends if is_settled and not moves.is_open(line) else wanted


def _follow_parts(moves: Moves, target: TargetLine, lines: Sequence[InvoiceLine]) -> None:
    """A period billed in parts: those invoiced are cut to it at most, and the rest of it is what gathers."""
    gathering = [line for line in lines if _follows(line) and moves.invoice_of(line).kind == InvoiceKind.GATHERING]
    taken = [_cut(moves, target, line) for line in lines if line not in gathering]
    wanted: list[tuple[Period, InvoiceLine | None]] = []
    for period in remaining(target.period, [part for part in taken if not part.is_empty]):
        line = next((line for line in gathering if period_of(line).overlaps(period)), None)
        wanted.append((period, line))
        gathering = [other for other in gathering if other is not line]
    for line in gathering:
        moves.remove(line)
    for period, line in reversed(wanted):
        moves.ctx.session.flush()  # two parts never start together, not even for a moment
        if line is None:
            moves.gather(target, period, lines)
        else:
            _place(moves, target, line, period, **target.content)


def _cut(moves: Moves, target: TargetLine, line: InvoiceLine) -> Period:
    """Cut an invoiced part to the period it belongs to; returns what it covers then, nothing once it is removed."""
    wanted = period_of(line).intersect(target.period)
    if _follows(line) and wanted.is_empty:
        moves.remove(line)
        return wanted if line.deleted_at else period_of(line)
    if _follows(line) and (wanted != period_of(line) or _ends_otherwise(target, line) or moves.is_open(line)):
        _place(moves, target, line, wanted, invoice_at=min(line.invoice_at, target.content["invoice_at"]))
    return period_of(line)


def _ends_otherwise(target: TargetLine, line: InvoiceLine) -> bool:
    """Whether a part is the last of its period now or was it before, but not both: with it the minimum is due."""
    return (line.period_end == line.full_period_end) != (line.period_end == target.period.end)


def _place(moves: Moves, target: TargetLine, line: InvoiceLine, period: Period, **content: Any) -> None:
    """Give a part its period, and the full period it is a part of."""
    moves.change(
        line,
        **content,
        period_start=period.start,
        period_end=period.end,
        full_period_start=target.period.start,
        full_period_end=target.period.end,
    )
