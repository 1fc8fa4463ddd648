"""Lists of grants and access to many features, as in OpenMeter's own tests; the rest of grants.json is pure."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from backend.catalog.service import features
from backend.catalog.templates import BooleanTemplate, MeteredTemplate
from backend.catalog.terms import FeatureInput
from backend.engine.recurrence import MONTH
from backend.entitlements import service
from backend.entitlements.service import EntitlementInput, GrantFilter, grants
from backend.entitlements.service.grants import GrantInput
from backend.errors import Invalid
from tests.conftest import Work
from tests.engine.vectors import Case, cases
from tests.shop import at, customer, tokens_feature

START = at("2026-01-15 10:00")
ORDERS = {"id": "id", "createdAt": "created_at", "updatedAt": "updated_at", "effectiveAt": "effective_at"}


@pytest.mark.parametrize(("given", "expected"), cases("grants", "grant.list"))
def test_grants_are_listed(work: Work, given: Case, expected: Case) -> None:
    with work(now=START) as ctx:
        feature, owner = tokens_feature(ctx), customer(ctx)
        wanted = EntitlementInput(owner.id, feature, MeteredTemplate(), START, usage_period=MONTH)
        entitlement = service.create(ctx, wanted)
        made = []
        for wire in given["grants"]:
            minutes = wire["effectiveAt"].removeprefix("E").removeprefix("+").removesuffix("m") or "0"
            effective_at = START + timedelta(minutes=int(minutes))
            time.sleep(0.002)  # ids are in the order of their milliseconds
            made.append(grants.create(ctx, entitlement, GrantInput(Decimal(wire["amount"]), effective_at)))
        query = given["query"]
        size = query.get("pageSize")
        asked = GrantFilter(
            entitlement_id=entitlement.id,
            order_by=ORDERS[query["orderBy"]],
            descending=query.get("order") == "DESC",
            offset=0 if size is None else (query["page"] - 1) * size,
            limit=size,
        )
        if "error" in expected:
            with pytest.raises(Invalid, match=expected["error"]):
                grants.list_grants(ctx, asked)
            return
        found, total = grants.list_grants(ctx, asked)
    assert [row.amount for row in found] == expected["amounts"]
    assert total == expected.get("totalCount", len(made))


@pytest.mark.parametrize(("given", "expected"), cases("grants", "entitlement.access"))
def test_access_to_many_features(work: Work, given: Case, expected: Case) -> None:
    keys = [one["featureKey"] for one in given.get("entitlements", [])]
    keys += [f"feature_{number}" for number in range(given.get("count", 0))]
    with work(now=START) as ctx:
        owner = customer(ctx)
        for key in keys:
            feature = features.create(ctx, FeatureInput(key, key))
            service.create(ctx, EntitlementInput(owner.id, feature, BooleanTemplate(), START))
        found = service.access(ctx, owner)
    if "count" in expected:
        assert len(found) == expected["count"]
        assert all(value.has_access for value in found.values()) is expected["allHaveAccess"]
    else:
        assert {key: {"hasAccess": value.has_access} for key, value in found.items()} == expected
