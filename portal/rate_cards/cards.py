"""The rate cards of a plan or an add-on that is being written: opened in the wizard, kept, moved, taken out."""

import re
from collections.abc import Sequence
from dataclasses import replace

import reflex as rx

from backend.errors import Invalid
from portal import boundary
from portal.rate_cards.advice import Advice, about
from portal.rate_cards.fields import FieldEvents
from portal.rate_cards.form import CardForm
from portal.rate_cards.places import ALLOWANCE, PLACES, PRICE, step_of
from portal.rate_cards.reading import CardReader

MOST_CARDS = 100
_TIER = re.compile(r"price\.tiers\[(\d+)\]")


class CardEvents(FieldEvents, mixin=True):
    """What is done to rate cards. Whoever uses it keeps them in groups, such as the phases of a plan, and writes

    `_cards(group)` and `_put_cards(group, cards)`, which refuse an unknown group; `_place(group)`, the place of the
    group's rate cards among the issues; `_cadence()`; and `_refresh()`, after which everything is shown anew.
    """

    wizard_open: bool = False
    discarding: bool = False
    step: int = 1
    group: int = 0
    at: int = -1
    step_tried: bool = False
    card_advice: list[str] = []
    _as_opened: CardForm = CardForm()

    @rx.event
    @boundary.command
    async def open_card(self, group: int, number: int):
        """Open the wizard with a rate card, or with a new one (-1)."""
        cards = self._cards(group)
        if number != -1:
            self._card(group, number)
        elif len(cards) >= MOST_CARDS:
            raise Invalid(f"There can be at most {MOST_CARDS} rate cards here.")
        fresh = CardForm(cadence=self._cadence(), quota_period=self._cadence(), is_fee=not self.features)
        self.edited = cards[number] if number >= 0 else replace(fresh, model="flat" if fresh.is_fee else "unit")
        self._as_opened = self.edited
        self.group, self.at, self.step, self.step_tried = group, number, 1, False
        self.wizard_open = True
        await self._refresh()

    @rx.event
    @boundary.command
    async def go(self, step: int):
        """Step back, or on; the last step keeps the rate card, and is refused while something is wrong with it."""
        self.step_tried = step > self.step
        await self._refresh()
        if self.step_tried and any(step_of(place) <= self.step for place in self.card_places):
            return
        self.step_tried = False
        last = PRICE if self.edited.is_fee else ALLOWANCE
        if step > last:
            self._put_cards(self.group, self._cards_with_edited())
            self.wizard_open = False
        else:
            self.step = max(1, step)
        await self._refresh()

    @rx.event
    @boundary.command
    async def close_card(self):
        """Leave the wizard; ask first if something was typed that would be lost."""
        if self.edited != self._as_opened and not self.discarding:
            self.discarding = True
            return
        await self._close()

    @rx.event
    @boundary.command
    async def discard_card(self):
        """Leave the wizard without what was typed there."""
        await self._close()

    @rx.event
    async def keep_writing(self):
        """Close the question and go on in the wizard."""
        self.discarding = False

    @rx.event
    @boundary.command
    async def remove_card(self, group: int, number: int):
        """Take a rate card out."""
        self._card(group, number)
        self._put_cards(group, tuple(card for n, card in enumerate(self._cards(group)) if n != number))
        await self._refresh()

    @rx.event
    @boundary.command
    async def move_card(self, group: int, number: int, by: int):
        """Put a rate card one place up (-1) or down (1): buyers read them in this order."""
        moved, cards = self._card(group, number), list(self._cards(group))
        del cards[number]
        cards.insert(max(0, number + (1 if by > 0 else -1)), moved)
        self._put_cards(group, tuple(cards))
        await self._refresh()

    async def _close(self) -> None:
        self.wizard_open = self.discarding = False
        await self._refresh()

    def _card(self, group: int, number: int) -> CardForm:
        cards = self._cards(group)
        if not isinstance(number, int) or not 0 <= number < len(cards):
            raise Invalid("There is no such rate card.")
        return cards[number]

    def _is_in_sight(self) -> bool:
        """Whether the open rate card is far enough to stand among the others, so that its price can be shown."""
        return self.wizard_open and bool(self.edited.key)

    def _cards_with_edited(self) -> tuple[CardForm, ...]:
        cards = self._cards(self.group)
        if self.at == -1:
            return (*cards, self.edited)
        return tuple(self.edited if n == self.at else card for n, card in enumerate(cards))

    def _show_card(self, found: dict[str, str], advice: Sequence[Advice]) -> None:
        """What is wrong with the open rate card, by the field's place within it, and what is odd about it."""
        number = self.at if self.at >= 0 else len(self._cards(self.group))
        prefix = f"{self._place(self.group)}[{number}]."
        self.card_advice = about(advice, prefix.removesuffix(".")) if self._is_in_sight() else []
        if self.wizard_open and not self.edited.key:
            reader = CardReader()
            reader.card(self.edited, prefix.removesuffix("."), None)
            found = reader.problems
        self.card_places = {
            place.removeprefix(prefix): message
            for place, message in found.items()
            if place.startswith(prefix) and (self.step_tried or self._is_filled(place.removeprefix(prefix)))
        }

    def _is_filled(self, place: str) -> bool:
        """Whether something stands in the field, so that what is wrong with it may be said before the next step."""
        row = _TIER.match(place)
        if row is not None:
            tier = self.edited.tiers[int(row[1])]
            return bool(tier.up_to if place.endswith("upToAmount") else tier.unit or tier.flat)
        if place.startswith("price.tiers"):
            return any(tier.unit or tier.flat for tier in self.edited.tiers)
        value = getattr(self.edited, PLACES.get(place, ""), None)
        return value is None or bool(value)
