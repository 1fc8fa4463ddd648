"""A customer's next charge as finished text: so far, and at today's pace when it falls due."""

from dataclasses import dataclass

from backend.engine.exact import EXACT
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.service import Upcoming, UpcomingLine
from portal.formatting import NOTHING, ago, compact, instant, money, period, quantity


@dataclass(frozen=True)
class ChargeLine:
    """What one line will come to."""

    name: str
    period: str
    used: str
    used_exact: str
    so_far: str
    at_end: str


@dataclass(frozen=True)
class Charge:
    """The next invoice of one currency. `grows` tells whether usage will still add to it.

    `due` is empty for a customer who has only credit, and `credit` without any.
    """

    invoice_id: str
    credit: str
    due: str
    due_in: str
    so_far: str
    at_end: str
    rest: str
    grows: bool
    lines: list[ChargeLine]


def charges(ctx: Context, customer_id: str) -> list[Charge]:
    """The customer's next charges, rated now by the engine that draws invoices."""
    return [_charge(ctx, found) for found in invoicing.upcoming(ctx, customer_id)]


def _charge(ctx: Context, found: Upcoming) -> Charge:
    currency = found.invoice.currency
    rest = EXACT.subtract(found.at_end.total, found.so_far.total)
    return Charge(
        invoice_id=found.invoice.id,
        credit=_credit(found),
        due=instant(found.charge_at) if found.charge_at else "",
        due_in=ago(found.charge_at, ctx.now) if found.charge_at else "",
        so_far=money(found.so_far.total, currency),
        at_end=money(found.at_end.total, currency),
        rest=money(rest, currency),
        grows=rest > 0,
        lines=[_line(line, currency) for line in found.lines],
    )


def _credit(found: Upcoming) -> str:
    """What is left of corrections that give money back."""
    if not found.credit_waiting:
        return ""
    return f"{money(found.credit_waiting, found.invoice.currency)} of credit waits: later invoices take it off."


def _line(found: UpcomingLine, currency: str) -> ChargeLine:
    used = found.metered
    return ChargeLine(
        name=found.line.name,
        period=period(found.line.period_start, found.line.period_end),
        used=NOTHING if used is None else compact(used),
        used_exact=NOTHING if used is None else quantity(used),
        so_far=money(found.so_far.total, currency),
        at_end=money(found.at_end.total, currency),
    )
