"""The plan builder: keeps the form, says what is wrong with it at every change, saves the draft, publishes it."""

from dataclasses import replace

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.terms import PlanInput
from backend.infra.context import Context
from portal import boundary
from portal.page_state import named_in_path
from portal.pages.plans.builder import drafts
from portal.pages.plans.builder.form import PlanForm, form_of
from portal.pages.plans.builder.phases import PhaseEvents
from portal.pages.plans.builder.reading import read_form
from portal.pages.plans.offer import draw
from portal.rate_cards.drafting import DraftEvents, features, first_problem
from portal.rate_cards.pricing_card import PricingCard


class BuilderState(PhaseEvents, DraftEvents, rx.State):
    """What the builder shows and does; most of it by the handlers it inherits."""

    FIELDS = ("name", "key", "description", "currency", "cadence")
    ADDRESS = "/plans"

    card: PricingCard = PricingCard()

    def _named_in_address(self) -> str:
        return named_in_path(self)

    async def _fetch(self) -> None:
        plan_id = self.opened.id
        self.features, self._metered, draft = await boundary.read(
            self, lambda ctx: (*features(ctx), drafts.draft(ctx, plan_id)), need=Permission.CATALOG
        )
        if draft is not None:
            self.form, self.key_is_own, self.opened = form_of(draft), True, drafts.opened(draft)
        self._saved = self.form
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_prorates(self, value: bool):
        """Whether a part of a period is charged by the day."""
        self.form = replace(self.form, prorates=bool(value))
        await self._refresh()

    def _question(self, ctx: Context) -> str:
        return drafts.question(ctx, self.form.key)

    async def _write(self, *, publish: bool) -> tuple[str, str]:
        self.attempted = True
        form, opened = self.form, self.opened
        await self._refresh()
        first_problem(read_form(form).problems)
        saved = await boundary.change(
            self, lambda ctx: drafts.save(ctx, form, opened, publish=publish), need=Permission.CATALOG
        )
        self.opened, self.form, self.key_is_own = drafts.opened(saved), form_of(saved), True
        self._saved, self.dirty = self.form, False
        return saved.row.name, saved.row.id

    async def _refresh(self) -> None:
        """Read the form again: what is wrong and where, the pricing card, the curve and the example."""
        whole = self._whole()
        reading, is_new = read_form(whole), not self.opened.id
        look = await boundary.read(self, lambda ctx: drafts.look(ctx, reading, is_new=is_new), need=Permission.CATALOG)
        self._take(look)
        self.card = draw(reading.wanted.terms, reading.wanted.currency)
        self._show_phases(whole, reading, look)
        await self._show_costs(reading.wanted)

    async def _show_costs(self, wanted: PlanInput) -> None:
        """What a customer pays for the rate card that is open, else in the phase that is looked at."""
        if self._is_in_sight():
            card = wanted.terms.phases[self.group].rate_cards[self.at]
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
