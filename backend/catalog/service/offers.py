"""Which add-ons a plan offers, from which phase on, and how many of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.catalog import repository
from backend.catalog.addon_rows import AddonVersion, Offer, offer_terms
from backend.catalog.filters import OfferFilter
from backend.catalog.models import Addon, Plan, PlanAddon
from backend.catalog.offer_validation import AddonSide, PlanSide, offer_issues
from backend.catalog.plan_rows import read_terms, status_of
from backend.catalog.service import addons
from backend.catalog.service.versions import find, living, refuse, title
from backend.catalog.terms import OfferTerms, PlanTerms
from backend.engine.subscribe.status import AddonStatus, PlanStatus
from backend.errors import Conflict, Issue, NotFound
from backend.infra.context import Context


@dataclass(frozen=True, slots=True)
class OfferingPlan:
    """A plan version that offers an add-on, and on which terms."""

    row: Plan
    status: PlanStatus
    terms: OfferTerms


def create(ctx: Context, plan_id: str, addon_id: str, terms: OfferTerms) -> Offer:
    """Let buyers of a plan version take an add-on, from one of its phases on.

    Raises NotFound, Conflict when the plan offers it already, Invalid with every reason why the two do not go together.
    Source: billing spec 1.5.
    """
    plan = living(ctx, Plan, plan_id)
    addon = addons.get(ctx, living(ctx, Addon, addon_id).id)
    for other in repository.offers(ctx, [plan.id]):
        if other.addon_id == addon.row.id:
            raise Conflict(f"{title(plan)} offers {title(addon.row)} already.", conflictingEntityId=other.id)
    row = PlanAddon(plan_id=plan.id, addon_id=addon.row.id, from_phase=terms.from_phase)
    return _put(ctx, plan, addon, row, terms)


def update(ctx: Context, plan_id: str, offer: str, terms: OfferTerms) -> Offer:
    """Replace the terms of an offer, found by its id or the id or key of the add-on. Raises NotFound, Invalid."""
    plan = living(ctx, Plan, plan_id)
    present = _found(ctx, plan, offer)
    return _put(ctx, plan, present.addon, present.row, terms)


def get(ctx: Context, plan: str, offer: str) -> Offer:
    """What a plan (by id or key) offers, found by the offer's id or the id or key of the add-on. Raises NotFound."""
    return _found(ctx, find(ctx, Plan, plan), offer)


def list_offers(ctx: Context, plan: str, wanted: OfferFilter | None = None) -> tuple[list[Offer], int]:
    """One page of what a plan (by id or key) offers, and how many there are in all. Raises NotFound."""
    row = find(ctx, Plan, plan)
    found, total = repository.list_offers(ctx, row.id, wanted or OfferFilter())
    return _shown(ctx, row, found), total


def of_plan(ctx: Context, plan_id: str) -> list[Offer]:
    """Everything a plan version offers, oldest first. Raises NotFound."""
    row = find(ctx, Plan, plan_id)
    return _shown(ctx, row, repository.offers(ctx, [row.id]))


def of_plans(ctx: Context, plan_ids: Iterable[str]) -> dict[str, list[Offer]]:
    """What several plan versions offer, by plan id, without what may keep the two apart: for lists."""
    rows = repository.offers(ctx, plan_ids)
    offered = addons.by_id(ctx, {row.addon_id for row in rows})
    found: dict[str, list[Offer]] = {}
    for row in rows:
        found.setdefault(row.plan_id, []).append(Offer(row, offer_terms(row), offered[row.addon_id]))
    return found


def plans_offering(ctx: Context, addon_ids: Iterable[str]) -> dict[str, list[OfferingPlan]]:
    """Add-on id → the plan versions that offer it and have not been taken off sale."""
    found: dict[str, list[OfferingPlan]] = {}
    for plan, row in repository.plans_offering(ctx, addon_ids):
        status = status_of(plan, ctx)
        if status is not PlanStatus.ARCHIVED:
            found.setdefault(row.addon_id, []).append(OfferingPlan(plan, status, offer_terms(row)))
    return found


def delete(ctx: Context, plan_id: str, offer: str) -> None:
    """Offer an add-on no longer; who has it keeps it. Raises NotFound."""
    row = _found(ctx, living(ctx, Plan, plan_id), offer).row
    row.deleted_at = ctx.now
    ctx.session.add(row)


def copy(ctx: Context, source: Plan, target: Plan) -> None:
    """Let the next version of a plan offer what the one before offers, as far as it is on sale."""
    for offer in of_plan(ctx, source.id):
        if offer.addon.status is AddonStatus.ACTIVE:
            row = PlanAddon(plan_id=target.id, addon_id=offer.addon.row.id, from_phase=offer.terms.from_phase)
            _write(row, offer.terms)
            ctx.session.add(row)
    ctx.session.flush()


def publication_issues(ctx: Context, plan: Plan, terms: PlanTerms) -> Iterable[Issue]:
    """What keeps a plan from being published because of the add-ons it offers."""
    for index, offer in enumerate(_with_issues(ctx, plan, terms, repository.offers(ctx, [plan.id]))):
        for issue in offer.issues:
            message = f"Add-on {offer.addon.row.key} does not go together with the plan. {issue.message}"
            yield Issue(f"addons[{index}].{issue.field}", "plan_has_incompatible_addon", message)


def _put(ctx: Context, plan: Plan, addon: AddonVersion, row: PlanAddon, terms: OfferTerms) -> Offer:
    refuse("The plan cannot offer this add-on", _issues(ctx, plan, read_terms(ctx, [plan])[plan.id], addon, terms))
    _write(row, terms)
    ctx.session.add(row)
    ctx.session.flush()
    return Offer(row, terms, addon)


def _write(row: PlanAddon, terms: OfferTerms) -> None:
    row.from_phase = terms.from_phase
    row.max_quantity = terms.max_quantity
    row.name = terms.name
    row.description = terms.description
    row.labels = dict(terms.labels)


def _found(ctx: Context, plan: Plan, wanted: str) -> Offer:
    for offer in _shown(ctx, plan, repository.offers(ctx, [plan.id])):
        if wanted in (offer.row.id, offer.addon.row.id, offer.addon.row.key):
            return offer
    raise NotFound(f"{title(plan)} does not offer {wanted}.")


def _shown(ctx: Context, plan: Plan, rows: Sequence[PlanAddon]) -> list[Offer]:
    return _with_issues(ctx, plan, read_terms(ctx, [plan])[plan.id], rows) if rows else []


def _with_issues(ctx: Context, plan: Plan, plan_terms: PlanTerms, rows: Sequence[PlanAddon]) -> list[Offer]:
    offered = addons.by_id(ctx, [row.addon_id for row in rows])
    shown = []
    for row in rows:
        terms, addon = offer_terms(row), offered[row.addon_id]
        shown.append(Offer(row, terms, addon, tuple(_issues(ctx, plan, plan_terms, addon, terms))))
    return shown


def _issues(ctx: Context, plan: Plan, plan_terms: PlanTerms, addon: AddonVersion, terms: OfferTerms) -> Sequence[Issue]:
    return offer_issues(
        PlanSide(plan_terms, plan.currency, status_of(plan, ctx)),
        AddonSide(addon.terms, addon.row.currency, addon.status, addon.row.effective_to is None),
        terms,
    )
