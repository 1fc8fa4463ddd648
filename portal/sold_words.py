"""What was sold, in words: the price of an invoice line or of a subscription's item, and what is included."""

from typing import Any

from backend.catalog import price_document, templates
from backend.catalog.models import RateCardKind
from backend.catalog.terms import RateCardTerms
from backend.engine.rate.prices import Flat
from backend.engine.recurrence import Duration
from backend.invoicing.models import InvoiceLine
from backend.subscriptions.models import Subscription, SubscriptionItem
from portal import price_words
from portal.formatting import money


def item_price(item: SubscriptionItem, currency: str) -> str:
    """What an item costs: `$20.00 every month, in advance`; `Free` without a price."""
    return price_words.price(_item(item), currency) or "Free"


def item_allowance(item: SubscriptionItem) -> str:
    """How much of it is included; empty when nothing is limited."""
    terms = _item(item)
    return price_words.allowance(terms.entitlement, terms.billing_cadence)


def line_price(line: InvoiceLine) -> str:
    """The price that a line was rated with; a fee is said as it stands on this invoice, prorated if it was."""
    price = price_document.price_from_document(line.price)
    if isinstance(price, Flat):
        return f"{money(price.amount, line.currency)} for this period"
    terms = _terms(line.name, line.price, line.discounts)
    return price_words.price(terms, line.currency)


def _item(item: SubscriptionItem) -> RateCardTerms:
    cadence = None if item.billing_cadence is None else Duration.parse(item.billing_cadence)
    template = item.entitlement_template
    entitlement = None if template is None else templates.from_document(template)
    return _terms(item.name, item.price, item.discounts, billing_cadence=cadence, entitlement=entitlement)


def _terms(name: str, price: dict[str, Any] | None, discounts: dict[str, Any], **more: Any) -> RateCardTerms:
    return RateCardTerms(
        key="sold",
        name=name,
        kind=RateCardKind.USAGE_BASED,
        price=price_document.price_from_document(price),
        unit_config=price_document.unit_config_from_document(price),
        commitment=price_document.commitment_from_document(price),
        discounts=price_document.discounts_from_document(discounts),
        **more,
    )


def plan_title(sold: Subscription) -> str:
    """What somebody is on: the plan's name and version; a custom plan has no version."""
    return sold.name if sold.plan_version is None else f"{sold.name} v{sold.plan_version}"
