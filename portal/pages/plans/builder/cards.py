"""The rate-card wizard of the plan builder: what is sold, what it costs, how much may be used."""

from dataclasses import replace

import reflex as rx

from backend.catalog.terms import PlanInput
from backend.errors import Invalid
from portal import boundary
from portal.keys import suggested_key
from portal.pages.plans.builder.form import ACCESS, FREE, NO_GRANT, QUOTA, SETTINGS, CardForm, PlanForm
from portal.pages.plans.builder.places import ALLOWANCE, PLACES, PRICE, step_of
from portal.pages.plans.builder.preview import Preview
from portal.pages.plans.builder.reading import read_form
from portal.pages.plans.builder.tiers import TierEvents

TEXTS = ("name", "key", "amount", "size", "free_units", "minimum", "maximum", "percent", "quota", "config")
CADENCES = ("", "P1D", "P1W", "P2W", "P4W", "P1M", "P3M", "P6M", "P1Y")
CHOICES = {
    "model": ("unit", "flat", FREE, "graduated", "volume", "package", "dynamic"),
    "per": ("1", "1000", "1000000"),
    "term": ("in_advance", "in_arrears"),
    "grant": (NO_GRANT, ACCESS, QUOTA, SETTINGS),
}
MOST_CARDS = 100
LONGEST_TEXT = 4000


class CardEvents(TierEvents, mixin=True):
    """What is done to the rate card in the wizard; it joins the plan when the wizard is finished."""

    features: list[list[str]] = []
    _metered: list[str] = []
    wizard_open: bool = False
    step: int = 1
    in_phase: int = 0
    at: int = -1
    card_places: dict[str, str] = {}
    step_tried: bool = False

    @rx.var
    def edited_is_metered(self) -> bool:
        """Whether the chosen feature has a meter, so that usage can be priced and limited."""
        return self.edited.key in self._metered and not self.edited.is_fee

    @rx.var
    def tiers_problem(self) -> str:
        """The first thing that is wrong with the tiers."""
        wrong = (message for place, message in self.card_places.items() if place.startswith("price.tiers"))
        return next(wrong, "")

    @rx.event
    @boundary.command
    async def open_card(self, phase: int, number: int):
        """Open the wizard with a rate card, or with a new one (-1)."""
        cards = self._phase(phase).cards
        if number != -1 and not (isinstance(number, int) and 0 <= number < len(cards)):
            raise Invalid("There is no such rate card.")
        if number == -1 and len(cards) >= MOST_CARDS:
            raise Invalid(f"A phase made here has at most {MOST_CARDS} rate cards.")
        fresh = CardForm(cadence=self.form.cadence, quota_period=self.form.cadence, is_fee=not self.features)
        self.edited = cards[number] if number >= 0 else replace(fresh, model="flat" if fresh.is_fee else "unit")
        self.in_phase, self.at, self.step, self.step_tried = phase, number, 1, False
        self.wizard_open = True
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_card(self, field: str, value: str):
        """Take what was typed or chosen in the wizard."""
        if field not in TEXTS and value not in CHOICES.get(field, ()):
            raise Invalid("A rate card has no such choice.")
        self.edited = replace(self.edited, **{field: str(value)[:LONGEST_TEXT]})
        if field == "name" and self.edited.is_fee and not self.edited.source:
            self.edited = replace(self.edited, key=suggested_key(value))
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_cadence(self, field: str, value: str):
        """How often it is billed (`cadence`; empty is once), or how often a quota starts anew (`quota_period`)."""
        if field not in ("cadence", "quota_period") or value not in (*CADENCES, self.edited.cadence, self.form.cadence):
            raise Invalid("A rate card has no such choice.")
        self.edited = replace(self.edited, **{field: value})
        await self._refresh()

    @rx.event
    @boundary.command
    async def choose_kind(self, kind: str):
        """A feature, or a fee that has nothing to do with usage."""
        is_fee = kind == "fee"
        model = "flat" if is_fee else "unit"
        self.edited = replace(self.edited, is_fee=is_fee, key="", name="", model=model, grant=NO_GRANT)
        await self._refresh()

    @rx.event
    @boundary.command
    async def choose_feature(self, key: str):
        """Take a feature; without a meter it can only be included or cost a flat price."""
        names = dict(self.features)
        if key not in names:
            raise Invalid("There is no such feature in use.")
        metered = key in self._metered
        model = self.edited.model if metered or self.edited.model in ("flat", FREE) else FREE
        grant = self.edited.grant if metered or self.edited.grant != QUOTA else ACCESS
        if not metered and grant == NO_GRANT:
            grant = ACCESS
        self.edited = replace(self.edited, key=key, name=names[key], model=model, grant=grant)
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_soft(self, value: str):
        """What happens at the end of a quota: `soft` goes on, `hard` stops."""
        self.edited = replace(self.edited, is_soft=value == "soft")
        await self._refresh()

    @rx.event
    @boundary.command
    async def go(self, step: int):
        """Step back, or on; the last step puts the rate card into the plan, and is refused while it is not right."""
        self.step_tried = step > self.step
        await self._refresh()
        if self.step_tried and any(step_of(place) <= self.step for place in self.card_places):
            return
        self.step_tried = False
        last = PRICE if self.edited.is_fee else ALLOWANCE
        if step > last:
            self._put_phase(self.in_phase, replace(self._phase(self.in_phase), cards=self._cards_with_edited()))
            self.wizard_open = False
        else:
            self.step = max(1, step)
        await self._refresh()

    @rx.event
    @boundary.command
    async def close_card(self):
        """Leave the wizard without keeping the rate card as it stands there."""
        self.wizard_open = False
        await self._refresh()

    @rx.event
    @boundary.command
    async def remove_card(self, phase: int, number: int):
        """Take a rate card out of a phase."""
        cards = self._phase(phase).cards
        self._put_phase(phase, replace(self._phase(phase), cards=tuple(c for n, c in enumerate(cards) if n != number)))
        await self._refresh()

    def _cards_with_edited(self) -> tuple[CardForm, ...]:
        cards = self._phase(self.in_phase).cards
        if self.at == -1:
            return (*cards, self.edited)
        return tuple(self.edited if n == self.at else card for n, card in enumerate(cards))

    def _whole(self) -> PlanForm:
        """The form with the rate card that is open in the wizard, so that its price shows before it is kept."""
        if not self.wizard_open or not self.edited.key:
            return self.form
        phases = list(self.form.phases)
        phases[self.in_phase] = replace(phases[self.in_phase], cards=self._cards_with_edited())
        return replace(self.form, phases=tuple(phases))

    def _phase_in_view(self) -> int:
        """The phase that the chart is about: that of the open rate card, else the one that lasts."""
        return self.in_phase if self.wizard_open else len(self.form.phases) - 1

    def _curve_in_view(self, chosen: Preview) -> Preview:
        """The chart shows the rate card that is open."""
        if not self.wizard_open or not self.edited.key or chosen.key == self.edited.key:
            return chosen
        return Preview(key=self.edited.key)

    def _show_card(self, wanted: PlanInput, found: dict[str, str]) -> None:
        """What is wrong with the open rate card, by the field's place within it."""
        number = self.at if self.at >= 0 else len(self._phase(self.in_phase).cards)
        prefix = f"phases[{self.in_phase}].rateCards[{number}]."
        if self.wizard_open and not self.edited.key:
            form = replace(self.form, phases=(replace(self.form.phases[0], cards=(self.edited,)),))
            prefix, found = "phases[0].rateCards[0].", read_form(form).problems
        self.card_places = {
            place.removeprefix(prefix): message
            for place, message in found.items()
            if place.startswith(prefix) and (self.step_tried or self._is_filled(place.removeprefix(prefix)))
        }

    def _is_filled(self, place: str) -> bool:
        """Whether something stands in the field, so that what is wrong with it may be said before the next step."""
        if place.startswith("price.tiers"):
            return any(tier.unit or tier.flat for tier in self.edited.tiers)
        value = getattr(self.edited, PLACES.get(place, ""), None)
        return value is None or bool(value)
