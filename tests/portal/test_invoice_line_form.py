"""The form of an invoice line: what is typed becomes the line, and what is left alone stays exactly as it was."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.period import Period
from backend.engine.rate.prices import (
    Discounts,
    Flat,
    Graduated,
    Package,
    PaymentTerm,
    PercentageDiscount,
    Tier,
    Unit,
    UsageDiscount,
)
from backend.invoicing.service import EditedLine, PendingLineInput
from portal.pages.invoices.line_form import FEE, LineForm, form_of, read_line, typed_into

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PERIOD = Period(datetime(2026, 2, 1, 8, 30, 17, tzinfo=UTC), NOW)
SEATS = RateCardTerms("seats", "Seats", RateCardKind.FLAT_FEE, Flat(Decimal("12.50"), PaymentTerm.IN_ARREARS))
TOKENS = RateCardTerms(
    "tokens",
    "Tokens",
    RateCardKind.USAGE_BASED,
    Unit(Decimal("0.000002")),
    feature_key="tokens",
    discounts=Discounts(PercentageDiscount(Decimal(5)), UsageDiscount(Decimal(100))),
)


TIERED = replace(TOKENS, price=Graduated((Tier(None, unit=Decimal("0.01")), Tier(Decimal(1000), flat=Decimal(5)))))
PACKED = replace(TOKENS, price=Package(Decimal(7), Decimal(100)))


def stored(card: RateCardTerms) -> EditedLine:
    return EditedLine(PendingLineInput(card, PERIOD, NOW), "01")


def form(line: EditedLine) -> LineForm:
    return form_of(line, "", is_part=False, is_sold=False)


def test_lines_survive_their_form() -> None:
    for line in (stored(SEATS), stored(TOKENS), stored(TIERED), stored(PACKED)):
        assert read_line(form(line), line, NOW) == (line, {})


def test_a_price_is_typed_for_as_many_units_as_it_is_said() -> None:
    typed = typed_into(form(stored(TOKENS)), {"amount": "3", "percent": "", "per": "1", "is_part": "true"})
    read, _ = read_line(typed, stored(TOKENS), NOW)
    assert read.wanted.card.price == Unit(Decimal("0.000003"))
    assert read.wanted.card.discounts == Discounts(None, UsageDiscount(Decimal(100)))


def test_what_tiers_and_packages_charge_is_typed_and_their_bands_stay() -> None:
    shown = form(stored(TIERED))
    assert [(tier.label, tier.unit, tier.flat) for tier in shown.tiers] == [
        ("Up to 1,000", "", "5"),
        ("Above 1,000", "0.01", ""),
    ]
    read, _ = read_line(
        typed_into(shown, {"tier0unit": "0.02", "tier1flat": "", "tier9unit": "1"}), stored(TIERED), NOW
    )
    assert read.wanted.card.price == Graduated((Tier(None, unit=Decimal("0.02")), Tier(Decimal(1000))))
    assert set(read_line(typed_into(shown, {"tier1unit": "much"}), stored(TIERED), NOW)[1]) == {"tier1unit"}
    read, _ = read_line(typed_into(form(stored(PACKED)), {"amount": "6.5"}), stored(PACKED), NOW)
    assert read.wanted.card.price == Package(Decimal("6.5"), Decimal(100))


def test_usage_is_given_up_for_pieces_at_a_price() -> None:
    typed = replace(form(stored(TOKENS)), kind=FEE, pieces="3", amount="12.50", percent="10")
    read, problems = read_line(typed, stored(TOKENS), NOW)
    card = read.wanted.card
    assert (problems, card.price, card.feature_key) == ({}, Flat(Decimal("37.50")), None)
    assert card.discounts == Discounts(PercentageDiscount(Decimal(10)), None)
    assert card.description == "3 \N{MULTIPLICATION SIGN} 12.5"


def test_everything_wrong_is_named_at_its_field() -> None:
    typed = LineForm(pieces="0", amount="much", percent="101", start="2026-03-02T00:00", end="2026-03-01T00:00")
    assert set(read_line(typed, None, NOW)[1]) == {"name", "pieces", "amount", "percent", "end"}
    assert set(read_line(replace(typed, start="soon"), None, NOW)[1]) >= {"start"}
