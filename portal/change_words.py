"""What a change of a subscription means in money, as finished text: due now, the next invoice, and line by line."""

from dataclasses import dataclass

from backend.invoicing.service import ChangePreview, ChargeAhead, LineChange
from portal.formatting import NOTHING, instant, money, period


@dataclass(frozen=True)
class ChangedLine:
    """A line before and after the change; `is_due` marks what becomes due with it."""

    name: str
    period: str
    before: str
    after: str
    is_due: bool


@dataclass(frozen=True)
class MoneyChange:
    """What a change means in one currency."""

    due_now: str
    due_note: str
    next_before: str
    next_before_at: str
    next_after: str
    next_after_at: str
    lines: list[ChangedLine]


def money_change(found: ChangePreview) -> MoneyChange:
    """A preview as text; lines that the change leaves alone are left out."""
    return MoneyChange(
        due_now=money(found.due_now, found.currency),
        due_note="invoiced as soon as you confirm" if found.due_now else "nothing is due at once",
        next_before=_total(found.before, found.currency),
        next_before_at=_at(found.before),
        next_after=_total(found.after, found.currency),
        next_after_at=_at(found.after),
        lines=[_line(line, found.currency) for line in found.lines if line.due_now or line.before != line.after],
    )


def _line(line: LineChange, currency: str) -> ChangedLine:
    return ChangedLine(
        name=line.name,
        period=period(line.period.start, line.period.end),
        before=NOTHING if line.before is None else money(line.before, currency),
        after=NOTHING if line.after is None else money(line.after, currency),
        is_due=line.due_now,
    )


def _total(ahead: ChargeAhead | None, currency: str) -> str:
    return NOTHING if ahead is None else money(ahead.total, currency)


def _at(ahead: ChargeAhead | None) -> str:
    return "no invoice is to come" if ahead is None else instant(ahead.at)
