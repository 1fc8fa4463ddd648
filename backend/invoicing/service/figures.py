"""What the business earns: money invoiced month by month, and usage that is not invoiced yet."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from backend.customers import service as customers
from backend.engine.exact import EXACT, ZERO, total
from backend.infra.context import Context
from backend.invoicing import repository
from backend.invoicing.models import Invoice, InvoiceKind
from backend.invoicing.repository import InvoiceFilter
from backend.invoicing.service.rating import rate_lines

EVERY = 1_000_000


@dataclass(frozen=True, slots=True)
class MonthRevenue:
    """What was invoiced in one currency in a calendar month of UTC, which starts at `month`."""

    month: datetime
    currency: str
    total: Decimal
    invoices: int


def revenue_by_month(ctx: Context, since: datetime) -> list[MonthRevenue]:
    """The invoices issued since an instant and not voided, paid or not, by the month of their issue; oldest first."""
    sums: dict[tuple[datetime, str], tuple[Decimal, int]] = {}
    for issued_at, currency, amount in repository.issued_amounts(ctx, since):
        day = issued_at.astimezone(UTC)
        month = datetime(day.year, day.month, 1, tzinfo=UTC)
        so_far, count = sums.get((month, currency), (ZERO, 0))
        sums[month, currency] = EXACT.add(so_far, amount), count + 1
    return [MonthRevenue(*key, *value) for key, value in sorted(sums.items())]


def accruing_usage(ctx: Context) -> dict[str, Decimal]:
    """Currency → what the usage so far of all customers comes to that no invoice charges yet.

    Rated by the engine that draws the invoices; fees that are only waiting for their date are no usage.
    """
    wanted = InvoiceFilter(kinds=(InvoiceKind.GATHERING,), limit=EVERY)
    gathering, _ = repository.invoices(ctx, wanted)
    sums: dict[str, Decimal] = {}
    for invoice in gathering:
        sums[invoice.currency] = EXACT.add(sums.get(invoice.currency, ZERO), _usage_of(ctx, invoice))
    return sums


def _usage_of(ctx: Context, invoice: Invoice) -> Decimal:
    customer = customers.get(ctx, invoice.customer_id, deleted=True)
    lines = [line for line in repository.lines(ctx, [invoice.id]) if line.feature_id and line.period_start <= ctx.now]
    ratings = rate_lines(ctx, lines, customers.usage_subjects(ctx, customer))
    return total(rating.rated.totals.total for rating in ratings if rating.metered is not None)
