"""The drawer on a plan's page in which an add-on is offered with it: which one, from which phase, how many."""

from dataclasses import dataclass, replace

from backend.catalog.addon_rows import Offer
from backend.catalog.filters import AddonFilter
from backend.catalog.models import InstanceType
from backend.catalog.service import addons, offers, plans
from backend.catalog.terms import OfferTerms
from backend.engine.subscribe.status import AddonStatus
from backend.errors import Invalid
from backend.infra.context import Context

MOST_ADDONS = 200
NO_LIMIT = ""
LONGEST_NUMBER = 9


@dataclass(frozen=True)
class OfferForm:
    """An offer that is being written; an empty `offer_id` is a new one, an empty `most` has no limit."""

    offer_id: str = ""
    addon_id: str = ""
    addon: str = ""
    from_phase: str = ""
    most: str = NO_LIMIT


@dataclass(frozen=True)
class Choices:
    """What an offer can be made of: add-ons on sale in the plan's currency, and the plan's phases."""

    addons: tuple[tuple[str, str], ...] = ()
    several: tuple[str, ...] = ()
    phases: tuple[tuple[str, str], ...] = ()


def choices(ctx: Context, plan_id: str) -> Choices:
    """The add-ons that the plan does not offer yet."""
    plan = plans.get(ctx, plan_id)
    wanted = AddonFilter(
        statuses=(AddonStatus.ACTIVE.value,), currencies=(plan.row.currency,), order_by="name", limit=MOST_ADDONS
    )
    taken = {offer.addon.row.id for offer in offers.of_plan(ctx, plan_id)}
    found = [version for version in addons.list_addons(ctx, wanted)[0] if version.row.id not in taken]
    return Choices(
        addons=tuple((version.row.id, version.row.name) for version in found),
        several=tuple(version.row.id for version in found if version.terms.instance_type is InstanceType.MULTIPLE),
        phases=tuple((phase.key, phase.name) for phase in plan.terms.phases),
    )


def form_of(offer: Offer) -> OfferForm:
    """The form of a stored offer."""
    most = offer.terms.max_quantity
    return OfferForm(
        offer_id=offer.row.id,
        addon_id=offer.addon.row.id,
        addon=offer.addon.row.name,
        from_phase=offer.terms.from_phase,
        most=str(most) if most else NO_LIMIT,
    )


def save(ctx: Context, plan_id: str, form: OfferForm) -> Offer:
    """Make or change the offer. Raises Invalid with every reason why the two do not go together."""
    if not form.offer_id:
        return offers.create(ctx, plan_id, form.addon_id, OfferTerms(form.from_phase, _most(form)))
    present = offers.get(ctx, plan_id, form.offer_id)
    terms = replace(present.terms, from_phase=form.from_phase, max_quantity=_most(form))
    return offers.update(ctx, plan_id, form.offer_id, terms)


def _most(form: OfferForm) -> int | None:
    text = form.most.strip().replace(",", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise Invalid("The largest quantity is a whole number.")
    return int(text)
