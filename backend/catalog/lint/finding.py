"""One remark of the price linter: what it is, where it stands, and a sentence that says it."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum


class LintCode(StrEnum):
    """What the linter remarks on."""

    VOLUME_CLIFF = "volume_cliff"
    FREE_GAP = "free_gap"
    TIER_PRICE_RISES = "tier_price_rises"
    TIER_NEVER_REACHED = "tier_never_reached"
    PRICE_NEVER_CHARGED = "price_never_charged"
    ALLOWANCE_DIFFERS = "allowance_differs"
    COMMITMENT_NEVER_REACHED = "commitment_never_reached"
    MINIMUM_WITHOUT_EFFECT = "minimum_without_effect"
    PRICE_OF_ZERO = "price_of_zero"
    DISCOUNTED_TO_ZERO = "discounted_to_zero"
    LOST_IN_NEXT_PHASE = "lost_in_next_phase"
    LAST_PHASE_FREE = "last_phase_free"
    OVERAGE_CHEAPER_THAN_PLAN_ABOVE = "overage_cheaper_than_plan_above"


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark; `field` is a path such as `phases[0].rateCards[1].price`, `units` the billed units it begins at."""

    code: LintCode
    field: str
    message: str
    units: Decimal | None = None

    def at(self, place: str) -> "Finding":
        """The same remark in a longer text: its field under a place such as `phases[0].rateCards[1]`."""
        return replace(self, field=f"{place}.{self.field}" if self.field else place)
