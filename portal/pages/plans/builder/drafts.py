"""Drafts as the builder opens, checks, saves and publishes them."""

from dataclasses import dataclass

from backend.catalog.filters import FeatureFilter
from backend.catalog.plan_rows import PlanVersion
from backend.catalog.service import features as catalog_features
from backend.catalog.service import plans
from backend.catalog.service.advice import advise
from backend.catalog.terms import PlanTerms
from backend.errors import Conflict, Issue
from backend.infra.context import Context
from backend.subscriptions import service as subscriptions
from portal.pages.plans.builder.form import PlanForm
from portal.pages.plans.builder.reading import Reading, read_form
from portal.pages.plans.consequences import on_publish
from portal.rate_cards.advice import Advice, worth_saying

MOST_FEATURES = 500


@dataclass(frozen=True)
class Opened:
    """A draft as it was when the builder opened it; `changed_at` tells whether somebody else changed it since."""

    plan_id: str = ""
    version: str = ""
    changed_at: str = ""


def features(ctx: Context) -> tuple[list[list[str]], list[str]]:
    """The features in use as (key, name), and the keys of those with a meter."""
    found, _ = catalog_features.list_features(ctx, FeatureFilter(order_by="name", limit=MOST_FEATURES))
    metered = [feature.key for feature in found if feature.meter_id is not None]
    return [[feature.key, feature.name] for feature in found], metered


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


def issues(ctx: Context, reading: Reading, *, is_new: bool) -> list[Issue]:
    """Everything the catalog says against a plan, and whether a new plan's key is taken."""
    wanted = reading.wanted
    taken = is_new and plans.versions(ctx, [wanted.key]).get(wanted.key)
    clash = Issue("key", "key_taken", "There is a plan with this key: choose another key, or make its next version.")
    return [*([clash] if taken else []), *plans.check(ctx, wanted)]


def look_at(ctx: Context, reading: Reading, *, is_new: bool) -> tuple[list[Issue], list[Advice]]:
    """What is wrong with a plan, and what is odd about it although nothing is wrong."""
    found = advise(ctx, reading.wanted)
    return issues(ctx, reading, is_new=is_new), worth_saying(found, reading.problems)


def question(ctx: Context, key: str) -> str:
    """What publishing would change."""
    known = plans.versions(ctx, [key]).get(key, [])
    return on_publish(known, subscriptions.count_by_plan(ctx, [row.id for row, _ in known]))


def save(ctx: Context, form: PlanForm, opened: Opened, *, publish: bool) -> PlanVersion:
    """Create the plan, or replace the terms of the draft that was opened; then publish it if asked to."""
    if not opened.plan_id:
        reading = read_form(form)
        clash = next((issue for issue in issues(ctx, reading, is_new=True) if issue.code == "key_taken"), None)
        if clash:
            raise Conflict(clash.message)
        saved = plans.create(ctx, reading.wanted)
    else:
        saved = plans.update(ctx, opened.plan_id, _terms(ctx, form, opened))
    return plans.publish(ctx, saved.row.id) if publish else saved


def _terms(ctx: Context, form: PlanForm, opened: Opened) -> PlanTerms:
    stored = plans.get(ctx, opened.plan_id)
    if stored.row.updated_at.isoformat() != opened.changed_at:
        raise Conflict("Somebody changed this draft after you opened it. Load the page again to see the change.")
    return read_form(form, stored.terms).wanted.terms
