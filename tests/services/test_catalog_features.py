"""Features: their keys, their meters, and what archiving means."""

from dataclasses import replace
from typing import Any

import pytest

from backend.catalog.filters import FeatureFilter
from backend.catalog.service import delete_meter, features
from backend.catalog.terms import FeatureInput
from backend.engine.meter.definition import Aggregation
from backend.errors import Conflict, Invalid, NotFound
from backend.infra.columns import new_id
from backend.metering import service as metering
from backend.metering.service import MeterInput
from tests.conftest import Work
from tests.shop import TOKENS, at, draft, one_phase, tokens_feature

NOON = at("2026-01-01 12:00")


def test_a_feature_is_found_by_id_and_by_key(work: Work) -> None:
    with work(now=NOON) as ctx:
        made = tokens_feature(ctx)
    with work(writing=False) as ctx:
        assert features.get(ctx, made.id).key == "tokens"
        assert features.get(ctx, "tokens").id == made.id
        assert features.get(ctx, "tokens").meter_slug == "tokens"
        assert features.get(ctx, "tokens").created_at == NOON
        with pytest.raises(NotFound, match="nothing"):
            features.get(ctx, "nothing")


def test_a_key_is_taken_until_its_feature_is_archived(work: Work) -> None:
    with work(now=NOON) as ctx:
        first = features.create(ctx, FeatureInput("sso", "SSO"))
        with pytest.raises(Conflict) as refused:
            features.create(ctx, FeatureInput("sso", "SSO again"))
        assert refused.value.facts == {"conflictingEntityId": first.id}
        features.archive(ctx, "sso")
        second = features.create(ctx, FeatureInput("sso", "SSO again"))
        assert features.get(ctx, "sso").id == second.id
        assert features.get(ctx, first.id).archived_at == NOON


def test_of_several_archived_features_the_key_means_the_latest(work: Work) -> None:
    made = []
    for day in (1, 2):
        with work(now=at(f"2026-01-0{day}")) as ctx:
            made.append(features.create(ctx, FeatureInput("sso", "SSO")).id)
            features.archive(ctx, "sso")
    with work(writing=False) as ctx:
        assert features.get(ctx, "sso").id == made[-1]


def test_archiving_twice_keeps_the_first_instant(work: Work) -> None:
    with work(now=NOON) as ctx:
        feature = features.create(ctx, FeatureInput("sso", "SSO"))
        features.archive(ctx, feature.id)
    with work(now=at("2026-01-02")) as ctx:
        assert features.archive(ctx, feature.id).archived_at == NOON


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (FeatureInput("f", "F", meter="peak"), "MAX"),
        (FeatureInput("f", "F", meter="tokens", meter_filters={"region": "eu"}), "not grouped by region"),
        (FeatureInput("f", "F", meter_filters={"model": "a"}), "need a meter"),
        (FeatureInput(new_id().lower(), "F"), "looks like an id"),
    ],
)
def test_a_feature_that_cannot_be_measured_is_refused(work: Work, wanted: FeatureInput, message: str) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        metering.create_meter(ctx, MeterInput("peak", Aggregation.MAX, "prompt", "$.tokens"))
        with pytest.raises(Invalid, match=message):
            features.create(ctx, wanted)


def test_a_feature_needs_a_meter_that_exists(work: Work) -> None:
    with work() as ctx:
        with pytest.raises(NotFound):
            features.create(ctx, FeatureInput("f", "F", meter="nothing"))
        gone = metering.create_meter(ctx, MeterInput("gone", Aggregation.COUNT, "prompt"))
        metering.delete_meter(ctx, "gone")
        with pytest.raises(NotFound, match="deleted"):
            features.create(ctx, FeatureInput("f", "F", meter=gone.id))


def test_a_meter_stays_while_a_feature_uses_it(work: Work) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        with pytest.raises(Conflict, match="features tokens"):
            delete_meter(ctx, "tokens")
        features.archive(ctx, "tokens")
        delete_meter(ctx, "tokens")
        with pytest.raises(NotFound):
            metering.get_meter(ctx, "tokens")


def test_lists_are_filtered_sorted_and_paged(work: Work) -> None:
    with work() as ctx:
        tokens_feature(ctx)
        for key in ("beta", "alpha"):
            features.create(ctx, FeatureInput(key, key.title()))
        features.archive(ctx, "beta")
    with work(writing=False) as ctx:

        def keys(**wanted: Any) -> list[str]:
            return [found.key for found in features.list_features(ctx, FeatureFilter(**wanted))[0]]

        assert keys(order_by="key") == ["alpha", "tokens"]
        assert keys(order_by="key", include_archived=True, descending=True) == ["tokens", "beta", "alpha"]
        assert keys(meter_slugs=("tokens",)) == ["tokens"]
        assert keys(order_by="key", offset=1, limit=1) == ["tokens"]
        assert features.list_features(ctx, FeatureFilter(limit=1))[1] == 2


def test_namespaces_do_not_see_each_other(work: Work) -> None:
    with work() as ctx:
        made = features.create(ctx, FeatureInput("sso", "SSO"))
    with work("other") as ctx:
        with pytest.raises(NotFound):
            features.get(ctx, made.id)
        assert features.create(ctx, FeatureInput("sso", "SSO")).id != made.id


def test_rate_cards_may_name_features_by_their_id(work: Work) -> None:
    with work() as ctx:
        feature = tokens_feature(ctx)
        by_id = replace(TOKENS, feature_key=None, feature_id=feature.id)
        saved = draft(ctx, terms=one_phase(by_id)).terms.phases[0].rate_cards[0]
        assert (saved.feature_key, saved.feature_id) == ("tokens", feature.id)
        features.archive(ctx, feature.id)
        features.create(ctx, FeatureInput("tokens", "Tokens again", meter="tokens"))
        for feature_id, code in (
            (feature.id, "rate_card_feature_archived"),
            ("nobody", "rate_card_feature_not_found"),
        ):
            wanted = one_phase(replace(by_id, feature_id=feature_id))
            with pytest.raises(Invalid) as refused:
                draft(ctx, "other", wanted)
            assert [issue.code for issue in refused.value.issues] == [code]
