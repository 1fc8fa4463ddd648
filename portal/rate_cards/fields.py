"""What is typed and chosen in the wizard of a rate card; every value comes from a browser and is checked."""

from dataclasses import replace

import reflex as rx

from backend.errors import Invalid
from portal import boundary
from portal.keys import plain_text, suggested_key
from portal.rate_cards.form import ACCESS, FREE, NO_GRANT, QUOTA, SETTINGS
from portal.rate_cards.tiers import TierEvents

TEXTS = (
    *("name", "key", "amount", "size", "free_units", "minimum", "maximum", "percent"),
    *("factor", "precision", "display_unit", "tax_code", "quota", "config"),
)
CADENCES = ("", "P1D", "P1W", "P2W", "P4W", "P1M", "P3M", "P6M", "P1Y")
CHOICES = {
    "model": ("unit", "flat", FREE, "graduated", "volume", "package", "dynamic"),
    "per": ("1", "1000", "1000000"),
    "term": ("in_advance", "in_arrears"),
    "convert": ("", "divide", "multiply"),
    "rounding": ("none", "ceiling", "floor", "half_up"),
    "tax": ("", "inclusive", "exclusive"),
    "grant": (NO_GRANT, ACCESS, QUOTA, SETTINGS),
}
FLAGS = ("is_soft", "carries_overage")
LONGEST_TEXT = 4000


class FieldEvents(TierEvents, mixin=True):
    """What is done to the fields of the rate card that is open."""

    features: list[list[str]] = []
    _metered: list[str] = []

    @rx.var
    def edited_is_metered(self) -> bool:
        """Whether the chosen feature has a meter, so that usage can be priced and limited."""
        return self.edited.key in self._metered and not self.edited.is_fee

    @rx.event
    @boundary.command
    async def put_card(self, field: str, value: str):
        """Take what was typed or chosen in the wizard."""
        if field not in TEXTS and value not in CHOICES.get(field, ()):
            raise Invalid("A rate card has no such choice.")
        self.edited = replace(self.edited, **{field: plain_text(str(value), LONGEST_TEXT)})
        if field == "name" and self.edited.is_fee and not self.edited.source:
            self.edited = replace(self.edited, key=suggested_key(value))
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_cadence(self, field: str, value: str):
        """How often it is billed (`cadence`; empty is once), or how often a quota starts anew (`quota_period`)."""
        allowed = (*CADENCES, self.edited.cadence, self.edited.quota_period, self._cadence())
        if field not in ("cadence", "quota_period") or value not in allowed:
            raise Invalid("A rate card has no such choice.")
        self.edited = replace(self.edited, **{field: value})
        await self._refresh()

    @rx.event
    @boundary.command
    async def put_flag(self, field: str, value: bool):
        """Whether access goes on beyond a quota, and whether the overage is taken along into the next period."""
        if field not in FLAGS:
            raise Invalid("A rate card has no such choice.")
        self.edited = replace(self.edited, **{field: bool(value)})
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
