"""What customers should pay, reckoned a second time from price lists and events, without a line of the product.

Everything is a fraction until it is rounded, months are counted on a calendar, and nothing here imports the backend:
what agrees with it was found twice.
"""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

LATE = timedelta(hours=1)
"""How long after its period usage may still arrive."""

Owed = dict[tuple[str, datetime], Fraction]
"""What is owed, by customer and the instant at which it falls due."""


@dataclass(frozen=True)
class PriceList:
    """A monthly fee in advance, support in arrears, and tokens in tiers (up to, price of each)."""

    plan: str
    currency: str
    cents: int
    fee: str
    support: str
    tiers: tuple[tuple[int | None, str], ...]
    percent_off: str = "0"
    minimum: str = "0"


@dataclass(frozen=True)
class Spell:
    """A time during which a customer pays by one price list; months are counted from the anchor."""

    customer: str
    subjects: tuple[str, ...]
    prices: PriceList
    start: datetime
    end: datetime | None
    anchor: datetime


@dataclass(frozen=True)
class Sent:
    """An event as it was sent: whose it is, when it happened, and when it arrived."""

    id: str
    subject: str
    at: datetime
    arrived: datetime
    tokens: str


def reckon(spells: Iterable[Spell], sent: Iterable[Sent], until: datetime) -> Owed:
    """Everything that falls due up to an instant."""
    counted = list(first_arrivals(sent))
    owed: Owed = {}
    for spell in spells:
        for moment, amount in charges(spell, counted, until):
            if moment <= until:
                owed[spell.customer, moment] = owed.get((spell.customer, moment), Fraction(0)) + amount
    return owed


def first_arrivals(sent: Iterable[Sent]) -> Iterator[Sent]:
    """Of events with one id, the first that arrived counts."""
    seen = set()
    for event in sorted(sent, key=lambda event: event.arrived):
        if event.id not in seen:
            seen.add(event.id)
            yield event


def charges(spell: Spell, sent: list[Sent], until: datetime) -> Iterator[tuple[datetime, Fraction]]:
    """What one spell brings, month by month: the fee at its start, the rest at its end."""
    prices = spell.prices
    for first, last in months(spell.anchor, until):
        start, end = max(first, spell.start), min(last, spell.end or last)
        if start < end:
            yield start, share(prices, prices.fee, last - start, last - first)
            yield end, share(prices, prices.support, end - start, last - first)
            yield end, usage_cost(prices, tokens(spell, sent, start, end))


def months(anchor: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The months from the anchor on that begin before an instant."""
    number = 0
    while (first := month_after(anchor, number)) < until:
        number += 1
        yield first, month_after(anchor, number)


def month_after(anchor: datetime, number: int) -> datetime:
    """The anchor so many months later, or the last day of a month that is too short for it."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + number, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def tokens(spell: Spell, sent: list[Sent], start: datetime, end: datetime) -> Fraction:
    """The tokens of [start, end) that had arrived when they were counted."""
    mine = (event for event in sent if event.subject in spell.subjects and start <= event.at < end)
    return sum((Fraction(event.tokens) for event in mine if event.arrived <= end + LATE), Fraction(0))


def usage_cost(prices: PriceList, used: Fraction) -> Fraction:
    """Each tier rounded on its own, less the percentage, and no less than the minimum."""
    total, below = Fraction(0), Fraction(0)
    for up_to, price in prices.tiers:
        top = used if up_to is None else min(used, Fraction(up_to))
        if top > below:
            gross = rounded(prices, (top - below) * Fraction(price))
            total += gross - rounded(prices, gross * Fraction(prices.percent_off) / 100)
            below = top
    return max(total, Fraction(prices.minimum))


def share(prices: PriceList, amount: str, part: timedelta, whole: timedelta) -> Fraction:
    """The part of a monthly amount, by elapsed seconds."""
    return rounded(prices, Fraction(amount) * Fraction(part // timedelta(seconds=1), whole // timedelta(seconds=1)))


def rounded(prices: PriceList, amount: Fraction) -> Fraction:
    """To the cent, half a cent up."""
    scale = 10**prices.cents
    return Fraction((amount * scale + Fraction(1, 2)).__floor__(), scale)
