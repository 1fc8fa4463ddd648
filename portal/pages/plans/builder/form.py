"""The plan builder's form: everything as the text that stands in its fields, made from a plan or from nothing."""

from dataclasses import dataclass

from backend.catalog.plan_rows import PlanVersion
from backend.catalog.terms import PhaseTerms
from backend.engine.recurrence import Duration
from portal.lengths import typed
from portal.rate_cards.form import CardForm, card_form

DAYS, WEEKS, MONTHS, YEARS = "D", "W", "M", "Y"


@dataclass(frozen=True)
class PhaseForm:
    """A phase; only one that another phase follows has a length."""

    source: str = ""
    name: str = "Default"
    key: str = "default"
    lasts: str = ""
    unit: str = MONTHS
    cards: tuple[CardForm, ...] = ()


@dataclass(frozen=True)
class PlanForm:
    """A plan that is being written."""

    name: str = ""
    key: str = ""
    description: str = ""
    currency: str = "USD"
    cadence: str = "P1M"
    prorates: bool = True
    phases: tuple[PhaseForm, ...] = (PhaseForm(),)


def form_of(version: PlanVersion) -> PlanForm:
    """The form of a stored draft."""
    row, terms = version.row, version.terms
    phases = tuple(_phase(number, phase) for number, phase in enumerate(terms.phases))
    return PlanForm(
        name=terms.name,
        key=row.key,
        description=terms.description or "",
        currency=row.currency,
        cadence=str(terms.billing_cadence),
        prorates=terms.pro_rating_enabled,
        phases=phases or (PhaseForm(),),
    )


def _phase(number: int, phase: PhaseTerms) -> PhaseForm:
    lasts, unit = _length(phase.duration)
    cards = tuple(card_form(f"{number}.{index}", card) for index, card in enumerate(phase.rate_cards))
    return PhaseForm(source=str(number), name=phase.name, key=phase.key, lasts=lasts, unit=unit, cards=cards)


def _length(duration: Duration | None) -> tuple[str, str]:
    return ("", MONTHS) if duration is None else typed(duration, (YEARS, MONTHS, WEEKS, DAYS))
