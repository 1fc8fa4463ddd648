"""What is wrong with the terms of a plan or an add-on: every problem at once, with its place, code and what to do.

A critical issue always refuses the request. Any other issue may stay on a draft, which shows it, but blocks its
publication. Source: billing spec 0 (severity model) and 1.3 (codes).
"""

from collections.abc import Iterator

from backend.catalog.models import InstanceType
from backend.catalog.rate_card_validation import Features, rate_card_issues
from backend.catalog.terms import AddonTerms, PhaseTerms, PlanTerms
from backend.engine.currency import CURRENCIES
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import HOUR
from backend.errors import Issue

BILLING_CADENCES = ("P1W", "P2W", "P4W", "P1M", "P3M", "P6M", "P12M", "P1Y")
"""The cadences a plan may be billed in; its rate cards may also use smaller ones."""

ONLY_WARNINGS = frozenset(
    {
        "addon_has_no_rate_cards",
        "addon_invalid_ratecard_price_for_multi_instance",
        "billing_cadence_invalid_value",
        "entitlement_template_invalid_issue_after_reset_with_priority",
        "entitlement_template_issue_after_reset_required",
        "entitlement_template_negative_usage_period",
        "entitlement_template_usage_period_less_then_an_hour",
        "entitlement_template_with_no_feature",
        "entitlement_template_with_feature_and_no_meter",
        "plan_has_last_phase_with_duration",
        "plan_has_non_last_phase_with_no_duration",
        "plan_phase_duration_less_then_an_hour",
        "plan_phase_has_no_rate_cards",
        "plan_phase_with_negative_duration",
        "plan_with_no_phases",
        "rate_card_billing_cadence_unaligned",
        "rate_card_multiple_billing_cadence",
        "rate_card_usage_based_price_with_feature_and_no_meter",
        "rate_card_usage_based_price_with_no_feature",
        "usage_discount_negative_quantity",
        "usage_discount_with_flat_price",
    }
)


def is_critical(issue: Issue) -> bool:
    """Whether an issue refuses even a draft."""
    return issue.code not in ONLY_WARNINGS


def plan_issues(currency: str, terms: PlanTerms, features: Features) -> list[Issue]:
    """Everything that is wrong with a plan, in the order in which it is written."""
    return list(_plan(currency, terms, features))


def addon_issues(currency: str, terms: AddonTerms, features: Features) -> list[Issue]:
    """Everything that is wrong with an add-on, in the order in which it is written (billing spec 1.5)."""
    return list(_addon(currency, terms, features))


def _plan(currency: str, terms: PlanTerms, features: Features) -> Iterator[Issue]:
    yield from _currency(currency)
    if str(terms.billing_cadence) not in BILLING_CADENCES:
        allowed = ", ".join(BILLING_CADENCES)
        yield Issue("billingCadence", "plan_billing_cadence_invalid", f"The billing cadence must be one of {allowed}.")
    if not terms.phases:
        yield Issue("phases", "plan_with_no_phases", "A plan needs at least one phase.")
    seen: set[str] = set()
    for index, phase in enumerate(terms.phases):
        place = f"phases[{index}]"
        if phase.key in seen:
            yield Issue(f"{place}.key", "plan_phase_duplicated_key", f"Another phase has the key {phase.key}, too.")
        seen.add(phase.key)
        yield from _duration(phase, place, is_last=index == len(terms.phases) - 1)
        if not phase.rate_cards:
            message = f"Phase {phase.key} needs at least one rate card."
            yield Issue(f"{place}.rateCards", "plan_phase_has_no_rate_cards", message)
        yield from rate_card_issues(
            phase.rate_cards, f"{place}.", features, currency=currency, plan_cadence=terms.billing_cadence
        )


def _addon(currency: str, terms: AddonTerms, features: Features) -> Iterator[Issue]:
    yield from _currency(currency)
    if not terms.rate_cards:
        yield Issue("rateCards", "addon_has_no_rate_cards", "An add-on needs at least one rate card.")
    yield from rate_card_issues(terms.rate_cards, "", features, currency=currency)
    for index, card in enumerate(terms.rate_cards):
        if terms.instance_type is InstanceType.MULTIPLE and not isinstance(card.price, Flat | None):
            message = "What can be bought several times is free or has a flat price."
            yield Issue(f"rateCards[{index}].price", "addon_invalid_ratecard_price_for_multi_instance", message)
    cadences = {card.billing_cadence for card in terms.rate_cards if card.price is not None and card.billing_cadence}
    if len(cadences) > 1:
        message = "All recurring prices of an add-on are billed in the same cadence."
        yield Issue("rateCards", "rate_card_multiple_billing_cadence", message)


def _currency(currency: str) -> Iterator[Issue]:
    if currency not in CURRENCIES:
        code = "currency_invalid" if len(currency) == 3 else "currency_not_found"
        yield Issue("currency", code, f"{currency} is not an ISO 4217 currency.")


def _duration(phase: PhaseTerms, place: str, *, is_last: bool) -> Iterator[Issue]:
    field = f"{place}.duration"
    if is_last and phase.duration is not None:
        yield Issue(field, "plan_has_last_phase_with_duration", "The last phase has no end: leave its duration out.")
    if not is_last and phase.duration is None:
        code = "plan_has_non_last_phase_with_no_duration"
        yield Issue(field, code, f"Phase {phase.key} is followed by another one: say how long it lasts.")
    if phase.duration is not None and not phase.duration.is_positive:
        yield Issue(field, "plan_phase_with_negative_duration", "A phase must last longer than no time at all.")
    elif phase.duration is not None and not phase.duration.at_least(HOUR):
        yield Issue(field, "plan_phase_duration_less_then_an_hour", "A phase must last an hour or longer.")
