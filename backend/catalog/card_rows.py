"""How the terms of a rate card become columns of a row, and a row becomes terms again; plans and add-ons alike."""

from typing import Any

from backend.catalog import price_document, templates
from backend.catalog.models import Card, RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.recurrence import Duration


def card_terms(card: Card) -> RateCardTerms:
    """The terms that a row holds."""
    template = card.entitlement_template
    return RateCardTerms(
        key=card.key,
        name=card.name,
        kind=RateCardKind(card.kind),
        price=price_document.price_from_document(card.price),
        billing_cadence=duration(card.billing_cadence),
        unit_config=price_document.unit_config_from_document(card.price),
        commitment=price_document.commitment_from_document(card.price),
        discounts=price_document.discounts_from_document(card.discounts),
        feature_key=card.feature_key,
        feature_id=card.feature_id,
        entitlement=None if template is None else templates.from_document(template),
        tax_config=card.tax_config,
        description=card.description,
        labels=card.labels,
    )


def card_columns(card: RateCardTerms, position: int, feature_id: str | None) -> dict[str, Any]:
    """The columns of a row that holds these terms."""
    return {
        "position": position,
        "kind": card.kind,
        "key": card.key,
        "name": card.name,
        "description": card.description,
        "labels": dict(card.labels),
        "feature_key": card.feature_key,
        "feature_id": feature_id,
        "billing_cadence": None if card.billing_cadence is None else str(card.billing_cadence),
        "price": price_document.price_to_document(card.price, card.commitment, card.unit_config),
        "discounts": price_document.discounts_to_document(card.discounts),
        "entitlement_template": None if card.entitlement is None else templates.to_document(card.entitlement),
        "tax_config": None if card.tax_config is None else dict(card.tax_config),
    }


def duration(text: str | None) -> Duration | None:
    """A length of time as it is kept in a column."""
    return None if text is None else Duration.parse(text)
