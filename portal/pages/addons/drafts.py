"""Drafts of add-ons as the builder opens, checks, saves and publishes them."""

from backend.catalog.addon_rows import AddonVersion
from backend.catalog.lint import lint_addon
from backend.catalog.service import addons
from backend.catalog.terms import AddonTerms
from backend.engine.subscribe.status import AddonStatus
from backend.errors import Conflict, Issue
from backend.infra.context import Context
from portal.pages.addons.consequences import on_publish
from portal.pages.addons.form import AddonForm, AddonReading, read_form
from portal.rate_cards.advice import worth_saying
from portal.rate_cards.drafting import Look, Opened, key_taken


def draft(ctx: Context, addon_id: str) -> AddonVersion | None:
    """The draft to edit; None for a new add-on. Raises NotFound, Conflict when it was published."""
    if not addon_id:
        return None
    draft = addons.get(ctx, addon_id)
    if draft.row.deleted_at is not None or draft.status is not AddonStatus.DRAFT:
        raise Conflict(f"Version {draft.row.version} of {draft.row.name} was published: make a new version instead.")
    return draft


def opened(draft: AddonVersion) -> Opened:
    """What the builder remembers of a draft."""
    return Opened(draft.row.id, f"Version {draft.row.version}", draft.row.updated_at.isoformat())


def look(ctx: Context, reading: AddonReading, *, is_new: bool) -> Look:
    """What is wrong with an add-on, and what is odd about it although nothing is wrong."""
    wanted = reading.wanted
    issues = [*_clash(ctx, wanted.key, is_new=is_new), *addons.check(ctx, wanted)]
    found = lint_addon(wanted.currency, wanted.terms)
    return Look(reading.problems, issues, worth_saying(found, reading.problems))


def question(ctx: Context, key: str) -> str:
    """What publishing would change."""
    return on_publish(ctx, addons.versions(ctx, [key]).get(key, []))


def save(ctx: Context, form: AddonForm, opened: Opened, *, publish: bool) -> AddonVersion:
    """Create the add-on, or replace the terms of the draft that was opened; then publish it if asked to."""
    if opened.id:
        saved = addons.update(ctx, opened.id, _terms(ctx, form, opened))
    else:
        wanted = read_form(form).wanted
        for clash in _clash(ctx, wanted.key, is_new=True):
            raise Conflict(clash.message)
        saved = addons.create(ctx, wanted)
    return addons.publish(ctx, saved.row.id) if publish else saved


def _clash(ctx: Context, key: str, *, is_new: bool) -> list[Issue]:
    return key_taken(addons.versions(ctx, [key]), "an add-on") if is_new else []


def _terms(ctx: Context, form: AddonForm, opened: Opened) -> AddonTerms:
    stored = addons.get(ctx, opened.id)
    if stored.row.updated_at.isoformat() != opened.changed_at:
        raise Conflict("Somebody changed this draft after you opened it. Load the page again to see the change.")
    return read_form(form, stored.terms).wanted.terms
