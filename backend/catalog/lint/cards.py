"""What is odd about one rate card: its tiers, its commitments, its allowance."""

from collections.abc import Iterator
from decimal import Decimal

from backend.catalog.lint.finding import Finding, LintCode
from backend.catalog.lint.tiers import free_gaps, rising_prices, volume_cliffs
from backend.catalog.lint.worth import (
    cost,
    first_paid_unit,
    hard_limit,
    most,
    soft_limit,
    tiers,
    without_commitment,
)
from backend.catalog.price_validation import price_issues
from backend.catalog.rate_card_validation import discount_issues
from backend.catalog.terms import RateCardTerms
from backend.engine.currency import CURRENCIES
from backend.engine.exact import ZERO
from backend.engine.rate.prices import Flat
from backend.engine.written import money, quantity


def lint_rate_card(card: RateCardTerms, currency: str) -> list[Finding]:
    """Everything odd about a rate card; nothing while it is not valid, for then the validation speaks."""
    if currency not in CURRENCIES or any(price_issues(card, "")) or any(discount_issues(card, "")):
        return []
    return list(_findings(card, currency))


def _findings(card: RateCardTerms, currency: str) -> Iterator[Finding]:
    yield from _zero(card)
    if card.price is None or isinstance(card.price, Flat):
        return
    yield from volume_cliffs(card, currency)
    yield from free_gaps(card)
    yield from rising_prices(card)
    yield from _allowance(card)
    yield from _minimum(card, currency)
    yield from _maximum(card, currency)


def _zero(card: RateCardTerms) -> Iterator[Finding]:
    percentage = card.discounts.percentage
    if isinstance(card.price, Flat) and card.price.amount == 0:
        message = "The price is zero: a rate card without a price says the same and puts no line on the invoice."
        yield Finding(LintCode.PRICE_OF_ZERO, "price.amount", message)
    elif card.price is not None and not isinstance(card.price, Flat) and first_paid_unit(card) is None:
        yield Finding(LintCode.PRICE_OF_ZERO, "price", "However much is used, no unit ever costs anything.")
    if percentage is not None and percentage.percentage == Decimal(100):
        message = "The discount takes off everything: nobody ever pays this price."
        yield Finding(LintCode.DISCOUNTED_TO_ZERO, "discounts.percentage", message)


def _allowance(card: RateCardTerms) -> Iterator[Finding]:
    """A quota and a price that do not know of each other."""
    paid, stop, included = first_paid_unit(card), hard_limit(card), soft_limit(card)
    if stop is not None and paid is not None and paid > stop:
        message = f"Usage stops at {quantity(stop)} units, but unit {quantity(paid)} is the first that costs anything."
        yield Finding(LintCode.PRICE_NEVER_CHARGED, "entitlementTemplate.issueAfterReset", message, paid)
        return
    for number, lower, _ in tiers(card):
        if stop is not None and lower >= stop and number > 1:
            message = f"Usage stops at {quantity(stop)} units, so tier {number} is never reached."
            yield Finding(LintCode.TIER_NEVER_REACHED, "price.tiers", message, lower)
    if included is not None and paid is not None and paid != included + 1:
        message = f"The quota includes {quantity(included)} units, but the first unit with a price is {quantity(paid)}."
        yield Finding(LintCode.ALLOWANCE_DIFFERS, "entitlementTemplate.issueAfterReset", message, paid)


def _minimum(card: RateCardTerms, currency: str) -> Iterator[Finding]:
    minimum, ceiling = card.commitment.minimum, most(card, currency)
    if not minimum:
        return
    least = cost(without_commitment(card), currency, ZERO)
    if least >= minimum:
        message = f"Without any usage the price is {money(least, currency)}, so the minimum spend changes nothing."
        yield Finding(LintCode.MINIMUM_WITHOUT_EFFECT, "price.minimumAmount", message)
    elif ceiling is not None and ceiling <= minimum:
        message = (
            f"Usage never comes to more than {money(ceiling, currency)}, so everybody pays the minimum spend of "
            f"{money(minimum, currency)}."
        )
        yield Finding(LintCode.COMMITMENT_NEVER_REACHED, "price.minimumAmount", message)


def _maximum(card: RateCardTerms, currency: str) -> Iterator[Finding]:
    maximum, ceiling = card.commitment.maximum, most(card, currency)
    if maximum is not None and ceiling is not None and ceiling <= maximum:
        message = (
            f"Usage never comes to more than {money(ceiling, currency)}, so the maximum spend of "
            f"{money(maximum, currency)} is never reached."
        )
        yield Finding(LintCode.COMMITMENT_NEVER_REACHED, "price.maximumAmount", message)
