"""The form of one line of an invoice: a fee of some pieces at a price, or usage at its price; read into a line."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.exact import EXACT, ONE, plain, quotient
from backend.engine.period import Period
from backend.engine.rate.prices import Flat, Graduated, Package, PercentageDiscount, Price, Unit, Volume
from backend.invoicing.service import EditedLine, PendingLineInput
from portal.keys import LONGEST_DESCRIPTION, name_problem, plain_text
from portal.pages.invoices.line_tiers import TierRow, read_tiers, tier_rows, typed_tiers
from portal.price_words import readable_scale
from portal.rate_cards.reading import FieldReader

FEE, USAGE = "fee", "usage"
WHOLE = Decimal(100)


@dataclass(frozen=True)
class LineForm:
    """A line as it is typed. Usage has no pieces: they are counted; `per` is for how many units its price is said.

    A price in tiers has `tiers` instead of an amount.
    """

    id: str = ""
    kind: str = FEE
    name: str = ""
    pieces: str = "1"
    amount: str = ""
    per: str = ""
    percent: str = ""
    start: str = ""
    end: str = ""
    price: str = ""
    tiers: tuple[TierRow, ...] = ()
    was_usage: bool = False
    is_part: bool = False
    fixed_period: bool = False


def form_of(line: EditedLine, price: str, *, is_part: bool, is_sold: bool) -> LineForm:
    """A line as it would have been typed; `price` is its price in words."""
    card, period = line.wanted.card, line.wanted.period
    amount, per = "", ""
    if isinstance(card.price, Flat):
        amount = plain(card.price.amount)
    elif isinstance(card.price, Unit):
        scale = readable_scale(card.price.amount)
        amount, per = plain(EXACT.multiply(card.price.amount, scale)), plain(scale)
    elif isinstance(card.price, Package):
        amount, per = plain(card.price.amount), plain(card.price.size)
    percentage = card.discounts.percentage
    return LineForm(
        id=line.id or "",
        kind=FEE if isinstance(card.price, Flat) else USAGE,
        name=card.name,
        amount=amount,
        per=per,
        percent=plain(percentage.percentage) if percentage else "",
        start=_typed(period.start),
        end=_typed(period.end),
        price=price,
        tiers=tier_rows(card.price) if isinstance(card.price, Graduated | Volume) else (),
        was_usage=not isinstance(card.price, Flat),
        is_part=is_part,
        fixed_period=is_part or is_sold,
    )


def new_form(now: datetime, period: Period | None) -> LineForm:
    """A fee for the period of the invoice, or for today."""
    whole = period or Period(now.replace(hour=0, minute=0, second=0, microsecond=0), now)
    return LineForm(start=_typed(whole.start), end=_typed(whole.end))


def typed_into(form: LineForm, typed: dict[str, Any]) -> LineForm:
    """The form with what a browser sent for the fields that can be typed into."""
    open_fields = {field.name for field in fields(LineForm)} & {"name", "pieces", "amount", "percent", "start", "end"}
    sent = {name: plain_text(str(typed[name]), 2000).strip() for name in open_fields if typed.get(name) is not None}
    return replace(form, **sent, tiers=typed_tiers(form.tiers, typed))


def read_line(form: LineForm, known: EditedLine | None, now: datetime) -> tuple[EditedLine, dict[str, str]]:
    """The line that the form describes, and field → what is wrong. `known` keeps what the form does not show."""
    reader = FieldReader()
    reader.say("name", name_problem(form.name))
    is_fee = form.kind == FEE
    card = known.wanted.card if known else RateCardTerms("line", form.name, RateCardKind.FLAT_FEE)
    card = replace(card, name=form.name)
    card = _fee(reader, form, card) if is_fee else replace(card, price=_usage_price(reader, form, card.price))
    card = _discounted(reader, form, card)
    before = known.wanted.period if known else None
    period = before if before and form.fixed_period else _period(reader, form, before)
    due = known.wanted.invoice_at if known else now
    return EditedLine(PendingLineInput(card, period, due), form.id or None), reader.problems


def _usage_price(reader: FieldReader, form: LineForm, price: Price | None) -> Price | None:
    """The price with what was typed for it; one that follows the metered cost has nothing to type."""
    match price:
        case Unit():
            return Unit(quotient(reader.number("amount", form.amount), Decimal(form.per)))
        case Package():
            return replace(price, amount=reader.number("amount", form.amount))
        case Graduated() | Volume():
            return read_tiers(reader, form.tiers, price)
    return price


def _fee(reader: FieldReader, form: LineForm, card: RateCardTerms) -> RateCardTerms:
    """Pieces times price, written into the description so that the customer can follow; a fee needs no feature."""
    pieces, each = reader.number("pieces", form.pieces), reader.number("amount", form.amount)
    if pieces <= 0:
        reader.say("pieces", "Write a number above zero.")
    described = card.description
    if pieces != ONE:
        described = f"{plain(pieces)} \N{MULTIPLICATION SIGN} {plain(each)}"[:LONGEST_DESCRIPTION]
    amount = EXACT.multiply(pieces, each)
    if isinstance(card.price, Flat):
        return replace(card, price=replace(card.price, amount=amount), description=described)
    fee = RateCardTerms(card.key, card.name, RateCardKind.FLAT_FEE, Flat(amount), discounts=card.discounts)
    return replace(
        fee, discounts=replace(card.discounts, usage=None), tax_config=card.tax_config, description=described
    )


def _discounted(reader: FieldReader, form: LineForm, card: RateCardTerms) -> RateCardTerms:
    percent = reader.optional("percent", form.percent)
    if percent is not None and not 0 <= percent <= WHOLE:
        reader.say("percent", "Write a number from 0 to 100.")
    given = PercentageDiscount(percent) if percent else None
    return replace(card, discounts=replace(card.discounts, percentage=given))


def _period(reader: FieldReader, form: LineForm, known: Period | None) -> Period:
    start = _instant(reader, "start", form.start, known and known.start)
    end = _instant(reader, "end", form.end, known and known.end)
    if end < start:
        reader.say("end", "The period must not end before it starts.")
    return Period(start, max(start, end))


def _instant(reader: FieldReader, place: str, text: str, known: datetime | None) -> datetime:
    """What was typed, to the minute; what was left as it was stays exact."""
    if known is not None and text == _typed(known):
        return known
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        reader.say(place, "Choose a day and a time.")
        return datetime(2000, 1, 1, tzinfo=UTC)


def _typed(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
