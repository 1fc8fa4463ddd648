"""The plan builder: keeps the form, says what is wrong with it at every change, saves the draft, publishes it."""

from dataclasses import replace

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.terms import PlanInput
from backend.errors import Invalid
from portal import boundary
from portal.keys import suggested_key
from portal.page_state import Loaded
from portal.pages.plans.address import plan_in_address
from portal.pages.plans.builder import drafts
from portal.pages.plans.builder.form import PlanForm, form_of
from portal.pages.plans.builder.phases import PhaseEvents
from portal.pages.plans.builder.reading import read_form
from portal.pages.plans.offer import PricingCard, draw
from portal.rate_cards.cards import CardEvents
from portal.rate_cards.preview import PreviewEvents

LONGEST_TEXT = 4000
FIELDS = ("name", "key", "description", "currency", "cadence")


class BuilderState(CardEvents, PhaseEvents, PreviewEvents, Loaded, rx.State):
    """What the builder shows and does; rate cards and phases are changed by the handlers it inherits."""

    opened: drafts.Opened = drafts.Opened()
    _saved: PlanForm = PlanForm()
    _moving: bool = False
    key_is_own: bool = False
    attempted: bool = False
    dirty: bool = False
    places: dict[str, str] = {}
    to_do: list[str] = []
    advice: list[str] = []
    card: PricingCard = PricingCard()
    question: str = ""

    @rx.event
    async def open_new(self):
        """Start with an empty plan."""
        self.reset()
        return type(self).load

    @rx.event
    async def open_draft(self):
        """Start with the draft of the address; one that was saved here a moment ago is open already."""
        plan_id = plan_in_address(self)
        if self._moving and plan_id == self.opened.plan_id:
            self._moving = False
            return None
        self.reset()
        self.opened = drafts.Opened(plan_id=plan_id)
        return type(self).load

    async def _fetch(self) -> None:
        plan_id = self.opened.plan_id
        self.features, self._metered, draft = await boundary.read(
            self, lambda ctx: (*drafts.features(ctx), drafts.draft(ctx, plan_id)), need=Permission.CATALOG
        )
        if draft is not None:
            self.form, self.key_is_own, self.opened = form_of(draft), True, drafts.opened(draft)
        self._saved = self.form
        await self._refresh()

    @rx.event
    @boundary.command
    async def put(self, field: str, value: str):
        """Take what was typed into a field of the plan; the key follows the name until it is written by hand."""
        if field not in FIELDS or (self.opened.plan_id and field in ("key", "currency")):
            raise Invalid("This cannot be changed here.")
        if field == "key":
            self.key_is_own = bool(value)
        if field == "cadence":
            self._follow_cadence(value)
        self.form = replace(self.form, **{field: value[:LONGEST_TEXT]})
        if field == "name" and not self.key_is_own:
            self.form = replace(self.form, key=suggested_key(value))
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_prorates(self, value: bool):
        """Whether a part of a period is charged by the day."""
        self.form = replace(self.form, prorates=bool(value))
        await self._refresh()

    @rx.event
    @boundary.command
    async def save(self):
        """Keep the draft."""
        is_new = not self.opened.plan_id
        saved = await self._write(publish=False)
        told = rx.toast.success("Draft saved")
        if not is_new:
            return told
        self._moving = True
        return [told, rx.redirect(f"/plans/{saved.row.id}/edit", replace=True)]

    @rx.event
    @boundary.command
    async def ask_publish(self):
        """Say what publishing changes, and ask; not before the plan is right."""
        self.attempted = True
        await self._refresh()
        if self.to_do:
            raise Invalid(f"The plan cannot be published yet. {self.to_do[0]}")
        key = self.form.key
        self.question = await boundary.read(self, lambda ctx: drafts.question(ctx, key), need=Permission.CATALOG)

    @rx.event
    async def stay(self):
        """Close the question without publishing."""
        self.question = ""

    @rx.event
    @boundary.command
    async def publish(self):
        """Keep the draft and put it on sale, both or neither."""
        self.question = ""
        saved = await self._write(publish=True)
        return [rx.toast.success(f"{saved.row.name} is on sale"), rx.redirect(f"/plans/{saved.row.id}")]

    async def _write(self, *, publish: bool) -> PlanVersion:
        self.attempted = True
        form, opened = self.form, self.opened
        await self._refresh()
        unreadable = read_form(form).problems
        if unreadable:
            raise Invalid(next(iter(unreadable.values())))
        saved = await boundary.change(
            self, lambda ctx: drafts.save(ctx, form, opened, publish=publish), need=Permission.CATALOG
        )
        self.opened, self.form, self.key_is_own = drafts.opened(saved), form_of(saved), True
        self._saved, self.dirty = self.form, False
        return saved

    async def _refresh(self) -> None:
        """Read the form again: what is wrong and where, the pricing card, the curve and the example."""
        whole = self._whole()
        self.dirty = whole != self._saved
        reading, is_new = read_form(whole), not self.opened.plan_id
        issues, advice = await boundary.read(
            self, lambda ctx: drafts.look_at(ctx, reading, is_new=is_new), need=Permission.CATALOG
        )
        found = {issue.field: issue.message for issue in reversed(issues)} | reading.problems
        self.to_do = list(dict.fromkeys([*reading.problems.values(), *(issue.message for issue in issues)]))
        self.places = {place: message for place, message in found.items() if self.attempted or self._is_typed(place)}
        self.card = draw(reading.wanted.terms, reading.wanted.currency)
        self.advice = [said.text for said in advice if "rateCards" not in said.place]
        self._show_card(found, advice)
        self._show_phases(whole, reading, found, advice)
        await self._show_costs(reading.wanted)

    async def _show_costs(self, wanted: PlanInput) -> None:
        """What a customer pays for the rate card that is open, else in the phase that is looked at."""
        if self._is_in_sight():
            number = self.at if self.at >= 0 else -1
            card = wanted.terms.phases[self.group].rate_cards[number]
            await self._show_preview(wanted.currency, [card], card.billing_cadence)
        else:
            cards = wanted.terms.phases[self.viewed_phase].rate_cards
            await self._show_preview(wanted.currency, cards, wanted.terms.billing_cadence)

    def _whole(self) -> PlanForm:
        """The form with the rate card that is open in the wizard, so that its price shows before it is kept."""
        if not self._is_in_sight():
            return self.form
        phases = list(self.form.phases)
        phases[self.group] = replace(phases[self.group], cards=self._cards_with_edited())
        return replace(self.form, phases=tuple(phases))

    def _is_typed(self, place: str) -> bool:
        """Whether something stands in the field of the plan itself: an empty one is not scolded before saving."""
        return bool(getattr(self.form, place, ""))
