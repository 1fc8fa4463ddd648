"""Reads the builder's form into the terms of a plan; what cannot be read is named at its field.

The places of problems are those of the catalog's own issues (`phases[0].rateCards[1].price.amount`), so that both
appear at the same fields.
"""

from dataclasses import dataclass, replace

from backend.catalog.terms import PhaseTerms, PlanInput, PlanTerms, RateCardTerms
from backend.engine.recurrence import MONTH, Duration
from portal.keys import key_problem, name_problem
from portal.lengths import written
from portal.pages.plans.builder.form import PhaseForm, PlanForm
from portal.rate_cards.reading import CardReader

LONGEST_DESCRIPTION = 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says, and what in it could not be read: place → problem."""

    wanted: PlanInput
    problems: dict[str, str]


def read_form(form: PlanForm, base: PlanTerms | None = None) -> Reading:
    """The plan that a form describes. `base` is the stored draft, which keeps what the form does not show."""
    reader = CardReader()
    reader.say("name", name_problem(form.name))
    reader.say("key", key_problem(form.key))
    if len(form.description) > LONGEST_DESCRIPTION:
        reader.say("description", f"A description has at most {LONGEST_DESCRIPTION} characters.")
    last = len(form.phases) - 1
    phases = tuple(
        _phase(reader, phase, f"phases[{n}]", base, is_last=n == last) for n, phase in enumerate(form.phases)
    )
    written = {
        "name": form.name.strip(),
        "description": form.description.strip() or None,
        "billing_cadence": reader.duration("billingCadence", form.cadence) or MONTH,
        "pro_rating_enabled": form.prorates,
        "phases": phases,
    }
    terms = PlanTerms(**written) if base is None else replace(base, **written)
    return Reading(PlanInput(form.key, form.currency, terms), reader.problems)


def _phase(reader: CardReader, form: PhaseForm, place: str, base: PlanTerms | None, *, is_last: bool) -> PhaseTerms:
    reader.say(f"{place}.name", name_problem(form.name))
    reader.say(f"{place}.key", key_problem(form.key))
    cards = tuple(
        reader.card(card, f"{place}.rateCards[{n}]", _known(base, card.source)) for n, card in enumerate(form.cards)
    )
    written = {
        "key": form.key,
        "name": form.name.strip(),
        "rate_cards": cards,
        "duration": None if is_last else _lasts(reader, f"{place}.duration", form),
    }
    known = base.phases if base and form.source else ()
    return replace(known[int(form.source)], **written) if known else PhaseTerms(**written)


def _known(base: PlanTerms | None, source: str) -> RateCardTerms | None:
    if base is None or not source:
        return None
    phase, card = (int(part) for part in source.split("."))
    return base.phases[phase].rate_cards[card]


def _lasts(reader: CardReader, place: str, form: PhaseForm) -> Duration | None:
    if not form.lasts:
        return None
    return reader.duration(place, written(form.lasts, form.unit))
