"""What is odd about prices in tiers: bills that fall, units that cost nothing in between, prices that rise."""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

from backend.catalog.lint.finding import Finding, LintCode
from backend.catalog.lint.worth import FARTHEST, cost, next_whole, tiers
from backend.catalog.terms import RateCardTerms
from backend.engine.exact import EXACT, quotient
from backend.engine.rate.prices import Graduated, Tier, Volume
from backend.engine.written import money, quantity


def volume_cliffs(card: RateCardTerms, currency: str) -> Iterator[Finding]:
    """Where one unit more makes the whole bill smaller, and from how many units on it is as large again."""
    if not isinstance(card.price, Volume):
        return
    edges = [lower for _, lower, _ in tiers(card)][1:]
    for edge, end in pairwise([*edges, FARTHEST]):
        after = next_whole(edge)
        if after > end:
            continue
        before, fallen = cost(card, currency, edge), cost(card, currency, after)
        if fallen < before:
            again = _first_reaching(card, currency, before, [other for other in edges if other >= edge])
            regained = f"; from {quantity(again)} units on it is as large again" if again else ", and it never recovers"
            message = (
                f"At {quantity(after)} units the bill falls from {money(before, currency)} to "
                f"{money(fallen, currency)}{regained}."
            )
            yield Finding(LintCode.VOLUME_CLIFF, "price.tiers", message, after)


def free_gaps(card: RateCardTerms) -> Iterator[Finding]:
    """Units in the middle that cost nothing, although those before and after them do."""
    if not isinstance(card.price, Graduated):
        return
    steps = tiers(card)
    charged = [index for index, (_, _, tier) in enumerate(steps) if _charges(tier)]
    for index, (_, lower, tier) in enumerate(steps[:-1]):
        if charged and charged[0] < index < charged[-1] and not _charges(tier):
            first, last = next_whole(lower), steps[index + 1][1]
            message = (
                f"Units {quantity(first)} to {quantity(last)} cost nothing, although units before and after them do."
            )
            yield Finding(LintCode.FREE_GAP, "price.tiers", message, first)


def rising_prices(card: RateCardTerms) -> Iterator[Finding]:
    """Tiers in which a unit costs more than in the paid tier before: usually it is the other way round."""
    if not isinstance(card.price, Graduated | Volume):
        return
    paid = [(lower, tier.unit) for _, lower, tier in tiers(card) if tier.unit]
    for (_, cheaper), (lower, dearer) in pairwise(paid):
        if dearer > cheaper:
            first = next_whole(lower)
            message = (
                f"From unit {quantity(first)} on, a unit costs more than before; usually it is the other way round."
            )
            yield Finding(LintCode.TIER_PRICE_RISES, "price.tiers", message, first)


def _charges(tier: Tier) -> bool:
    return bool(tier.unit) or bool(tier.flat)


def _first_reaching(card: RateCardTerms, currency: str, wanted: Decimal, edges: list[Decimal]) -> Decimal | None:
    """The least whole number of units above the edges with a bill as large as wanted; inside a tier it only grows."""
    for edge, end in pairwise([*edges, FARTHEST]):
        low, high = next_whole(edge), end.to_integral_value(ROUND_FLOOR)
        if low > high or cost(card, currency, high) < wanted:
            continue
        while low < high:
            middle = quotient(EXACT.add(low, high), Decimal(2)).to_integral_value(ROUND_FLOOR)
            low, high = (low, middle) if cost(card, currency, middle) >= wanted else (next_whole(middle), high)
        return low
    return None
