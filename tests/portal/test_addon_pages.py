"""Add-ons and versions in words: the form loses nothing, cards say what is paid, differences are told plainly."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from backend.catalog.addon_rows import AddonVersion, Offer
from backend.catalog.models import Addon, InstanceType, PlanAddon, RateCardKind
from backend.catalog.templates import BooleanTemplate, MeteredTemplate
from backend.catalog.terms import AddonTerms, OfferTerms, PhaseTerms, PlanTerms, RateCardTerms
from backend.engine.rate.prices import Commitment, Flat, Unit
from backend.engine.recurrence import MONTH, Duration
from backend.engine.subscribe.status import AddonStatus
from portal.formatting import NOTHING
from portal.pages.addons.form import form_of, read_form
from portal.rate_cards.addon_card import addon_card, addon_line, price_in_words
from portal.rate_cards.change_rows import ChangeRow, addon_rows, offer_rows, plan_rows

SEAT = RateCardTerms("seat", "Seat", RateCardKind.FLAT_FEE, Flat(Decimal(12)), MONTH, labels={"only": "the API"})
TOKENS = RateCardTerms(
    "tokens",
    "Tokens",
    RateCardKind.USAGE_BASED,
    billing_cadence=MONTH,
    feature_key="tokens",
    entitlement=MeteredTemplate(Decimal(1000)),
)
SEATS = AddonTerms("Extra seats", InstanceType.MULTIPLE, (SEAT, TOKENS), labels={"kept": "too"})
SETUP = AddonTerms("Onboarding", InstanceType.SINGLE, (replace(SEAT, billing_cadence=None),))
TRIAL = PhaseTerms("trial", "Trial", (TOKENS,), Duration(days=14))
PAID = PhaseTerms("paid", "Paid", (SEAT, replace(TOKENS, price=Unit(Decimal("0.002")))))
PLAN = PlanTerms("Growth", MONTH, (TRIAL, PAID))


def stored(terms: AddonTerms, version: int = 1) -> AddonVersion:
    key = terms.name.lower().replace(" ", "_")
    row = Addon(key=key, version=version, currency="USD", name=terms.name, instance_type=terms.instance_type)
    row.updated_at = datetime(2026, 1, 1, tzinfo=UTC)
    return AddonVersion(row, terms, AddonStatus.ACTIVE)


def offered(terms: AddonTerms, most: int | None = None, version: int = 1) -> Offer:
    addon = stored(terms, version)
    row = PlanAddon(plan_id="p", addon_id="a", from_phase="paid")
    return Offer(row, OfferTerms("paid", most), addon)


def test_an_add_on_survives_the_form_unchanged() -> None:
    reading = read_form(form_of(stored(SEATS)), SEATS)
    assert (reading.problems, reading.wanted.terms) == ({}, SEATS)


def test_an_add_on_says_what_each_one_costs() -> None:
    card = addon_card(SEATS, "USD")
    assert (card.headline, card.per) == ("$12.00", "/ month each")
    assert addon_card(SETUP, "USD").per == "once"
    assert price_in_words(SEATS, "USD") == (
        "Seat: $12.00 every month, in advance; Tokens: up to 1,000 every month, then it stops"
    )


def test_a_plan_mentions_its_add_ons_with_price_and_quantity() -> None:
    line = addon_line(offered(SEATS, 5))
    assert (line.name, line.price, line.allowance) == (
        "Extra seats",
        "$12.00 / month each; Tokens: up to 1,000 every month, then it stops",
        "can be added up to 5 times",
    )
    assert addon_line(offered(SEATS)).allowance == "can be added any number of times"
    assert addon_line(offered(SETUP)).allowance == "can be added once"


def test_the_price_of_a_feature_is_the_headline_of_an_add_on() -> None:
    support = replace(SEAT, key="support", name="Support", feature_key="support", entitlement=BooleanTemplate())
    terms = AddonTerms("Support", InstanceType.SINGLE, (support,))
    card = addon_card(terms, "USD")
    assert (card.headline, card.per, [line.name for line in card.offers]) == ("$12.00", "/ month", ["Support"])
    assert addon_line(offered(terms)).price == "$12.00 / month"


def test_what_changed_is_told_in_the_portals_words() -> None:
    dearer = replace(SEAT, price=Flat(Decimal(15)), commitment=Commitment(minimum=Decimal(5)))
    monthly = replace(TRIAL, duration=MONTH, rate_cards=())
    after = replace(PLAN, phases=(monthly, replace(PAID, rate_cards=(dearer, PAID.rate_cards[1]))))
    assert plan_rows(PLAN, after, "USD") == [
        ChangeRow("changed", "Trial", "Lasts", "14 days", "1 month"),
        ChangeRow("removed", "Trial: Tokens", "Rate card", "free; up to 1,000 every month, then it stops", NOTHING),
        ChangeRow("changed", "Paid: Seat", "Price", "$12.00 every month, in advance", "$15.00 every month, in advance"),
        ChangeRow("added", "Paid: Seat", "At least", NOTHING, "$5.00"),
    ]
    assert plan_rows(PLAN, PLAN, "USD") == []


def test_add_ons_that_came_and_went_are_changes_too() -> None:
    before, after = [offered(SETUP)], [offered(SEATS, 2)]
    assert [(row.change, row.what) for row in offer_rows(before, after)] == [
        ("added", "Extra seats"),
        ("removed", "Onboarding"),
    ]
    assert offer_rows(after, after) == []
    assert [row.change for row in offer_rows(after, [offered(SEATS, 3)])] == ["changed"]


def test_what_changed_in_an_add_on_is_told_in_the_same_words() -> None:
    taxed = replace(SEAT, price=Flat(Decimal(15)), tax_config={"behavior": "exclusive", "stripe": {"code": "txcd_1"}})
    after = replace(SEATS, instance_type=InstanceType.SINGLE, rate_cards=(taxed,))
    assert addon_rows(SEATS, after, "USD") == [
        ChangeRow("changed", "Add-on", "Can be had", "several times", "once"),
        ChangeRow("changed", "Seat", "Price", "$12.00 every month, in advance", "$15.00 every month, in advance"),
        ChangeRow("added", "Seat", "Tax", NOTHING, "added to the price, tax code txcd_1"),
        ChangeRow("removed", "Tokens", "Rate card", "free; up to 1,000 every month, then it stops", NOTHING),
    ]
