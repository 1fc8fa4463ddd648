"""What is odd about a whole plan or add-on: its rate cards one by one, its phases, and the plans around it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from backend.catalog.lint.cards import lint_rate_card
from backend.catalog.lint.finding import Finding, LintCode
from backend.catalog.lint.ladder import NamedPlan, ladder_findings
from backend.catalog.price_validation import price_issues
from backend.catalog.rate_card_validation import discount_issues
from backend.catalog.terms import AddonTerms, PhaseTerms, PlanTerms
from backend.engine.currency import CURRENCIES


def lint_plan(currency: str, terms: PlanTerms, others: Sequence[NamedPlan] = ()) -> list[Finding]:
    """Everything odd about a plan, in the order in which it is written; `others` are the plans sold beside it."""
    found = [*_cards(currency, terms), *_phases(terms)]
    if currency in CURRENCIES and _can_be_priced(terms):
        found += ladder_findings(currency, NamedPlan(terms.name, terms), [o for o in others if _can_be_priced(o.terms)])
    return found


def lint_addon(currency: str, terms: AddonTerms) -> list[Finding]:
    """Everything odd about an add-on."""
    return [
        finding.at(f"rateCards[{index}]")
        for index, card in enumerate(terms.rate_cards)
        for finding in lint_rate_card(card, currency)
    ]


def _cards(currency: str, terms: PlanTerms) -> Iterator[Finding]:
    for number, phase in enumerate(terms.phases):
        for index, card in enumerate(phase.rate_cards):
            for finding in lint_rate_card(card, currency):
                yield finding.at(f"phases[{number}].rateCards[{index}]")


def _phases(terms: PlanTerms) -> Iterator[Finding]:
    for number, (phase, following) in enumerate(pairwise(terms.phases)):
        kept = {card.key for card in following.rate_cards}
        for index, card in enumerate(phase.rate_cards):
            if card.key not in kept and card.feature_key is not None:
                message = f"{card.name} ends with phase {phase.name}: {following.name} does not offer it any more."
                yield Finding(LintCode.LOST_IN_NEXT_PHASE, f"phases[{number}].rateCards[{index}]", message)
    if len(terms.phases) > 1 and not _charges(terms.phases[-1]) and any(map(_charges, terms.phases)):
        message = f"{terms.phases[-1].name}, the last phase, costs nothing, although an earlier one does."
        yield Finding(LintCode.LAST_PHASE_FREE, f"phases[{len(terms.phases) - 1}]", message)


def _charges(phase: PhaseTerms) -> bool:
    return any(card.price is not None for card in phase.rate_cards)


def _can_be_priced(terms: PlanTerms) -> bool:
    cards = [card for phase in terms.phases for card in phase.rate_cards]
    return bool(terms.phases) and not any(
        any(price_issues(card, "")) or any(discount_issues(card, "")) for card in cards
    )
