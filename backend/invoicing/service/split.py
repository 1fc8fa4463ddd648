"""A line that is billed in parts: what is used up to a day is invoiced, the rest of its period goes on gathering."""

from datetime import datetime

from backend.engine.period import Period
from backend.infra.columns import new_id
from backend.infra.context import Context
from backend.invoicing.models import InvoiceLine
from backend.invoicing.service.rating import full_period_of, period_of

COPIED = (
    "invoice_id",
    "customer_id",
    "currency",
    "reference",
    "managed_by",
    "name",
    "description",
    "labels",
    "invoice_at",
    "feature_key",
    "feature_id",
    "price",
    "discounts",
    "tax_config",
    "subscription_id",
    "subscription_phase_id",
    "subscription_item_id",
    "billing_period_start",
    "billing_period_end",
    "group_id",
    "full_period_start",
    "full_period_end",
)
"""What all parts of a line have in common, also the ids of their discounts."""


def split(ctx: Context, line: InvoiceLine, at: datetime) -> InvoiceLine:
    """Cut a gathered line at an instant and return the rest, which goes on gathering.

    The line itself, with its id, becomes the part that ends there and is due there. Both keep the full period and
    the reference. Source: billing spec 6.2.
    """
    group(line, full_period_of(line) or period_of(line))
    rest = another_part(line, Period(at, line.period_end))
    line.period_end = line.invoice_at = at
    ctx.session.add_all([line, rest])
    return rest


def group(line: InvoiceLine, full: Period) -> None:
    """Make a line a part of a full period."""
    line.group_id = line.group_id or new_id()
    line.full_period_start, line.full_period_end = full.start, full.end


def another_part(line: InvoiceLine, period: Period) -> InvoiceLine:
    """One more part of the same full period, not saved yet."""
    shared = {name: getattr(line, name) for name in COPIED}
    return InvoiceLine(**shared, period_start=period.start, period_end=period.end)
