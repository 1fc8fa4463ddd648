"""Asks metering what a page's question means, and finds what belongs to nobody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from backend.customers import service as customers
from backend.customers.service import CustomerFilter
from backend.engine.exact import EXACT, ZERO, total
from backend.engine.meter.definition import Aggregation
from backend.engine.period import Period
from backend.errors import Invalid
from backend.infra.context import Context
from backend.metering import service as metering
from backend.metering.models import Meter
from backend.metering.service import UsageQuery, UsageRow
from portal.explore.question import CUSTOMER, SUBJECT, Question

ADDITIVE = frozenset({Aggregation.SUM, Aggregation.COUNT})
COUNTING = ADDITIVE | {Aggregation.UNIQUE_COUNT}
NOBODY = "No customer"
BLANK = "(nothing)"
MOST_FOUND = 50_000
MOST_SUGGESTED = 100
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows by window and group, what they come to together, and the customers' names; `whole` is None for nothing.

    A row of usage that no customer has, has no customer id.
    """

    question: Question
    meter: Meter
    period: Period
    rows: Sequence[UsageRow]
    whole: Decimal | None
    names: dict[str, str]

    def group_text(self, row: UsageRow, name: str) -> str:
        """What a row has of one of the things that usage is broken down by."""
        if name == CUSTOMER:
            return self.names.get(row.customer_id or "", NOBODY)
        return (row.subject if name == SUBJECT else row.groups[name]) or BLANK


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the filters offer: pairs of what is typed and what is shown; texts by dimension."""

    subjects: list[list[str]]
    dimensions: dict[str, list[list[str]]]


def answer(ctx: Context, question: Question) -> Answer:
    """Ask metering. Raises NotFound for an unknown meter or customer, Invalid for a question without sense.

    Customers are told apart by whose subjects are whose now; usage of nobody's subjects is a row of its own wherever
    values add up.
    """
    meter = metering.get_meter(ctx, question.meter)
    period = question.period(ctx.now)
    question.check_windows(period)
    asked = _asked(ctx, question, period)
    shared_out = CUSTOMER in question.by and not asked.customer_ids
    rows = _by_customer(ctx, meter, asked) if shared_out else metering.query(ctx, meter, asked)
    if len(rows) > MOST_FOUND:
        raise Invalid(f"That is more than {MOST_FOUND:,} rows. Break it down by less, or choose wider windows.")
    return Answer(question, meter, period, rows, _whole(ctx, meter, asked, rows), _names(ctx, rows))


def suggestions(ctx: Context, question: Question) -> Suggestions:
    """What had usage in this time, for the filters to offer."""
    meter, period = metering.get_meter(ctx, question.meter), question.period(ctx.now)
    subjects = metering.subjects_of(ctx, meter, period.start, period.end)
    return Suggestions(
        subjects=[[subject, subject] for subject in subjects[:MOST_SUGGESTED]],
        dimensions={
            name: [[text, text] for text in metering.group_values(ctx, meter, name, period.start, period.end)][
                :MOST_SUGGESTED
            ]
            for name in meter.group_by
        },
    )


def known_customers(ctx: Context, typed: str) -> list[list[str]]:
    """Customers that what was typed may mean: pairs of what to type, their key or id, and their name."""
    found, _ = customers.list_customers(ctx, CustomerFilter(search=typed or None), limit=MOST_SUGGESTED)
    return [[customer.key or customer.id, customer.name] for customer in found]


def _asked(ctx: Context, question: Question, period: Period) -> UsageQuery:
    return UsageQuery(
        start=period.start,
        end=period.end,
        window=question.window_size,
        zone=question.time_zone,
        subjects=(question.subject,) if question.subject else (),
        customer_ids=(customers.get(ctx, question.customer).id,) if question.customer else (),
        group_by=tuple(name for name in question.by if name != CUSTOMER),
        group_filters={name: (text,) for name, text in question.where.items()},
    )


def _by_customer(ctx: Context, meter: Meter, asked: UsageQuery) -> list[UsageRow]:
    """The rows broken down by customer too.

    Where values add up, those of each subject are given to its customer, and what is left is nobody's. What does not
    add up is asked for customer by customer, and what is nobody's cannot be told.
    """
    if meter.aggregation in ADDITIVE:
        return _given_to_owners(ctx, asked, metering.query(ctx, meter, _with(asked, SUBJECT)))
    subjects = asked.subjects or metering.subjects_of(ctx, meter, asked.start, asked.end)
    owners = sorted(set(_owners(ctx, subjects).values()))
    return metering.query(ctx, meter, replace(asked, customer_ids=owners)) if owners else []


def _given_to_owners(ctx: Context, asked: UsageQuery, by_subject: Sequence[UsageRow]) -> list[UsageRow]:
    owners = _owners(ctx, {row.subject for row in by_subject if row.subject is not None})
    given: dict[tuple[object, ...], UsageRow] = {}
    for row in by_subject:
        subject = row.subject if SUBJECT in asked.group_by or asked.subjects else None
        part = replace(row, subject=subject, customer_id=owners.get(row.subject or ""))
        place = (part.window, part.subject, part.customer_id, *part.groups.values())
        before = given[place].value if place in given else ZERO
        given[place] = replace(part, value=EXACT.add(before, part.value))
    return list(given.values())


def _owners(ctx: Context, subjects: Collection[str]) -> dict[str, str]:
    """Subject to its customer's id, asked for in portions that every database takes."""
    known, owners = list(subjects), dict[str, str]()
    for start in range(0, len(known), AT_ONCE):
        owners |= customers.owners(ctx, known[start : start + AT_ONCE])
    return owners


def _with(asked: UsageQuery, name: str) -> UsageQuery:
    return replace(asked, group_by=tuple(dict.fromkeys((*asked.group_by, name))))


def _whole(ctx: Context, meter: Meter, asked: UsageQuery, rows: Sequence[UsageRow]) -> Decimal | None:
    """What all rows come to: their sum where values add up, else asked for without windows and groups."""
    if meter.aggregation not in ADDITIVE:
        rows = metering.query(ctx, meter, replace(asked, window=None, group_by=()))
    return total(row.value for row in rows) if rows or meter.aggregation in COUNTING else None


def _names(ctx: Context, rows: Sequence[UsageRow]) -> dict[str, str]:
    ids = {row.customer_id for row in rows if row.customer_id}
    found, _ = customers.list_customers(ctx, CustomerFilter(ids=ids), limit=len(ids) or 1)
    return {customer.id: customer.name for customer in found}
