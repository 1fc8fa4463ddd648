"""Add-ons are laid over the items of a subscription, and what is sold without them is never forgotten.

An item that add-ons touch keeps its origin: `item` is the id that all parts of one item share (None when add-ons alone
make it), `card` is the rate card without add-ons (None while none lies over it). From the origins the items without
add-ons are restored, and all add-ons are laid over them anew; only what comes after the change is written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.catalog.addon_rows import AddonVersion
from backend.catalog.card_rows import card_columns, card_terms
from backend.catalog.effective import Addition, effective_cards
from backend.catalog.models import Card
from backend.catalog.terms import RateCardTerms
from backend.engine.period import Period
from backend.engine.subscribe.addons import Instance, Sold, Stretch, stretches
from backend.engine.subscribe.view import span
from backend.infra.context import Context
from backend.subscriptions.models import SubscriptionItem
from backend.subscriptions.snapshot import item_row
from backend.subscriptions.view import PhaseRows


@dataclass(frozen=True, slots=True)
class Layers:
    """What lies over the items: every add-on by its id, and how many of each it is when."""

    addons: Mapping[str, AddonVersion]
    instances: Sequence[Instance]

    def keys(self) -> set[str]:
        """The keys of all their rate cards."""
        return {card.key for addon in self.addons.values() for card in addon.terms.rate_cards}

    def of_key(self, key: str) -> list[Instance]:
        """Those that have a rate card of a key."""
        return [found for found in self.instances if self._cards(found.addon, key)]

    def card(self, sold: RateCardTerms | None, key: str, over: Iterable[tuple[str, int]]) -> RateCardTerms:
        """A rate card with add-ons over it. Raises Invalid when they do not go together."""
        additions = (Addition(self._cards(addon, key), quantity) for addon, quantity in over)
        (found,) = effective_cards([] if sold is None else [sold], additions)
        return found

    def _cards(self, addon: str, key: str) -> tuple[RateCardTerms, ...]:
        return tuple(card for card in self.addons[addon].terms.rate_cards if card.key == key)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of an item with what it is sold as and what is kept of its origin."""

    lasting: Period
    card: RateCardTerms
    origin: dict[str, Any]

    def goes_on(self, row: SubscriptionItem) -> bool:
        """Whether it is sold as the row is, out of the same item."""
        return item_of(row) == self.origin["item"] and card_terms(row) == self.card


def lay_over(ctx: Context, phases: Sequence[PhaseRows], layers: Layers, at: datetime) -> None:
    """Sell, from an instant on, what the items come to with the add-ons; what was before it stays as it is."""
    last = len(phases) - 1
    for number, phase in enumerate(phases):
        lasting = span(phase.row.active_from, None if number == last else phase.active_to)
        if lasting.end > at and not lasting.is_empty:
            for key in sorted(layers.keys()):
                _lay_over_item(ctx, phase, lasting, key, layers, at)
    ctx.session.flush()


def item_of(row: SubscriptionItem) -> str | None:
    """The item without add-ons that a row is a part of; None for one that add-ons alone make."""
    if row.origin is None:
        return row.id
    found: str | None = row.origin["item"]
    return found


def lasting_of(row: SubscriptionItem, phase: Period) -> Period:
    """When a row is in force, within its phase."""
    return span(row.active_from or phase.start, row.active_to).intersect(phase)


def _lay_over_item(ctx: Context, phase: PhaseRows, lasting: Period, key: str, layers: Layers, at: datetime) -> None:
    history = [row for row in phase.items if row.key == key]
    ahead = [part for part in _parts(history, lasting, key, layers) if part.lasting.end > at]
    kept, gone = _kept(ctx, history, lasting, at)
    if kept and lasting_of(kept[-1], lasting).end >= at:
        goes_on = bool(ahead) and ahead[0].goes_on(kept[-1])
        end = ahead.pop(0).lasting.end if goes_on else max(at, kept[-1].active_from or lasting.start)
        kept[-1].active_to = None if end == lasting.end else end
        ctx.session.add(kept[-1])
    if len(ahead) == len(gone) and all(
        part.goes_on(row) and part.lasting == lasting_of(row, lasting) for part, row in zip(ahead, gone, strict=True)
    ):
        return
    for row in gone:
        ctx.session.delete(row)
    ctx.session.flush()
    places = {row.key: row.position for row in phase.items}
    place = places.get(key, max(places.values(), default=-1) + 1)
    rows = (_row(phase.row.id, part, lasting, at, place) for part in ahead)
    for version, row in enumerate(rows, start=len(kept)):
        row.version = version
        ctx.session.add(row)
    ctx.session.flush()


def _parts(history: Sequence[SubscriptionItem], lasting: Period, key: str, layers: Layers) -> list[_Part]:
    """The whole history of one key with all add-ons over it, made anew from what is sold without them."""
    without: dict[str, list[SubscriptionItem]] = {}
    for row in history:
        sold = item_of(row)
        if sold is not None:
            without.setdefault(sold, []).append(row)
    items = [Sold(sold, _whole([lasting_of(row, lasting) for row in rows])) for sold, rows in without.items()]
    cards = {sold: _card_without(rows[0]) for sold, rows in without.items()}
    return [_part(stretch, cards, key, layers) for stretch in stretches(lasting, items, layers.of_key(key))]


def _whole(parts: Sequence[Period]) -> Period:
    return Period(min(part.start for part in parts), max(part.end for part in parts))


def _part(stretch: Stretch, cards: Mapping[str, RateCardTerms], key: str, layers: Layers) -> _Part:
    own = None if stretch.sold is None else cards[stretch.sold]
    kept = card_columns(own, 0, own.feature_id) if own is not None and stretch.additions else None
    return _Part(stretch.lasting, layers.card(own, key, stretch.additions), {"item": stretch.sold, "card": kept})


def _card_without(row: SubscriptionItem) -> RateCardTerms:
    """What is sold without the add-ons that lie over it."""
    under = None if row.origin is None else row.origin["card"]
    return card_terms(row if under is None else Card(**under))


def _kept(
    ctx: Context, history: Sequence[SubscriptionItem], lasting: Period, at: datetime
) -> tuple[list[SubscriptionItem], list[SubscriptionItem]]:
    """The rows that stay because they have begun, and those that never will; what begins just now loses its length."""
    kept: list[SubscriptionItem] = []
    gone: list[SubscriptionItem] = []
    for row in history:
        start = row.active_from or lasting.start
        if start >= at and start > ctx.now:
            gone.append(row)
            continue
        if start >= at:
            row.active_to = start
            ctx.session.add(row)
        kept.append(row)
    return kept, gone


def _row(phase_id: str, part: _Part, lasting: Period, at: datetime, place: int) -> SubscriptionItem:
    start, end = max(part.lasting.start, at), part.lasting.end
    row = item_row(
        phase_id,
        part.card,
        place,
        active_from=None if start == lasting.start else start,
        active_to=None if end == lasting.end else end,
    )
    row.origin = part.origin
    return row
