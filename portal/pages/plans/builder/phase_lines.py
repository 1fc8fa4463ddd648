"""The phases of a plan as the builder lists them and as its timeline draws them, as finished text."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.catalog.terms import PhaseTerms, PlanInput
from backend.engine.recurrence import Duration
from portal import price_words
from portal.pages.plans.builder.form import PhaseForm, PlanForm
from portal.rate_cards.advice import about
from portal.rate_cards.drafting import Look
from portal.rate_cards.lines import RateCardLine, problems_at, rate_card_line
from portal.rate_cards.pricing_card import headline_of

PARTS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")


@dataclass(frozen=True)
class PhaseLine:
    """A phase as the builder lists it and as its timeline draws it, with its problems by field."""

    name: str
    lasts: str
    unit: str
    is_last: bool
    starts: str
    how_long: str
    costs: str
    is_wrong: bool
    name_problem: str
    lasts_problem: str
    cards_problem: str
    cards: tuple[RateCardLine, ...]


def phase_lines(form: PlanForm, wanted: PlanInput, look: Look, *, tried: bool) -> list[PhaseLine]:
    """Every phase; `tried` tells whether what is missing may be said, too."""
    found = look.found
    return [
        _line(number, phase, wanted, found, tried=tried, cards=_cards(number, wanted, look))
        for number, phase in enumerate(form.phases)
    ]


def _line(
    number: int,
    form: PhaseForm,
    wanted: PlanInput,
    found: Mapping[str, str],
    *,
    tried: bool,
    cards: tuple[RateCardLine, ...],
) -> PhaseLine:
    terms, place = wanted.terms, f"phases[{number}]"
    phase, is_last = terms.phases[number], number == len(terms.phases) - 1
    costs, per = headline_of(phase.rate_cards, terms.billing_cadence, wanted.currency)
    said = {where: message for where, message in found.items() if where.startswith(f"{place}.")}
    return PhaseLine(
        name=form.name,
        lasts=form.lasts,
        unit=form.unit,
        is_last=is_last,
        starts=_starts(terms.phases[:number]),
        how_long=_length(phase, is_last=is_last),
        costs=f"{costs} {per}".strip(),
        is_wrong=bool(said) and (tried or bool(phase.rate_cards)),
        name_problem=found.get(f"{place}.name") or found.get(f"{place}.key", ""),
        lasts_problem=found.get(f"{place}.duration", ""),
        cards_problem=found.get(f"{place}.rateCards", "") if tried else "",
        cards=cards,
    )


def _cards(number: int, wanted: PlanInput, look: Look) -> tuple[RateCardLine, ...]:
    found = look.found
    places = [f"phases[{number}].rateCards[{k}]" for k in range(len(wanted.terms.phases[number].rate_cards))]
    return tuple(
        rate_card_line(
            card,
            wanted.currency,
            problem=problems_at(found, place),
            advice=" ".join(about(look.advice, place)),
        )
        for place, card in zip(places, wanted.terms.phases[number].rate_cards, strict=True)
    )


def _starts(before: tuple[PhaseTerms, ...]) -> str:
    """When a phase starts, counted from the start of a subscription."""
    lengths = [phase.duration for phase in before]
    if not lengths:
        return "At the start"
    if None in lengths:
        return "Later"
    return "After " + price_words.length(Duration(**{part: sum(getattr(d, part) for d in lengths) for part in PARTS}))


def _length(phase: PhaseTerms, *, is_last: bool) -> str:
    if is_last:
        return "until it is cancelled"
    return f"for {price_words.length(phase.duration)}" if phase.duration else "how long?"
