"""Which add-ons go with which plans, asked for many at once: what the portal's lists show."""

from dataclasses import replace

from backend.catalog.addon_rows import AddonVersion
from backend.catalog.models import InstanceType
from backend.catalog.service import addons, offers, plans
from backend.catalog.terms import AddonInput, AddonTerms, OfferTerms
from backend.infra.context import Context
from tests.conftest import Work
from tests.shop import FEE, draft, on_sale, one_phase

TERMS = one_phase(FEE)


def sell(ctx: Context, key: str) -> AddonVersion:
    """An add-on on sale that can be had several times."""
    terms = AddonTerms(key.title(), InstanceType.MULTIPLE, (replace(FEE, key=key, name=key.title()),))
    return addons.publish(ctx, addons.create(ctx, AddonInput(key, "USD", terms)).row.id)


def test_what_several_plans_offer_is_found_at_once(work: Work) -> None:
    with work() as ctx:
        small, large, bare = (draft(ctx, key, TERMS).row.id for key in ("small", "large", "bare"))
        seats, support = sell(ctx, "seats").row.id, sell(ctx, "support").row.id
        offers.create(ctx, small, seats, OfferTerms("main"))
        offers.create(ctx, large, seats, OfferTerms("main", max_quantity=5))
        offers.create(ctx, large, support, OfferTerms("main"))
        found = offers.of_plans(ctx, [small, large, bare])
        assert {plan: [offer.addon.row.key for offer in offered] for plan, offered in found.items()} == {
            small: ["seats"],
            large: ["seats", "support"],
        }
        assert found[large][0].terms.max_quantity == 5


def test_an_add_on_knows_the_plans_that_offer_it_and_are_not_archived(work: Work) -> None:
    with work() as ctx:
        addon, kept, ended = sell(ctx, "seats").row.id, draft(ctx, "kept", TERMS).row.id, on_sale(ctx, "ended", TERMS)
        for plan in (kept, ended.row.id):
            offers.create(ctx, plan, addon, OfferTerms("main", max_quantity=2))
        plans.archive(ctx, ended.row.id)
        [offering] = offers.plans_offering(ctx, [addon])[addon]
        assert (offering.row.id, offering.terms.from_phase, offering.terms.max_quantity) == (kept, "main", 2)
        assert offers.plans_offering(ctx, ["01J00000000000000000000000"]) == {}
