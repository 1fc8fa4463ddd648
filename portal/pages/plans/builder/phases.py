"""The phases of the plan builder: added before the lasting one, named, timed, moved and removed."""

from dataclasses import replace

import reflex as rx

from backend.errors import Invalid
from portal import boundary
from portal.formatting import plural
from portal.keys import plain_text, suggested_key
from portal.pages.plans.builder.form import DAYS, PhaseForm, PlanForm
from portal.pages.plans.builder.phase_lines import PhaseLine, phase_lines
from portal.pages.plans.builder.reading import Reading
from portal.rate_cards.drafting import Look
from portal.rate_cards.form import CardForm

FIELDS = ("name", "lasts", "unit")
UNITS = (("D", "days"), ("W", "weeks"), ("M", "months"), ("Y", "years"))
MOST_PHASES = 12
LONGEST_NAME = 256


class PhaseEvents(rx.State, mixin=True):
    """What is done to phases. Numbers come from the browser and are checked."""

    form: PlanForm = PlanForm()
    lines: list[PhaseLine] = []
    viewed: int = -1
    removal: str = ""
    _removing: int = -1

    @rx.var
    def viewed_phase(self) -> int:
        """The phase that the chart is about: the one that was chosen, else the one that lasts."""
        last = len(self.form.phases) - 1
        return self.viewed if 0 <= self.viewed <= last else last

    @rx.var
    def viewed_name(self) -> str:
        """Its name."""
        return self.form.phases[self.viewed_phase].name

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
    async def ask_remove_phase(self, number: int):
        """Say what goes with a phase, and ask; one phase always stays."""
        phase = self._phase(number)
        if len(self.form.phases) == 1:
            raise Invalid("A plan has at least one phase.")
        self._removing = number
        self.removal = f"{phase.name} goes with {plural(len(phase.cards), 'rate card')}."

    @rx.event
    async def keep_phase(self):
        """Close the question without removing the phase."""
        self.removal = ""

    @rx.event
    @boundary.command
    async def remove_phase(self):
        """Take the phase that was asked about away with its rate cards."""
        self.removal, number = "", self._removing
        self._phase(number)
        if len(self.form.phases) > 1:
            self.form = replace(self.form, phases=tuple(p for n, p in enumerate(self.form.phases) if n != number))
        await self._refresh()

    @rx.event
    @boundary.command
    async def move_phase(self, number: int, by: int):
        """Let a phase change places with the one before (-1) or after (1) it."""
        self._phase(number)
        phases, other = list(self.form.phases), number + (1 if by > 0 else -1)
        self._phase(other)
        phases[number], phases[other] = phases[other], phases[number]
        self.form = replace(self.form, phases=tuple(phases))
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_phase(self, number: int, field: str, value: str):
        """Take what was typed into a field of a phase; a new phase's key follows its name."""
        phase = self._phase(number)
        if field not in FIELDS or (field == "unit" and value not in dict(UNITS)):
            raise Invalid("A phase has no such field.")
        phase = replace(phase, **{field: plain_text(value, LONGEST_NAME)})
        if field == "name" and not phase.source:
            phase = replace(phase, key=suggested_key(value))
        self._put_phase(number, phase)
        await self._refresh()

    @rx.event
    @boundary.command
    async def copy_cards(self, number: int):
        """Start a phase with the rate cards of the one that lasts, to be made cheaper or free."""
        if self._phase(number).cards or number == len(self.form.phases) - 1:
            raise Invalid("Only an empty phase before the last one can start with its rate cards.")
        self._put_cards(number, self.form.phases[-1].cards)
        await self._refresh()

    @rx.event
    @boundary.command
    async def view_phase(self, number: int):
        """Show what a customer pays in this phase."""
        self._phase(number)
        self.viewed = number
        await self._refresh()
        return rx.scroll_to(f"phase-{number}")

    def _phase(self, number: int) -> PhaseForm:
        if not isinstance(number, int) or not 0 <= number < len(self.form.phases):
            raise Invalid("There is no such phase.")
        return self.form.phases[number]

    def _put_phase(self, number: int, phase: PhaseForm) -> None:
        phases = list(self.form.phases)
        phases[number] = phase
        self.form = replace(self.form, phases=tuple(phases))

    def _cards(self, group: int) -> tuple[CardForm, ...]:
        return self._phase(group).cards

    def _put_cards(self, group: int, cards: tuple[CardForm, ...]) -> None:
        self._put_phase(group, replace(self._phase(group), cards=cards))

    def _place(self, group: int) -> str:
        return f"phases[{group}].rateCards"

    def _cadence(self) -> str:
        return self.form.cadence

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

    def _show_phases(self, form: PlanForm, reading: Reading, look: Look) -> None:
        self.lines = phase_lines(form, reading.wanted, look, tried=self.attempted)


def _trial(number: int) -> str:
    return "Trial" if number == 1 else f"Trial {number}"
