"""The table of tiers in the rate-card wizard."""

from dataclasses import replace

import reflex as rx

from backend.errors import Invalid
from portal import boundary
from portal.pages.plans.builder.form import CardForm, TierForm

MOST_TIERS = 30
LONGEST_NUMBER = 60


class TierEvents(rx.State, mixin=True):
    """What is done to the tiers of the rate card in the wizard."""

    edited: CardForm = CardForm()

    @rx.event
    @boundary.command
    async def put_tier(self, number: int, field: str, value: str):
        """Take what was typed into the table of tiers."""
        tiers = list(self.edited.tiers)
        if field not in ("up_to", "flat", "unit") or not (isinstance(number, int) and 0 <= number < len(tiers)):
            raise Invalid("There is no such tier.")
        tiers[number] = replace(tiers[number], **{field: value[:LONGEST_NUMBER]})
        self.edited = replace(self.edited, tiers=tuple(tiers))
        await self._refresh()

    @rx.event
    @boundary.command
    async def add_tier(self):
        """Put a tier before the open-ended one."""
        if len(self.edited.tiers) >= MOST_TIERS:
            raise Invalid(f"A price made here has at most {MOST_TIERS} tiers.")
        self.edited = replace(self.edited, tiers=(*self.edited.tiers[:-1], TierForm(), *self.edited.tiers[-1:]))
        await self._refresh()

    @rx.event
    @boundary.command
    async def remove_tier(self, number: int):
        """Take a tier away; one always stays."""
        kept = tuple(tier for n, tier in enumerate(self.edited.tiers) if n != number)
        self.edited = replace(self.edited, tiers=kept or self.edited.tiers)
        await self._refresh()
