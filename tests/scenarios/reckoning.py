"""What customers should pay, reckoned a second time from price lists and events, without a line of the product.

Everything is a fraction until it is rounded, months are counted on a calendar, and nothing here imports the backend:
what agrees with it was found twice.
"""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

LATE = timedelta(hours=1)
"""How long after its usage is due it may still arrive; what arrives later is billed with the next invoice."""

NOTHING = Fraction(0)

Owed = dict[tuple[str, datetime], Fraction]
"""What is owed, by customer and the instant at which it falls due."""


@dataclass(frozen=True)
class UsagePrice:
    """What tokens, calls or users cost: graduated or volume by tiers (up to, price), or packages of a size."""

    counted: str
    model: str
    tiers: tuple[tuple[int | None, str], ...]
    percent_off: str = "0"
    minimum: str = "0"
    maximum: str | None = None
    free: int = 0


@dataclass(frozen=True)
class PriceList:
    """A fee in advance and support in arrears for every so many months, and usage, counted month by month."""

    plan: str
    currency: str
    cents: int
    fee: str
    support: str
    usage: tuple[UsagePrice, ...]
    every: int = 1


@dataclass(frozen=True)
class Spell:
    """A time during which a customer pays by one price list; months are counted from the anchor.

    At the instants of `by_hand` usage is billed before its month is over. From the instants of `revised` on, what is
    counted has another price.
    """

    customer: str
    subjects: tuple[str, ...]
    prices: PriceList
    start: datetime
    end: datetime | None
    anchor: datetime
    by_hand: tuple[datetime, ...] = ()
    revised: tuple[tuple[datetime, UsagePrice], ...] = ()


@dataclass(frozen=True)
class Sent:
    """An event as it was sent: whose it is, when it happened, and when it arrived."""

    id: str
    subject: str
    at: datetime
    arrived: datetime
    tokens: str
    user: str


def reckon(spells: Iterable[Spell], sent: Iterable[Sent], until: datetime) -> tuple[Owed, dict[str, Fraction]]:
    """Everything that falls due up to an instant, and what each customer could not be given back by then.

    What is given back is taken off what falls due from then on.
    """
    counted = list(first_arrivals(sent))
    owed: Owed = {}
    back: Owed = {}
    for spell in spells:
        mine = [event for event in counted if event.subject in spell.subjects]
        for moment, amount in charges(spell, mine, until):
            if moment <= until:
                kept = owed if amount >= 0 else back
                kept[spell.customer, moment] = kept.get((spell.customer, moment), NOTHING) + amount
    return settled(owed, back)


def settled(owed: Owed, back: Owed) -> tuple[Owed, dict[str, Fraction]]:
    """What is left to pay, in the order of time: never less than nothing. And what is left to give back."""
    left: Owed = {}
    credit: dict[str, Fraction] = {}
    for customer, moment in sorted({*owed, *back}, key=lambda key: key[1]):
        credit[customer] = credit.get(customer, NOTHING) - back.get((customer, moment), NOTHING)
        if (customer, moment) in owed:
            taken = min(credit[customer], owed[customer, moment])
            left[customer, moment] = owed[customer, moment] - taken
            credit[customer] -= taken
    return left, {customer: amount for customer, amount in credit.items() if amount}


def first_arrivals(sent: Iterable[Sent]) -> Iterator[Sent]:
    """Of events with one id, the first that arrived counts."""
    seen = set()
    for event in sorted(sent, key=lambda event: event.arrived):
        if event.id not in seen:
            seen.add(event.id)
            yield event


def charges(spell: Spell, sent: list[Sent], until: datetime) -> Iterator[tuple[datetime, Fraction]]:
    """What one spell brings, cycle by cycle: the fee at its start, the rest at its end, with what was paid too much."""
    prices = spell.prices
    for first, last in cycles(spell.anchor, prices.every, until):
        start, end = max(first, spell.start), min(last, spell.end or last)
        if start < end:
            if prices.fee != "0":
                paid = share(prices, prices.fee, last - start, last - first)
                yield start, paid
                yield end, share(prices, prices.fee, end - start, last - first) - paid
            yield end, share(prices, prices.support, end - start, last - first)
            for month, following in cycles(spell.anchor, 1, end):
                served = max(month, start), min(following, end)
                for usage, part in in_force(spell, served):
                    yield from usage_charges(spell, usage, sent, part, end)


def in_force(spell: Spell, served: tuple[datetime, datetime]) -> Iterator[tuple[UsagePrice, tuple[datetime, datetime]]]:
    """The prices of a month, each with the part of it in which it holds."""
    for original in spell.prices.usage:
        revisions = [(at, price) for at, price in spell.revised if price.counted == original.counted]
        held = [(spell.start, original), *revisions]
        ends = [*(at for at, _ in revisions), served[1]]
        for (since, price), until in zip(held, ends, strict=True):
            start, end = max(since, served[0]), min(until, served[1])
            if start < end:
                yield price, (start, end)


def usage_charges(
    spell: Spell, usage: UsagePrice, sent: list[Sent], served: tuple[datetime, datetime], due: datetime
) -> Iterator[tuple[datetime, Fraction]]:
    """A month of usage, in as many parts as it was billed in; each counts what it adds to all before it."""
    start, end = served
    cuts = [cut for cut in spell.by_hand if start < cut < end]
    billed = NOTHING
    for begun, over in pairwise([start, *cuts, end]):
        moment = due if over == end else over
        amount = part_charge(spell, usage, sent, (begun, over), served, billed, moment + LATE)
        yield moment, amount
        late = [event.arrived for event in sent if start <= event.at < over and event.arrived > moment + LATE]
        in_full = part_charge(spell, usage, sent, (begun, over), served, billed, max([moment + LATE, *late]))
        if in_full != amount:
            yield next_invoice(spell, max(late)), in_full - amount
        billed += in_full


def part_charge(
    spell: Spell,
    usage: UsagePrice,
    sent: list[Sent],
    part: tuple[datetime, datetime],
    served: tuple[datetime, datetime],
    billed: Fraction,
    by: datetime,
) -> Fraction:
    """What a part of a month comes to with the usage that had arrived by an instant, after the parts before it."""
    before = count(usage.counted, sent, served[0], part[0], by)
    quantity = count(usage.counted, sent, served[0], part[1], by) - before
    amount = cost(spell.prices, usage, before, quantity, billed)
    return max(amount, Fraction(usage.minimum) - billed) if part[1] == served[1] else amount


def next_invoice(spell: Spell, after: datetime) -> datetime:
    """When the customer is billed next: by hand, or at the end of the cycle or the spell that an instant lies in."""
    ends = (last for _, last in cycles(spell.anchor, spell.prices.every, after + timedelta(days=400)))
    return min(end for end in [*ends, *spell.by_hand, *([spell.end] if spell.end else [])] if end > after)


def cycles(anchor: datetime, every: int, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The cycles of so many months from the anchor on that begin before an instant."""
    number = 0
    while (first := months_after(anchor, number)) < until:
        number += every
        yield first, months_after(anchor, number)


def months_after(anchor: datetime, number: int) -> datetime:
    """The anchor so many months later, or the last day of a month that is too short for it."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + number, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def count(what: str, sent: list[Sent], start: datetime, end: datetime, by: datetime) -> Fraction:
    """The tokens, calls or users of [start, end) that had arrived when they were counted."""
    mine = [event for event in sent if start <= event.at < end and event.arrived <= by]
    if what == "tokens":
        return sum((Fraction(event.tokens) for event in mine), NOTHING)
    return Fraction(len({event.user for event in mine}) if what == "users" else len(mine))


def cost(prices: PriceList, usage: UsagePrice, before: Fraction, quantity: Fraction, billed: Fraction) -> Fraction:
    """Free units first, then rows rounded on their own, less the percentage, and all parts within the maximum."""
    freed_before = min(before, Fraction(usage.free))
    freed = min(quantity, usage.free - freed_before)
    total = NOTHING
    for gross in rows(usage, before - freed_before, quantity - freed):
        row = rounded(prices, gross)
        row -= rounded(prices, row * Fraction(usage.percent_off) / 100)
        if usage.maximum is not None:
            row = min(row, max(Fraction(usage.maximum) - billed - total, NOTHING))
        total += row
    return total


def rows(usage: UsagePrice, before: Fraction, quantity: Fraction) -> Iterator[Fraction]:
    """The rows of a price for the usage (before, before + quantity]."""
    if usage.model == "packages":
        [(size, price)] = usage.tiers
        assert size is not None
        yield (packages(before + quantity, size) - packages(before, size)) * Fraction(price)
    elif usage.model == "volume":
        yield quantity * next(Fraction(price) for up_to, price in usage.tiers if up_to is None or quantity <= up_to)
    else:
        below = NOTHING
        for up_to, price in usage.tiers:
            above = before + quantity if up_to is None else Fraction(up_to)
            yield max(min(above, before + quantity) - max(below, before), NOTHING) * Fraction(price)
            below = above


def packages(quantity: Fraction, size: int) -> int:
    """How many packages of a size hold a quantity."""
    return -(-quantity // size)


def share(prices: PriceList, amount: str, part: timedelta, whole: timedelta) -> Fraction:
    """The part of an amount, by elapsed seconds."""
    return rounded(prices, Fraction(amount) * Fraction(part // timedelta(seconds=1), whole // timedelta(seconds=1)))


def rounded(prices: PriceList, amount: Fraction) -> Fraction:
    """To the cent, half a cent up."""
    scale = 10**prices.cents
    return Fraction((amount * scale + Fraction(1, 2)).__floor__(), scale)
