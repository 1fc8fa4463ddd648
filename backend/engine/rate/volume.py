"""A volume price charges all units by the one tier that the whole quantity falls in."""

from backend.engine.exact import ONE
from backend.engine.rate.prices import Charge, Portion, Volume
from backend.engine.rate.tiers import in_order, limit
from backend.errors import Invalid, Issue


def rate_volume(price: Volume, portion: Portion) -> list[Charge]:
    """The tier's flat price, even without usage, and its unit price for all units (billing spec 4.3).

    The tier is known only when the period is over, so nothing is charged before its last part, and usage billed by an
    earlier part raises Invalid.
    """
    if not portion.is_last:
        return []
    if portion.before:
        message = "A volume price cannot be billed progressively: the tier is known only at the end of the period."
        raise Invalid(message, issues=[Issue("price", "invoice_progressive_billing_not_supported", message)])
    number, tier = next((number, tier) for number, _, tier in in_order(price.tiers) if portion.quantity <= limit(tier))
    charges = []
    if tier.flat is not None:
        charges.append(Charge("volume-flat-price", f"flat price for tier {number}", ONE, tier.flat))
    if tier.unit is not None and portion.quantity > 0:
        charges.append(Charge("volume-tiered-price", f"unit price for tier {number}", portion.quantity, tier.unit))
    return charges
