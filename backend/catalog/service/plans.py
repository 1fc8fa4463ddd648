"""Plans: drafts, their publication as numbered versions, and the end of their sale."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from backend.catalog import repository
from backend.catalog.filters import PlanFilter
from backend.catalog.models import Plan
from backend.catalog.plan_rows import PlanVersion, put_terms, read_terms, status_of
from backend.catalog.service import offers
from backend.catalog.service.card_features import NamedFeatures, named_by, plan_with_keys
from backend.catalog.service.versions import (
    find,
    is_on_sale,
    living,
    next_number,
    put_on_sale,
    refuse,
    refuse_critical,
    source_of_next,
    title,
)
from backend.catalog.terms import PlanInput, PlanTerms
from backend.catalog.validation import plan_issues
from backend.engine.subscribe.status import PlanStatus
from backend.errors import Forbidden, Issue
from backend.infra.context import Context

CHANGEABLE = (PlanStatus.DRAFT, PlanStatus.SCHEDULED)


def create(ctx: Context, wanted: PlanInput) -> PlanVersion:
    """Create version 1 of a plan, or the next version of a key that exists, as a draft.

    Raises Invalid with all issues when one of them is critical, Conflict when the key has a draft already.
    """
    version = next_number(ctx, Plan, wanted.key)
    terms = plan_with_keys(ctx, wanted.terms)
    named = _named(ctx, terms)
    refuse_critical("The plan is not valid", plan_issues(wanted.currency, terms, named.facts))
    plan = Plan(
        key=wanted.key,
        version=version,
        currency=wanted.currency,
        name=terms.name,
        billing_cadence=str(terms.billing_cadence),
    )
    put_terms(ctx, plan, terms, named.ids)
    return _shown(ctx, plan)


def update(ctx: Context, plan_id: str, terms: PlanTerms) -> PlanVersion:
    """Replace the terms of a draft or of a version whose sale has not begun. Raises NotFound, Forbidden, Invalid."""
    plan = living(ctx, Plan, plan_id)
    if status_of(plan, ctx) not in CHANGEABLE:
        raise Forbidden(f"{title(plan)} was published: create the next version instead of changing it.")
    terms = plan_with_keys(ctx, terms)
    named = _named(ctx, terms)
    refuse_critical("The plan is not valid", plan_issues(plan.currency, terms, named.facts))
    put_terms(ctx, plan, terms, named.ids)
    return _shown(ctx, plan)


def get(ctx: Context, id_or_key: str, version: int | None = None, *, latest: bool = False) -> PlanVersion:
    """A version by id (also a deleted one), or of a key: the numbered one, the one on sale now, or the latest.

    Raises NotFound.
    """
    return _shown(ctx, find(ctx, Plan, id_or_key, version, latest=latest))


def list_plans(ctx: Context, wanted: PlanFilter | None = None) -> tuple[list[PlanVersion], int]:
    """One page of plan versions, and how many there are in all."""
    plans, total = repository.list_versions(ctx, Plan, wanted or PlanFilter())
    return _shown_all(ctx, plans), total


def versions(ctx: Context, keys: Iterable[str]) -> dict[str, list[tuple[Plan, PlanStatus]]]:
    """Key → its versions that are not deleted, oldest first, each with its status."""
    found: dict[str, list[tuple[Plan, PlanStatus]]] = {}
    for plan in repository.living_versions(ctx, Plan, keys):
        found.setdefault(plan.key, []).append((plan, status_of(plan, ctx)))
    return found


def check(ctx: Context, wanted: PlanInput) -> tuple[Issue, ...]:
    """Everything that is wrong with a plan that is being written; nothing is saved."""
    terms = plan_with_keys(ctx, wanted.terms)
    return tuple(plan_issues(wanted.currency, terms, _named(ctx, terms).facts))


def check_update(ctx: Context, plan_id: str, terms: PlanTerms) -> tuple[Issue, ...]:
    """Everything that is wrong with new terms of a plan; nothing is saved. Raises NotFound."""
    plan = living(ctx, Plan, plan_id)
    return check(ctx, PlanInput(plan.key, plan.currency, terms))


def publish(ctx: Context, plan_id: str) -> PlanVersion:
    """Put a draft on sale from now on; the version on sale until now ends at the same instant.

    Raises Invalid with every issue when the plan is not fully valid or offers an add-on that does not fit, Forbidden
    when it is not a draft, NotFound. Concurrent publications of one key follow each other. Source: billing spec 1.2.
    """
    plan = living(ctx, Plan, plan_id)
    if status_of(plan, ctx) not in CHANGEABLE:
        raise Forbidden(f"{title(plan)} is {status_of(plan, ctx)}: only a draft can be published.")
    terms = read_terms(ctx, [plan])[plan.id]
    named = _named(ctx, terms)
    issues = [*plan_issues(plan.currency, terms, named.facts), *offers.publication_issues(ctx, plan, terms)]
    refuse(f"{title(plan)} cannot be published", issues)
    put_on_sale(ctx, plan)
    put_terms(ctx, plan, terms, named.ids)
    return _shown(ctx, plan)


def archive(ctx: Context, plan_id: str) -> PlanVersion:
    """End the sale of the version on sale; subscriptions to it go on. Raises NotFound, Forbidden."""
    plan = living(ctx, Plan, plan_id)
    if not is_on_sale(ctx, plan):
        raise Forbidden(f"{title(plan)} is {status_of(plan, ctx)}: only a plan on sale can be archived.")
    plan.effective_to = ctx.now
    ctx.session.add(plan)
    return _shown(ctx, plan)


def delete(ctx: Context, plan_id: str) -> None:
    """Remove a version that is not on sale; its number is never used again. Raises NotFound, Forbidden."""
    plan = living(ctx, Plan, plan_id)
    if is_on_sale(ctx, plan):
        raise Forbidden(f"{title(plan)} is on sale: archive it before deleting it.")
    plan.deleted_at = ctx.now
    ctx.session.add(plan)


def next_version(ctx: Context, id_or_key: str) -> PlanVersion:
    """Copy a version (by id), or the latest one (by key), into a new draft, with the add-ons on sale that it offers.

    Raises NotFound, Conflict.
    """
    source = source_of_next(ctx, Plan, id_or_key)
    made = create(ctx, PlanInput(source.key, source.currency, read_terms(ctx, [source])[source.id]))
    offers.copy(ctx, source, made.row)
    return made


def _named(ctx: Context, terms: PlanTerms) -> NamedFeatures:
    return named_by(ctx, (card for phase in terms.phases for card in phase.rate_cards))


def _shown(ctx: Context, plan: Plan) -> PlanVersion:
    return _shown_all(ctx, [plan])[0]


def _shown_all(ctx: Context, plans: Sequence[Plan]) -> list[PlanVersion]:
    """Plans with their terms and status; those that may still change also with what is wrong with them."""
    terms = read_terms(ctx, plans)
    shown = [PlanVersion(plan, terms[plan.id], status_of(plan, ctx)) for plan in plans]
    return [_with_issues(ctx, version) if version.status in CHANGEABLE else version for version in shown]


def _with_issues(ctx: Context, version: PlanVersion) -> PlanVersion:
    facts = _named(ctx, version.terms).facts
    issues = plan_issues(version.row.currency, version.terms, facts)
    return replace(version, issues=(*issues, *offers.publication_issues(ctx, version.row, version.terms)))
