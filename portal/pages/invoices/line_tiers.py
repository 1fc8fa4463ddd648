"""The tiers of a line's price in its form: where each ends stays as it was sold, what it charges can be typed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from backend.engine.exact import ZERO, plain
from backend.engine.rate.prices import Graduated, Volume
from portal.formatting import quantity
from portal.keys import plain_text
from portal.rate_cards.reading import FieldReader

LONGEST = 100


@dataclass(frozen=True)
class TierRow:
    """A tier as it is typed; its fields are called `name` followed by `unit` and `flat`."""

    name: str
    label: str
    unit: str
    flat: str


def tier_rows(price: Graduated | Volume) -> tuple[TierRow, ...]:
    """The tiers, the first band of usage first; each is named by where it stands in the price."""
    numbered = sorted(enumerate(price.tiers), key=lambda found: (found[1].up_to is None, found[1].up_to or ZERO))
    rows, before = [], ZERO
    for number, tier in numbered:
        label = f"Above {quantity(before)}" if tier.up_to is None else f"Up to {quantity(tier.up_to)}"
        unit, flat = ("" if amount is None else plain(amount) for amount in (tier.unit, tier.flat))
        rows.append(TierRow(f"tier{number}", label, unit, flat))
        before = tier.up_to or before
    return tuple(rows)


def typed_tiers(rows: tuple[TierRow, ...], typed: Mapping[str, Any]) -> tuple[TierRow, ...]:
    """The tiers with what a browser sent for them."""

    def sent(row: TierRow, part: str) -> str:
        return plain_text(str(typed.get(row.name + part, getattr(row, part))), LONGEST).strip()

    return tuple(replace(row, unit=sent(row, "unit"), flat=sent(row, "flat")) for row in rows)


def read_tiers(reader: FieldReader, rows: tuple[TierRow, ...], price: Graduated | Volume) -> Graduated | Volume:
    """The price with what was typed for its tiers."""
    tiers = list(price.tiers)
    for row in rows:
        number = int(row.name.removeprefix("tier"))
        unit, flat = reader.optional(f"{row.name}unit", row.unit), reader.optional(f"{row.name}flat", row.flat)
        tiers[number] = replace(tiers[number], unit=unit, flat=flat)
    return replace(price, tiers=tuple(tiers))
