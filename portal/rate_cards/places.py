"""Where in the wizard the problems of a rate card belong: which field, which step."""

WHAT, PRICE, ALLOWANCE = 1, 2, 3

PLACES = {
    "name": "name",
    "key": "key",
    "featureKey": "key",
    "price.amount": "amount",
    "price.multiplier": "amount",
    "price.quantityPerPackage": "size",
    "price.minimumAmount": "minimum",
    "price.maximumAmount": "maximum",
    "discounts.usage.quantity": "free_units",
    "discounts.percentage.percentage": "percent",
    "unitConfig.conversionFactor": "factor",
    "unitConfig.precision": "precision",
    "unitConfig.displayUnit": "display_unit",
    "taxConfig.stripe.code": "tax_code",
    "entitlementTemplate.issueAfterReset": "quota",
    "entitlementTemplate.config": "config",
}
"""The field of the form behind each place of a rate card."""


def step_of(place: str) -> int:
    """The wizard's step at which a problem can be mended."""
    if place in ("name", "key", "featureKey"):
        return WHAT
    return ALLOWANCE if place.startswith("entitlementTemplate") else PRICE
