"""What a buyer of a plan with add-ons pays and gets: the rate cards of a phase with the add-ons laid over them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from backend.catalog.offer_validation import merge_issues
from backend.catalog.templates import BooleanTemplate, EntitlementTemplate, MeteredTemplate
from backend.catalog.terms import RateCardTerms
from backend.engine.subscribe.overlay import Offered, overlay
from backend.errors import Invalid


@dataclass(frozen=True, slots=True)
class Addition:
    """An add-on that was bought so many times."""

    rate_cards: tuple[RateCardTerms, ...]
    quantity: int


def effective_cards(cards: Sequence[RateCardTerms], additions: Iterable[Addition]) -> tuple[RateCardTerms, ...]:
    """The rate cards that hold in a phase: the plan's, with each add-on laid over them as often as it was bought.

    Rate cards with other keys than the phase has become new ones, in the order of the add-ons. The order in which
    add-ons are laid over changes no amount. Raises Invalid when two rate cards do not go together (billing spec 1.5).
    """
    held = {card.key: card for card in cards}
    for addition in additions:
        for added in addition.rate_cards if addition.quantity > 0 else ():
            own = held.get(added.key)
            if own is None:
                held[added.key] = _merged(_emptied(added), added, addition.quantity)
            else:
                _refuse_mismatch(own, added)
                held[added.key] = _merged(own, added, addition.quantity)
    return tuple(held.values())


def _merged(own: RateCardTerms, added: RateCardTerms, times: int) -> RateCardTerms:
    merged = overlay(_offered(own), _offered(added), times)
    is_taken_over = own.price is None and added.price is not None
    return replace(
        own,
        kind=added.kind if is_taken_over else own.kind,
        price=merged.price,
        billing_cadence=merged.cadence,
        unit_config=merged.unit_config,
        commitment=merged.commitment,
        discounts=merged.discounts,
        feature_key=own.feature_key or added.feature_key,
        feature_id=own.feature_id or added.feature_id,
        entitlement=_entitlement(own.entitlement or added.entitlement, merged),
        tax_config=own.tax_config if own.tax_config is not None else added.tax_config,
    )


def _offered(card: RateCardTerms) -> Offered:
    quota = card.entitlement.issue_after_reset if isinstance(card.entitlement, MeteredTemplate) else None
    return Offered(
        price=card.price,
        cadence=card.billing_cadence,
        unit_config=card.unit_config,
        commitment=card.commitment,
        discounts=card.discounts,
        quota=quota,
        accesses=int(isinstance(card.entitlement, BooleanTemplate)),
    )


def _emptied(card: RateCardTerms) -> RateCardTerms:
    """A rate card that charges and includes nothing yet."""
    return RateCardTerms(
        key=card.key,
        name=card.name,
        kind=card.kind,
        billing_cadence=card.billing_cadence,
        description=card.description,
        labels=card.labels,
    )


def _entitlement(template: EntitlementTemplate | None, merged: Offered) -> EntitlementTemplate | None:
    return replace(template, issue_after_reset=merged.quota) if isinstance(template, MeteredTemplate) else template


def _refuse_mismatch(own: RateCardTerms, added: RateCardTerms) -> None:
    issues = list(merge_issues(own, added))
    if issues:
        raise Invalid(f"Rate card {own.key}: {' '.join(issue.message for issue in issues)}", issues=issues)
