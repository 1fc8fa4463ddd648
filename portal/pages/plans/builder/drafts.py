"""Drafts of plans as the builder opens, checks, saves and publishes them."""

from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import plans
from backend.catalog.service.advice import advise
from backend.catalog.terms import PlanTerms
from backend.errors import Conflict, Issue
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from portal.pages.plans.builder.form import PlanForm
from portal.pages.plans.builder.reading import Reading, read_form
from portal.pages.plans.consequences import on_publish
from portal.rate_cards.advice import worth_saying
from portal.rate_cards.drafting import Look, Opened, key_taken


def draft(ctx: Context, plan_id: str) -> PlanVersion | None:
    """The draft to edit; None for a new plan. Raises NotFound, Conflict when it was published."""
    if not plan_id:
        return None
    draft = plans.get(ctx, plan_id)
    if draft.row.deleted_at is not None or draft.status not in plans.CHANGEABLE:
        raise Conflict(f"Version {draft.row.version} of {draft.row.name} was published: make a new version instead.")
    return draft


def opened(draft: PlanVersion) -> Opened:
    """What the builder remembers of a draft."""
    return Opened(draft.row.id, f"Version {draft.row.version}", draft.row.updated_at.isoformat())


def look(ctx: Context, reading: Reading, *, is_new: bool) -> Look:
    """What is wrong with a plan, and what is odd about it although nothing is wrong."""
    issues = [*_clash(ctx, reading.wanted.key, is_new=is_new), *plans.check(ctx, reading.wanted)]
    return Look(reading.problems, issues, worth_saying(advise(ctx, reading.wanted), reading.problems))


def question(ctx: Context, key: str) -> str:
    """What publishing would change."""
    known = plans.versions(ctx, [key]).get(key, [])
    return on_publish(known, subscriptions.count_by_plan(ctx, [row.id for row, _ in known]))


def save(ctx: Context, form: PlanForm, opened: Opened, *, publish: bool) -> PlanVersion:
    """Create the plan, or replace the terms of the draft that was opened; then publish it if asked to."""
    if opened.id:
        saved = plans.update(ctx, opened.id, _terms(ctx, form, opened))
    else:
        wanted = read_form(form).wanted
        for clash in _clash(ctx, wanted.key, is_new=True):
            raise Conflict(clash.message)
        saved = plans.create(ctx, wanted)
    return plans.publish(ctx, saved.row.id) if publish else saved


def _clash(ctx: Context, key: str, *, is_new: bool) -> list[Issue]:
    return key_taken(plans.versions(ctx, [key]), "a plan") if is_new else []


def _terms(ctx: Context, form: PlanForm, opened: Opened) -> PlanTerms:
    stored = plans.get(ctx, opened.id)
    if stored.row.updated_at.isoformat() != opened.changed_at:
        raise Conflict("Somebody changed this draft after you opened it. Load the page again to see the change.")
    return read_form(form, stored.terms).wanted.terms
