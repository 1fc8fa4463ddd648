"""What is wrong with rate cards, whether a plan or an add-on holds them. Source: billing spec 1.3 (codes)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.catalog.price_validation import price_issues
from backend.catalog.templates import MeteredTemplate, StaticTemplate, is_configuration
from backend.catalog.terms import RateCardTerms
from backend.engine.currency import CURRENCIES
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import HOUR, Duration, aligned
from backend.errors import Issue


@dataclass(frozen=True, slots=True)
class FeatureFacts:
    """What the rules need to know about a feature that a rate card names."""

    id: str
    is_metered: bool
    is_archived: bool


Features = Mapping[str, FeatureFacts]
"""The features that exist, by key; archived ones that rate cards name by their id, by id."""


def rate_card_issues(
    cards: Sequence[RateCardTerms],
    place: str,
    features: Features,
    *,
    currency: str,
    plan_cadence: Duration | None = None,
) -> Iterator[Issue]:
    """Everything that is wrong with the rate cards at a place: `phases[0].`, or none for an add-on.

    Their cadences must fit into that of the plan; an add-on is held against a plan only where it is offered.
    """
    seen: set[str] = set()
    for index, card in enumerate(cards):
        card_place = f"{place}rateCards[{index}]"
        if card.key in seen:
            message = f"Another rate card has the key {card.key}, too."
            yield Issue(f"{card_place}.key", "rate_card_duplicated_key", message)
        seen.add(card.key)
        yield from _feature(card, card_place, features)
        yield from _currency(card, card_place, currency)
        yield from _cadence(card, card_place, plan_cadence)
        yield from price_issues(card, card_place)
        yield from discount_issues(card, f"{card_place}.discounts")
        yield from _template(card, card_place, features)
        yield from _tax(card, card_place)


def _feature(card: RateCardTerms, place: str, features: Features) -> Iterator[Issue]:
    field = f"{place}.featureKey"
    by_usage = card.price is not None and not isinstance(card.price, Flat)
    if card.feature_key is None and card.feature_id is not None:
        yield from _feature_by_id(card.feature_id, field, features)
        return
    if card.feature_key is None:
        if by_usage:
            code = "rate_card_usage_based_price_with_no_feature"
            yield Issue(field, code, f"A price by usage needs a feature with a meter; {card.key} names none.")
        return
    if card.key != card.feature_key:
        message = f"A rate card with a feature has the feature's key: {card.feature_key}, not {card.key}."
        yield Issue(f"{place}.key", "rate_card_key_feature_key_mismatch", message)
    feature = features.get(card.feature_key)
    if feature is None:
        yield Issue(field, "rate_card_feature_not_found", f"There is no feature with the key {card.feature_key}.")
    elif feature.is_archived:
        yield Issue(field, "rate_card_feature_archived", f"The feature {card.feature_key} is archived.")
    elif by_usage and not feature.is_metered:
        code = "rate_card_usage_based_price_with_feature_and_no_meter"
        yield Issue(field, code, f"A price by usage needs a meter; the feature {card.feature_key} has none.")


def _feature_by_id(feature_id: str, field: str, features: Features) -> Iterator[Issue]:
    """An id for which no feature in use was found; an archived one may have left its key to another."""
    if feature_id in features:
        yield Issue(field, "rate_card_feature_archived", f"The feature {feature_id} is archived.")
    else:
        yield Issue(field, "rate_card_feature_not_found", f"There is no feature with the id {feature_id}.")


def _currency(card: RateCardTerms, place: str, currency: str) -> Iterator[Issue]:
    """Only a custom currency could differ from that of the plan or add-on, and nobody has defined one."""
    field = f"{place}.currency"
    if card.currency is None:
        return
    if card.currency == currency:
        code = "rate_card_currency_override_redundant"
        yield Issue(field, code, f"The price is in {currency} anyway: leave the currency of the rate card out.")
    elif card.currency in CURRENCIES:
        code = "rate_card_currency_override_not_allowed"
        yield Issue(field, code, f"All prices are in {currency}; a rate card cannot be in {card.currency}.")
    else:
        yield Issue(field, "currency_not_found", f"There is no currency {card.currency}.")


def _tax(card: RateCardTerms, place: str) -> Iterator[Issue]:
    """A tax code by its id; nobody has defined one."""
    code = (card.tax_config or {}).get("taxCodeId")
    if code is not None:
        yield Issue(f"{place}.taxConfig.taxCodeId", "tax_code_not_found", f"There is no tax code {code}.")


def _cadence(card: RateCardTerms, place: str, plan_cadence: Duration | None) -> Iterator[Issue]:
    field, cadence = f"{place}.billingCadence", card.billing_cadence
    if cadence is None:
        return
    if not cadence.is_positive or not cadence.at_least(HOUR):
        yield Issue(field, "billing_cadence_invalid_value", "A billing cadence must be an hour or longer.")
    elif card.price is not None and plan_cadence is not None and not aligned(plan_cadence, cadence):
        message = f"{cadence} does not fit into the plan's {plan_cadence}: one must be a whole number of the other."
        yield Issue(field, "rate_card_billing_cadence_unaligned", message)


def discount_issues(card: RateCardTerms, place: str) -> Iterator[Issue]:
    """All rules for what one rate card takes off; all of them are critical (billing spec 1.3)."""
    percentage, usage = card.discounts.percentage, card.discounts.usage
    if percentage is not None and not Decimal(0) <= percentage.percentage <= Decimal(100):
        field = f"{place}.percentage.percentage"
        yield Issue(field, "percentage_discount_invalid_value", "A percentage must be from 0 to 100.")
    if usage is not None and usage.quantity <= 0:
        field = f"{place}.usage.quantity"
        yield Issue(field, "usage_discount_negative_quantity", "The free usage must be more than nothing.")
    if usage is not None and isinstance(card.price, Flat):
        yield Issue(f"{place}.usage", "usage_discount_with_flat_price", "A flat price has no usage to give away.")


def _template(card: RateCardTerms, card_place: str, features: Features) -> Iterator[Issue]:
    place, template = f"{card_place}.entitlementTemplate", card.entitlement
    if template is None:
        return
    feature = features.get(card.feature_key or "")
    if card.feature_key is None and card.feature_id is None:
        field = f"{card_place}.featureKey"
        yield Issue(field, "entitlement_template_with_no_feature", "An entitlement needs the feature it is for.")
    if isinstance(template, StaticTemplate) and not is_configuration(template.config):
        field = f"{place}.config"
        yield Issue(field, "entitlement_template_invalid_json_config", "The configuration must be a JSON object.")
    if isinstance(template, MeteredTemplate):
        if feature is not None and not feature.is_metered:
            code = "entitlement_template_with_feature_and_no_meter"
            message = f"A metered entitlement needs a meter; the feature {card.feature_key} has none."
            yield Issue(f"{card_place}.featureKey", code, message)
        yield from _quota(template, place)


def _quota(template: MeteredTemplate, place: str) -> Iterator[Issue]:
    issued, period = template.issue_after_reset, template.usage_period
    field = f"{place}.issueAfterReset"
    if issued is None:
        code = "entitlement_template_issue_after_reset_required"
        yield Issue(field, code, "A metered entitlement says how much is issued in each usage period.")
        if template.issue_after_reset_priority is not None:
            code = "entitlement_template_invalid_issue_after_reset_with_priority"
            yield Issue(field, code, "A priority needs an amount that is issued.")
    elif issued < 0:
        yield Issue(field, "entitlement_template_negative_issue_after_reset", "The amount must not be negative.")
    if period is not None and not period.is_positive:
        field = f"{place}.usagePeriod"
        yield Issue(field, "entitlement_template_negative_usage_period", "A usage period must be longer than zero.")
    elif period is not None and not period.at_least(HOUR):
        code = "entitlement_template_usage_period_less_then_an_hour"
        yield Issue(f"{place}.usagePeriod", code, "A usage period must be an hour or longer.")
