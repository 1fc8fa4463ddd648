"""The features that rate cards name, by key or by id."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from backend.catalog import repository
from backend.catalog.models import Feature
from backend.catalog.rate_card_validation import FeatureFacts, Features
from backend.catalog.terms import PlanTerms, RateCardTerms
from backend.infra.context import Context


@dataclass(frozen=True, slots=True)
class NamedFeatures:
    """What is known of the features that some rate cards name."""

    found: tuple[Feature, ...]

    @property
    def facts(self) -> Features:
        """What the rules need to know, by key; archived ones also by id, for their key may be another's now."""
        known = {
            feature.key: FeatureFacts(feature.id, feature.meter_id is not None, feature.archived_at is not None)
            for feature in self.found
        }
        by_id = {
            feature.id: FeatureFacts(feature.id, feature.meter_id is not None, True)
            for feature in self.found
            if feature.archived_at is not None
        }
        return known | by_id

    @property
    def ids(self) -> dict[str, str]:
        """Key → id of the feature that a saved rate card refers to."""
        return {feature.key: feature.id for feature in self.found}


def named_by(ctx: Context, cards: Iterable[RateCardTerms]) -> NamedFeatures:
    """The features that rate cards name; of each key the one in use comes last, else the one archived last."""
    offered = list(cards)
    keys = {card.feature_key for card in offered if card.feature_key}
    by_id = repository.features_by_id(
        ctx, (card.feature_id for card in offered if card.feature_id and not card.feature_key)
    )
    by_key = repository.features_by_key(ctx, keys)
    return NamedFeatures((*by_id, *by_key))


def with_keys(ctx: Context, cards: tuple[RateCardTerms, ...]) -> tuple[RateCardTerms, ...]:
    """Rate cards that name a feature in use by its id alone, with the feature's key."""
    ids = {card.feature_id for card in cards if card.feature_id and not card.feature_key}
    keys = {found.id: found.key for found in repository.features_by_id(ctx, ids) if found.archived_at is None}
    return tuple(
        replace(card, feature_key=keys[card.feature_id])
        if card.feature_key is None and card.feature_id in keys
        else card
        for card in cards
    )


def plan_with_keys(ctx: Context, terms: PlanTerms) -> PlanTerms:
    """The terms of a plan, with the keys of all features that rate cards name by id."""
    phases = tuple(replace(phase, rate_cards=with_keys(ctx, phase.rate_cards)) for phase in terms.phases)
    return replace(terms, phases=phases)


def with_features(ctx: Context, cards: tuple[RateCardTerms, ...]) -> tuple[RateCardTerms, ...]:
    """Rate cards that are sold without a plan, with both the key and the id of the features they name."""
    named = with_keys(ctx, cards)
    ids = named_by(ctx, named).ids
    return tuple(replace(card, feature_id=ids.get(card.feature_key or "")) for card in named)
