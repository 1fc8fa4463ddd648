"""The table of tiers in the wizard: what is typed into it, where each tier starts, what is wrong in each cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import reflex as rx

from backend.errors import Invalid
from portal import boundary
from portal.formatting import NOTHING, quantity
from portal.rate_cards.form import CardForm, TierForm
from portal.rate_cards.reading import FieldReader

MOST_TIERS = 30
LONGEST_NUMBER = 60


@dataclass(frozen=True)
class TierRow:
    """A tier as the table shows it: from where it counts, its fields, and the first thing wrong with it."""

    start: str
    up_to: str
    flat: str
    unit: str
    problem: str


class TierEvents(rx.State, mixin=True):
    """What is done to the tiers of the rate card in the wizard."""

    edited: CardForm = CardForm()
    card_places: dict[str, str] = {}

    @rx.var
    def tier_rows(self) -> list[TierRow]:
        """The tiers with the place where each starts."""
        return rows_of(self.edited.tiers, self.card_places)

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


def rows_of(tiers: Sequence[TierForm], places: Mapping[str, str]) -> list[TierRow]:
    """The rows of the table; the order in which tiers are written does not matter, so neither does it here."""
    ends = [FieldReader().optional("", tier.up_to) for tier in tiers]
    return [
        TierRow(_start(end, ends), tier.up_to, tier.flat, tier.unit, _problem(places, f"price.tiers[{n}]"))
        for n, (tier, end) in enumerate(zip(tiers, ends, strict=True))
    ]


def _start(end: Decimal | None, ends: Sequence[Decimal | None]) -> str:
    lower = [other for other in ends if other is not None and (end is None or other < end)]
    if end is None and len(lower) < len(ends) - 1:
        return NOTHING
    return f"over {quantity(max(lower))}" if lower else "0"


def _problem(places: Mapping[str, str], prefix: str) -> str:
    found = (message for place, message in places.items() if place == prefix or place.startswith(f"{prefix}."))
    return next(found, "")
