"""The add-on builder: keeps the form, says what is wrong with it at every change, saves the draft, publishes it."""

from dataclasses import replace

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.models import InstanceType
from backend.catalog.terms import AddonInput
from backend.errors import Invalid
from backend.infra.context import Context
from portal import boundary
from portal.page_state import named_in_path
from portal.pages.addons import drafts
from portal.pages.addons.form import AddonForm, form_of, read_form
from portal.rate_cards.addon_card import addon_card, cadence_of
from portal.rate_cards.advice import about
from portal.rate_cards.drafting import DraftEvents, Look, features, first_problem
from portal.rate_cards.form import CardForm
from portal.rate_cards.lines import RateCardLine, problems_at, rate_card_line
from portal.rate_cards.pricing_card import PricingCard


class AddonBuilderState(DraftEvents, rx.State):
    """What the builder shows and does; most of it by the handlers it inherits."""

    FIELDS = ("name", "key", "description", "currency")
    ADDRESS = "/add-ons"

    form: AddonForm = AddonForm()
    card: PricingCard = PricingCard()
    lines: list[RateCardLine] = []
    cards_problem: str = ""

    def _named_in_address(self) -> str:
        return named_in_path(self)

    async def _fetch(self) -> None:
        addon_id = self.opened.id
        self.features, self._metered, draft = await boundary.read(
            self, lambda ctx: (*features(ctx), drafts.draft(ctx, addon_id)), need=Permission.CATALOG
        )
        if draft is not None:
            self.form, self.key_is_own, self.opened = form_of(draft), True, drafts.opened(draft)
        self._saved = self.form
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_instance(self, value: str):
        """Whether a subscription may hold it once or several times."""
        if value not in list(InstanceType):
            raise Invalid("An add-on has no such choice.")
        self.form = replace(self.form, instance=value)
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
        reading, is_new = read_form(self._whole()), not self.opened.id
        look = await boundary.read(self, lambda ctx: drafts.look(ctx, reading, is_new=is_new), need=Permission.CATALOG)
        self._take(look)
        self.card = addon_card(reading.wanted.terms, reading.wanted.currency)
        self._show_cards(reading.wanted, look)
        cards, cadence = reading.wanted.terms.rate_cards, cadence_of(reading.wanted.terms.rate_cards)
        if self._is_in_sight():
            cards, cadence = (cards[self.at],), cards[self.at].billing_cadence
        await self._show_preview(reading.wanted.currency, cards, cadence)

    def _show_cards(self, wanted: AddonInput, look: Look) -> None:
        found = look.found
        self.cards_problem = found.get("rateCards", "") if self.attempted or self.form.cards else ""
        self.lines = [
            rate_card_line(
                card,
                wanted.currency,
                problem=problems_at(found, f"rateCards[{n}]"),
                advice=" ".join(about(look.advice, f"rateCards[{n}]")),
            )
            for n, card in enumerate(wanted.terms.rate_cards)
        ]

    def _cards(self, group: int) -> tuple[CardForm, ...]:
        if group != 0:
            raise Invalid("An add-on has no phases.")
        return self.form.cards

    def _put_cards(self, group: int, cards: tuple[CardForm, ...]) -> None:
        self.form = replace(self.form, cards=cards)

    def _place(self, group: int) -> str:
        return "rateCards"

    def _cadence(self) -> str:
        return next((card.cadence for card in self.form.cards if card.cadence), "P1M")

    def _whole(self) -> AddonForm:
        """The form with the rate card that is open in the wizard, so that its price shows before it is kept."""
        return replace(self.form, cards=self._cards_with_edited()) if self._is_in_sight() else self.form
