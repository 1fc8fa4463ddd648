"""What is sold is copied: a rate card becomes an item of a subscription, which no later change of a plan touches."""

from datetime import datetime

from backend.catalog.card_rows import card_columns
from backend.catalog.terms import RateCardTerms
from backend.subscriptions.models import SubscriptionItem


def item_row(
    phase_id: str,
    card: RateCardTerms,
    position: int,
    *,
    version: int = 0,
    active_from: datetime | None = None,
    active_to: datetime | None = None,
) -> SubscriptionItem:
    """The item that a rate card is sold as; its feature must have been found already."""
    return SubscriptionItem(
        phase_id=phase_id,
        version=version,
        active_from=active_from,
        active_to=active_to,
        **card_columns(card, position, card.feature_id),
    )
