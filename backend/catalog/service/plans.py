"""Plans: drafts, their publication as numbered versions, and the end of their sale."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from backend.catalog import repository
from backend.catalog.filters import PlanFilter
from backend.catalog.models import Feature, Plan
from backend.catalog.plan_rows import PlanVersion, put_terms, read_terms, status_of
from backend.catalog.terms import PlanInput, PlanTerms
from backend.catalog.validation import FeatureFacts, is_critical, plan_issues
from backend.engine.subscribe.status import PlanStatus
from backend.errors import Conflict, Forbidden, Invalid, Issue, NotFound
from backend.infra.context import Context

CHANGEABLE = (PlanStatus.DRAFT, PlanStatus.SCHEDULED)


def create(ctx: Context, wanted: PlanInput) -> PlanVersion:
    """Create version 1 of a plan, or the next version of a key that exists, as a draft.

    Raises Invalid with all issues when one of them is critical, Conflict when the key has a draft already.
    """
    known = repository.versions(ctx, wanted.key, lock=True)
    _refuse_second_draft(known)
    features = _features_of(ctx, wanted.terms)
    _refuse_critical(plan_issues(wanted.currency, wanted.terms, _facts(features)))
    version = max((plan.version for plan in known), default=0) + 1
    plan = Plan(
        key=wanted.key,
        version=version,
        currency=wanted.currency,
        name=wanted.terms.name,
        billing_cadence=str(wanted.terms.billing_cadence),
    )
    put_terms(ctx, plan, wanted.terms, _ids(features))
    return _shown(ctx, plan)


def update(ctx: Context, plan_id: str, terms: PlanTerms) -> PlanVersion:
    """Replace the terms of a draft or of a version whose sale has not begun. Raises NotFound, Forbidden, Invalid."""
    plan = _living(ctx, plan_id, lock=True)
    if status_of(plan, ctx) not in CHANGEABLE:
        raise Forbidden(f"{_title(plan)} was published: create the next version instead of changing it.")
    features = _features_of(ctx, terms)
    _refuse_critical(plan_issues(plan.currency, terms, _facts(features)))
    put_terms(ctx, plan, terms, _ids(features))
    return _shown(ctx, plan)


def get(ctx: Context, id_or_key: str, version: int | None = None, *, latest: bool = False) -> PlanVersion:
    """A version by id (also a deleted one), or of a key: the numbered one, the one on sale now, or the latest.

    Raises NotFound.
    """
    plan = repository.plan(ctx, id_or_key) or _of_key(ctx, id_or_key, version, latest=latest)
    if plan is None:
        which = f"version {version}" if version else "version on sale"
        raise NotFound(f"There is no plan {id_or_key}, or it has no {which}.")
    return _shown(ctx, plan)


def list_plans(ctx: Context, wanted: PlanFilter | None = None) -> tuple[list[PlanVersion], int]:
    """One page of plan versions, and how many there are in all."""
    plans, total = repository.list_plans(ctx, wanted or PlanFilter())
    return _shown_all(ctx, plans), total


def versions(ctx: Context, keys: Iterable[str]) -> dict[str, list[tuple[Plan, PlanStatus]]]:
    """Key → its versions that are not deleted, oldest first, each with its status."""
    found: dict[str, list[tuple[Plan, PlanStatus]]] = {}
    for plan in repository.living_versions(ctx, keys):
        found.setdefault(plan.key, []).append((plan, status_of(plan, ctx)))
    return found


def check(ctx: Context, wanted: PlanInput) -> tuple[Issue, ...]:
    """Everything that is wrong with a plan that is being written; nothing is saved."""
    return tuple(plan_issues(wanted.currency, wanted.terms, _facts(_features_of(ctx, wanted.terms))))


def publish(ctx: Context, plan_id: str) -> PlanVersion:
    """Put a draft on sale from now on; the version on sale until now ends at the same instant.

    Raises Invalid with every issue when the plan is not fully valid, Forbidden when it is not a draft, NotFound.
    Concurrent publications of one key follow each other. Source: billing spec 1.2.
    """
    plan = _living(ctx, plan_id, lock=True)
    if status_of(plan, ctx) not in CHANGEABLE:
        raise Forbidden(f"{_title(plan)} is {status_of(plan, ctx)}: only a draft can be published.")
    terms = read_terms(ctx, [plan])[plan.id]
    features = _features_of(ctx, terms)
    issues = plan_issues(plan.currency, terms, _facts(features))
    if issues:
        raise Invalid(f"{_title(plan)} cannot be published: {_summary(issues)}", issues=issues)
    for other in repository.versions(ctx, plan.key):
        if other.id != plan.id and other.deleted_at is None and status_of(other, ctx) is PlanStatus.ACTIVE:
            other.effective_to = ctx.now
            ctx.session.add(other)
    ctx.session.flush()
    plan.effective_from, plan.effective_to = ctx.now, None
    put_terms(ctx, plan, terms, _ids(features))
    return _shown(ctx, plan)


def archive(ctx: Context, plan_id: str) -> PlanVersion:
    """End the sale of the version on sale; subscriptions to it go on. Raises NotFound, Forbidden."""
    plan = _living(ctx, plan_id, lock=True)
    if status_of(plan, ctx) is not PlanStatus.ACTIVE:
        raise Forbidden(f"{_title(plan)} is {status_of(plan, ctx)}: only a plan on sale can be archived.")
    plan.effective_to = ctx.now
    ctx.session.add(plan)
    return _shown(ctx, plan)


def delete(ctx: Context, plan_id: str) -> None:
    """Remove a version that is not on sale; its number is never used again. Raises NotFound, Forbidden."""
    plan = _living(ctx, plan_id, lock=True)
    if status_of(plan, ctx) is PlanStatus.ACTIVE:
        raise Forbidden(f"{_title(plan)} is on sale: archive it before deleting it.")
    plan.deleted_at = ctx.now
    ctx.session.add(plan)


def next_version(ctx: Context, id_or_key: str) -> PlanVersion:
    """Copy a version (by id), or the latest one (by key), into a new draft. Raises NotFound, Conflict."""
    by_id = repository.plan(ctx, id_or_key)
    known = repository.versions(ctx, by_id.key if by_id else id_or_key, lock=True)
    living = [plan for plan in known if plan.deleted_at is None]
    source = next((plan for plan in reversed(living) if by_id is None or plan.id == by_id.id), None)
    if source is None:
        raise NotFound(f"There is no plan {id_or_key}.")
    return create(ctx, PlanInput(source.key, source.currency, read_terms(ctx, [source])[source.id]))


def _living(ctx: Context, plan_id: str, *, lock: bool) -> Plan:
    """A version that is not deleted; with a lock on all versions of its key.

    Who waited for the lock comes with an instant from before the other's change, at which a version just published
    still looks unpublished: Conflict.
    """
    plan = repository.plan(ctx, plan_id)
    if plan is not None and lock:
        repository.versions(ctx, plan.key, lock=True)
    if plan is None or plan.deleted_at is not None:
        raise NotFound(f"There is no plan {plan_id}.")
    if lock and plan.updated_at is not None and plan.updated_at > ctx.now:
        raise Conflict(f"{_title(plan)} was changed by another request at the same moment. Read it again, then retry.")
    return plan


def _of_key(ctx: Context, key: str, version: int | None, *, latest: bool) -> Plan | None:
    living = [plan for plan in repository.versions(ctx, key) if plan.deleted_at is None]
    if version is not None:
        return next((plan for plan in living if plan.version == version), None)
    if latest:
        return max(living, key=lambda plan: plan.version, default=None)
    return next((plan for plan in living if status_of(plan, ctx) is PlanStatus.ACTIVE), None)


def _features_of(ctx: Context, terms: PlanTerms) -> dict[str, Feature]:
    """The features that the rate cards name, by key: the one in use, else the one archived last."""
    keys = {card.feature_key for phase in terms.phases for card in phase.rate_cards if card.feature_key}
    return {feature.key: feature for feature in repository.features_by_key(ctx, keys)}


def _facts(features: dict[str, Feature]) -> dict[str, FeatureFacts]:
    return {
        key: FeatureFacts(feature.id, feature.meter_id is not None, feature.archived_at is not None)
        for key, feature in features.items()
    }


def _ids(features: dict[str, Feature]) -> dict[str, str]:
    return {key: feature.id for key, feature in features.items()}


def _refuse_second_draft(known: Iterable[Plan]) -> None:
    for plan in known:
        if plan.effective_from is None and plan.deleted_at is None:
            raise Conflict(f"{_title(plan)} is a draft; a plan has one draft at a time.", conflictingEntityId=plan.id)


def _refuse_critical(issues: Sequence[Issue]) -> None:
    if any(is_critical(issue) for issue in issues):
        raise Invalid(f"The plan is not valid: {_summary(issues)}", issues=issues)


def _summary(issues: Sequence[Issue]) -> str:
    shown = " ".join(issue.message for issue in issues[:3])
    return shown if len(issues) <= 3 else f"{shown} And {len(issues) - 3} more."


def _title(plan: Plan) -> str:
    return f"Version {plan.version} of plan {plan.key}"


def _shown(ctx: Context, plan: Plan) -> PlanVersion:
    return _shown_all(ctx, [plan])[0]


def _shown_all(ctx: Context, plans: Sequence[Plan]) -> list[PlanVersion]:
    """Plans with their terms and status; those that may still change also with what is wrong with them."""
    terms = read_terms(ctx, plans)
    shown = [PlanVersion(plan, terms[plan.id], status_of(plan, ctx)) for plan in plans]
    return [_with_issues(ctx, version) if version.status in CHANGEABLE else version for version in shown]


def _with_issues(ctx: Context, version: PlanVersion) -> PlanVersion:
    features = _facts(_features_of(ctx, version.terms))
    return replace(version, issues=tuple(plan_issues(version.row.currency, version.terms, features)))
