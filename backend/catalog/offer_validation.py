"""What keeps an add-on from going together with a plan: every reason at once, in the words of a product manager.

An add-on's rate card whose key the plan has too is merged into the plan's own, so the two must agree in everything that
cannot be added up. Source: billing spec 1.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from backend.catalog.models import InstanceType
from backend.catalog.templates import MeteredTemplate, StaticTemplate
from backend.catalog.terms import AddonTerms, OfferTerms, PlanTerms, RateCardTerms
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration, aligned
from backend.engine.subscribe.status import AddonStatus, PlanStatus
from backend.errors import Issue


@dataclass(frozen=True, slots=True)
class PlanSide:
    """The plan that offers."""

    terms: PlanTerms
    currency: str
    status: PlanStatus


@dataclass(frozen=True, slots=True)
class AddonSide:
    """The add-on that is offered; `is_open_ended` while no end of its sale is known."""

    terms: AddonTerms
    currency: str
    status: AddonStatus
    is_open_ended: bool


def offer_issues(plan: PlanSide, addon: AddonSide, offer: OfferTerms) -> list[Issue]:
    """Everything that keeps the two apart; fields are those of the offer, or start with `plan.` or `addon.`."""
    return [*_standing(plan, addon), *_quantity(addon, offer), *_cadences(plan, addon), *_phases(plan, addon, offer)]


def _standing(plan: PlanSide, addon: AddonSide) -> Iterator[Issue]:
    if plan.status is PlanStatus.ARCHIVED:
        yield Issue("plan.status", "plan_addon_incompatible_status", "An archived plan offers nothing any more.")
    if addon.status is not AddonStatus.ACTIVE or not addon.is_open_ended:
        message = f"A plan offers add-ons that are on sale; this one is {addon.status}."
        yield Issue("addon.status", "plan_addon_incompatible_status", message)
    if plan.currency != addon.currency:
        message = f"The plan is priced in {plan.currency}, the add-on in {addon.currency}."
        yield Issue("addon.currency", "plan_addon_currency_mismatch", message)


def _quantity(addon: AddonSide, offer: OfferTerms) -> Iterator[Issue]:
    if offer.max_quantity is None:
        return
    if addon.terms.instance_type is InstanceType.SINGLE:
        message = "This add-on can be had once: leave the largest quantity out."
        yield Issue("maxQuantity", "plan_addon_max_quantity_must_not_be_set", message)
    elif offer.max_quantity <= 0:
        message = "The largest quantity is one or more; left out, there is no limit."
        yield Issue("maxQuantity", "plan_addon_max_quantity_must_be_set", message)


def _cadences(plan: PlanSide, addon: AddonSide) -> Iterator[Issue]:
    for index, card in enumerate(addon.terms.rate_cards):
        cadence = card.billing_cadence
        if card.price is not None and cadence is not None and not aligned(plan.terms.billing_cadence, cadence):
            message = f"{cadence} does not fit into the plan's {plan.terms.billing_cadence}."
            place = f"addon.rateCards[{index}].billingCadence"
            yield Issue(place, "rate_card_billing_cadence_unaligned", message)


def _phases(plan: PlanSide, addon: AddonSide, offer: OfferTerms) -> Iterator[Issue]:
    keys = [phase.key for phase in plan.terms.phases]
    if offer.from_phase not in keys:
        message = f"The plan has no phase {offer.from_phase}; it has {', '.join(keys)}."
        yield Issue("fromPlanPhase", "plan_addon_unknown_plan_phase_key", message)
        return
    for phase in plan.terms.phases[keys.index(offer.from_phase) :]:
        own = {card.key: card for card in phase.rate_cards}
        for index, card in enumerate(addon.terms.rate_cards):
            if card.key in own:
                for issue in merge_issues(own[card.key], card):
                    message = f"In phase {phase.key}, rate card {card.key}: {issue.message}"
                    yield Issue(f"addon.rateCards[{index}].{issue.field}", issue.code, message)


def merge_issues(own: RateCardTerms, added: RateCardTerms) -> Iterator[Issue]:
    """What keeps an add-on's rate card from being merged into the plan's rate card of the same key."""
    yield from _prices(own, added)
    yield from _entitlements(own, added)
    if own.feature_key and added.feature_key and own.feature_key != added.feature_key:
        yield Issue("featureKey", "rate_card_feature_key_mismatch", "The two are about different features.")
    elif own.feature_id and added.feature_id and own.feature_id != added.feature_id:
        message = "The two are about different features that had the same key, one after the other."
        yield Issue("featureKey", "rate_card_feature_id_mismatch", message)
    if own.discounts.percentage is not None and added.discounts.percentage is not None:
        message = "Only one of the two may have a percentage discount."
        yield Issue("discounts.percentage", "rate_card_percentage_discount_not_allowed", message)
    if own.unit_config is not None and added.unit_config is not None and own.unit_config != added.unit_config:
        yield Issue("unitConfig", "addon_rate_card_unit_config_mismatch", "The two convert units differently.")


def _prices(own: RateCardTerms, added: RateCardTerms) -> Iterator[Issue]:
    both_priced = own.price is not None and added.price is not None
    both_recur = own.billing_cadence is not None and added.billing_cadence is not None
    if (both_priced or both_recur) and own.billing_cadence != added.billing_cadence:
        yield Issue("billingCadence", "rate_card_billing_cadence_mismatch", "The two are billed in different cadences.")
    if not both_priced:
        return
    if isinstance(own.price, Flat) and isinstance(added.price, Flat):
        if own.price.payment_term is not added.price.payment_term:
            message = "One is paid in advance, the other in arrears."
            yield Issue("price", "rate_card_price_payment_term_mismatch", message)
        return
    if type(own.price) is not type(added.price):
        yield Issue("price", "rate_card_price_type_mismatch", "The two have different kinds of prices.")
    if not isinstance(own.price, Flat):
        message = "Only flat prices can be added up, and the plan's price is not flat."
        yield Issue("price", "rate_card_only_flat_price_allowed", message)


def _entitlements(own: RateCardTerms, added: RateCardTerms) -> Iterator[Issue]:
    mine, more = own.entitlement, added.entitlement
    if mine is None or more is None:
        return
    field = "entitlementTemplate"
    if type(mine) is not type(more):
        message = "The two include different kinds of entitlements."
        yield Issue(field, "rate_card_entitlement_template_type_mismatch", message)
    elif isinstance(mine, StaticTemplate):
        message = "Two configurations of one feature cannot be merged."
        yield Issue(field, "rate_card_static_entitlement_template_not_allowed", message)
    elif _quota_period(own) != _quota_period(added):
        code = "rate_card_metered_entitlement_template_usage_period_mismatch"
        yield Issue(f"{field}.usagePeriod", code, "The two quotas start anew at different times.")


def _quota_period(card: RateCardTerms) -> Duration | None:
    """How long a quota lasts; None when nothing is counted."""
    if not isinstance(card.entitlement, MeteredTemplate):
        return None
    return card.entitlement.usage_period or card.billing_cadence
