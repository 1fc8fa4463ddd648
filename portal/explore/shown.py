"""An answer as finished text: the chart, the table's rows, the file, and the customers who used most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import plotly.graph_objects as go

from backend.engine.exact import quotient
from backend.engine.meter.window import WindowSize
from backend.metering.service import UsageRow
from portal import charts
from portal.explore.answer import ADDITIVE, COUNTING, NOBODY, Answer
from portal.explore.question import CUSTOMER, SUBJECT, WIDTHS
from portal.formatting import NOTHING, day, instant, month, percent, quantity
from portal.sheet import Cell, Sheet, check_size

MOST_RANKED = 15
TOP = 10


@dataclass(frozen=True)
class TopRow:
    """A customer's part of the usage."""

    name: str
    href: str
    value: str
    share: str


def headings(found: Answer) -> list[str]:
    """The table's headings: the window if there are any, what usage is broken down by, the value."""
    window = [] if found.question.window_size is None else ["Window"]
    return [*window, *map(heading, found.question.by), "Usage"]


def heading(name: str) -> str:
    """What usage is broken down by, as people read it: dimensions have the names they were given."""
    return name.capitalize() if name in (CUSTOMER, SUBJECT) else name


def cells(found: Answer, row: UsageRow) -> list[str]:
    """A row of the table."""
    window = [] if found.question.window_size is None else [window_text(found, row)]
    return [*window, *(found.group_text(row, name) for name in found.question.by), quantity(row.value)]


def ordered(found: Answer) -> list[UsageRow]:
    """Windows as they follow each other, groups by their name; without windows the greatest first."""
    if found.question.window_size is not None:
        return sorted(found.rows, key=lambda row: (row.window.start, _series(found, row)))
    return sorted(found.rows, key=lambda row: row.value, reverse=True)


def window_text(found: Answer, row: UsageRow) -> str:
    """A window in the zone that was asked for: `Mar 2026`, `5 Mar 2026`, `5 Mar 2026, 14:00 CET`."""
    at, zone = row.window.start, found.question.zone
    match found.question.window_size:
        case WindowSize.MONTH:
            return month(at, zone)
        case WindowSize.DAY:
            return day(at, zone)
        case _:
            return instant(at, zone)


def whole_text(found: Answer) -> str:
    """The big number."""
    return NOTHING if found.whole is None else quantity(found.whole)


def figure(found: Answer) -> go.Figure:
    """Bars for what adds up, lines for what does not, and a ranking when there are no windows."""
    if found.question.window_size is None:
        ranked = [(_series(found, row) or found.meter.name, row.value) for row in ordered(found)[:MOST_RANKED]]
        return charts.ranking(ranked, found.meter.name)
    points = [charts.Point(_on_the_wall(found, row.window.start), row.value, _series(found, row)) for row in found.rows]
    draw = charts.bars if found.meter.aggregation in COUNTING else charts.lines
    drawn = draw(points, found.meter.name)
    half = WIDTHS[found.question.window_size] / 2  # a bar stands around the start of its window
    ends = [found.period.end, *(row.window.start + half for row in found.rows[-1:])]
    drawn.update_xaxes(range=[_on_the_wall(found, found.period.start - half), _on_the_wall(found, max(ends))])
    return drawn


def sheet(found: Answer) -> Sheet:
    """The table as a file, with exact instants and ids."""
    check_size(len(found.rows))
    groups = [name for name in found.question.by if name != CUSTOMER]
    customer = ["customer_id", "customer_name"] if CUSTOMER in found.question.by else []
    columns = ["window_start", "window_end", *customer, *groups, "value"]

    def lines() -> Iterator[Sequence[Cell]]:
        for row in ordered(found):
            owner = [row.customer_id, found.names.get(row.customer_id or "")] if customer else []
            texts = [row.subject if name == SUBJECT else row.groups[name] for name in groups]
            yield [row.window.start, row.window.end, *owner, *texts, row.value]

    return Sheet(found.meter.slug, columns, lines())


def top(found: Answer) -> list[TopRow]:
    """Who used most, of an answer without windows by customer; with each one's share where values add up."""
    share = found.whole if found.meter.aggregation in ADDITIVE else None
    return [
        TopRow(
            found.names.get(row.customer_id or "", NOBODY),
            f"/customers/{row.customer_id}" if row.customer_id else "",
            quantity(row.value),
            percent(quotient(row.value, share), 1) if share else "",
        )
        for row in ordered(found)[:TOP]
    ]


def _series(found: Answer, row: UsageRow) -> str:
    return " \N{MIDDLE DOT} ".join(found.group_text(row, name) for name in found.question.by)


def _on_the_wall(found: Answer, at: datetime) -> datetime:
    """An instant as the zone's clocks show it; an hour that they show twice stays two instants."""
    local = at.astimezone(found.question.time_zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta(0)))
