"""How the terms of an add-on become rows of rate cards, and rows become terms again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backend.catalog import repository
from backend.catalog.card_rows import card_columns, card_terms
from backend.catalog.models import Addon, AddonRateCard, InstanceType, PlanAddon
from backend.catalog.terms import AddonTerms, OfferTerms
from backend.engine.subscribe.status import AddonStatus, addon_status
from backend.errors import Issue
from backend.infra.context import Context


@dataclass(frozen=True, slots=True)
class AddonVersion:
    """One version of an add-on with its terms, as it stood when read; `issues` are what keeps a draft from sale."""

    row: Addon
    terms: AddonTerms
    status: AddonStatus
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """An add-on as one plan offers it; `issues` are what keeps the two from going together."""

    row: PlanAddon
    terms: OfferTerms
    addon: AddonVersion
    issues: tuple[Issue, ...] = ()


def put_addon_terms(ctx: Context, addon: Addon, terms: AddonTerms, feature_ids: Mapping[str, str]) -> None:
    """Write terms into an add-on in place of what it had."""
    addon.name = terms.name
    addon.description = terms.description
    addon.labels = dict(terms.labels)
    addon.instance_type = terms.instance_type
    addon.updated_at = ctx.now
    ctx.session.add(addon)
    ctx.session.flush()
    repository.remove_addon_rate_cards(ctx, addon.id)
    ctx.session.add_all(
        AddonRateCard(addon_id=addon.id, **card_columns(card, index, feature_ids.get(card.feature_key or "")))
        for index, card in enumerate(terms.rate_cards)
    )
    ctx.session.flush()


def read_addon_terms(ctx: Context, addons: Iterable[Addon]) -> dict[str, AddonTerms]:
    """The terms of add-ons, by add-on id, read at once."""
    rows = {addon.id: addon for addon in addons}
    cards: dict[str, list[AddonRateCard]] = defaultdict(list)
    for card in repository.addon_rate_cards(ctx, rows):
        cards[card.addon_id].append(card)
    return {
        addon.id: AddonTerms(
            name=addon.name,
            instance_type=InstanceType(addon.instance_type),
            rate_cards=tuple(card_terms(card) for card in cards[addon.id]),
            description=addon.description,
            labels=addon.labels,
        )
        for addon in rows.values()
    }


def addon_status_of(addon: Addon, ctx: Context) -> AddonStatus:
    """The status of an add-on at the instant of the unit of work."""
    return addon_status(addon.effective_from, addon.effective_to, ctx.now)


def offer_terms(row: PlanAddon) -> OfferTerms:
    """The terms that a row holds."""
    return OfferTerms(
        from_phase=row.from_phase,
        max_quantity=row.max_quantity,
        name=row.name,
        description=row.description,
        labels=row.labels,
    )
