"""The phases of the plan builder: added before the lasting one, named, timed and removed."""

from dataclasses import dataclass, replace

import reflex as rx

from backend.catalog.terms import PlanInput
from backend.errors import Invalid
from portal import boundary
from portal.keys import suggested_key
from portal.pages.plans.builder.form import DAYS, PhaseForm, PlanForm
from portal.pages.plans.lines import RateCardLine, rate_card_line

FIELDS = ("name", "lasts", "unit")
MOST_PHASES = 12
LONGEST_NAME = 256


@dataclass(frozen=True)
class PhaseLine:
    """A phase as the builder lists it, with its problems by field."""

    name: str
    lasts: str
    unit: str
    is_last: bool
    name_problem: str
    lasts_problem: str
    cards_problem: str
    cards: tuple[RateCardLine, ...]


class PhaseEvents(rx.State, mixin=True):
    """What is done to phases. Numbers come from the browser and are checked."""

    form: PlanForm = PlanForm()
    lines: list[PhaseLine] = []

    @rx.event
    @boundary.command
    async def add_phase(self):
        """Put a phase, such as a trial, before the one that lasts."""
        phases = self.form.phases
        if len(phases) >= MOST_PHASES:
            raise Invalid(f"A plan made here has at most {MOST_PHASES} phases.")
        taken = {phase.key for phase in phases}
        name = next(name for n in range(1, MOST_PHASES + 2) if suggested_key(name := _trial(n)) not in taken)
        phase = PhaseForm(name=name, key=suggested_key(name), lasts="14", unit=DAYS)
        self.form = replace(self.form, phases=(*phases[:-1], phase, phases[-1]))
        await self._refresh()

    @rx.event
    @boundary.command
    async def remove_phase(self, number: int):
        """Take a phase away with its rate cards; one always stays."""
        self._phase(number)
        if len(self.form.phases) == 1:
            raise Invalid("A plan has at least one phase.")
        self.form = replace(self.form, phases=tuple(p for n, p in enumerate(self.form.phases) if n != number))
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_phase(self, number: int, field: str, value: str):
        """Take what was typed into a field of a phase; a new phase's key follows its name."""
        phase = self._phase(number)
        if field not in FIELDS:
            raise Invalid("A phase has no such field.")
        phase = replace(phase, **{field: value[:LONGEST_NAME]})
        if field == "name" and not phase.source:
            phase = replace(phase, key=suggested_key(value))
        self._put_phase(number, phase)
        await self._refresh()

    def _phase(self, number: int) -> PhaseForm:
        if not isinstance(number, int) or not 0 <= number < len(self.form.phases):
            raise Invalid("There is no such phase.")
        return self.form.phases[number]

    def _put_phase(self, number: int, phase: PhaseForm) -> None:
        phases = list(self.form.phases)
        phases[number] = phase
        self.form = replace(self.form, phases=tuple(phases))

    def _follow_cadence(self, cadence: str) -> None:
        """Rate cards that were billed with the plan stay billed with it."""
        before = self.form.cadence
        phases = tuple(
            replace(
                phase,
                cards=tuple(replace(card, cadence=cadence) if card.cadence == before else card for card in phase.cards),
            )
            for phase in self.form.phases
        )
        self.form = replace(self.form, phases=phases)

    def _show_phases(self, wanted: PlanInput, found: dict[str, str]) -> None:
        last = len(wanted.terms.phases) - 1
        self.lines = [
            PhaseLine(
                name=form.name,
                lasts=form.lasts,
                unit=form.unit,
                is_last=n == last,
                name_problem=found.get(f"phases[{n}].name") or found.get(f"phases[{n}].key", ""),
                lasts_problem=found.get(f"phases[{n}].duration", ""),
                cards_problem=found.get(f"phases[{n}].rateCards", "") if self.attempted else "",
                cards=tuple(
                    rate_card_line(card, wanted.currency, _problem_of(found, f"phases[{n}].rateCards[{k}]."))
                    for k, card in enumerate(phase.rate_cards)
                ),
            )
            for n, (form, phase) in enumerate(zip(self._whole().phases, wanted.terms.phases, strict=True))
        ]


def _trial(number: int) -> str:
    return "Trial" if number == 1 else f"Trial {number}"


def _problem_of(found: dict[str, str], prefix: str) -> str:
    return next((message for place, message in found.items() if place.startswith(prefix)), "")
