"""Add-ons: drafts, their publication as numbered versions, and the end of their sale."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from backend.catalog import repository
from backend.catalog.addon_rows import AddonVersion, addon_status_of, put_addon_terms, read_addon_terms
from backend.catalog.filters import AddonFilter
from backend.catalog.models import Addon
from backend.catalog.service.card_features import named_by, with_keys
from backend.catalog.service.versions import (
    find,
    living,
    next_number,
    put_on_sale,
    refuse,
    refuse_critical,
    source_of_next,
    title,
)
from backend.catalog.terms import AddonInput, AddonTerms
from backend.catalog.validation import addon_issues
from backend.engine.subscribe.status import AddonStatus
from backend.errors import Conflict, Forbidden, Issue
from backend.infra.context import Context


def create(ctx: Context, wanted: AddonInput) -> AddonVersion:
    """Create version 1 of an add-on, or the next version of a key that exists, as a draft.

    Raises Invalid with all issues when one of them is critical, Conflict when the key has a draft already.
    """
    version = next_number(ctx, Addon, wanted.key)
    terms = _with_keys(ctx, wanted.terms)
    named = named_by(ctx, terms.rate_cards)
    refuse_critical("The add-on is not valid", addon_issues(wanted.currency, terms, named.facts))
    addon = Addon(
        key=wanted.key,
        version=version,
        currency=wanted.currency,
        name=terms.name,
        instance_type=terms.instance_type,
    )
    put_addon_terms(ctx, addon, terms, named.ids)
    return _shown(ctx, addon)


def update(ctx: Context, addon_id: str, terms: AddonTerms) -> AddonVersion:
    """Replace the terms of a draft. Raises NotFound, Forbidden, Invalid with all issues."""
    addon = living(ctx, Addon, addon_id)
    if addon_status_of(addon, ctx) is not AddonStatus.DRAFT:
        raise Forbidden(f"{title(addon)} was published: create the next version instead of changing it.")
    terms = _with_keys(ctx, terms)
    named = named_by(ctx, terms.rate_cards)
    refuse_critical("The add-on is not valid", addon_issues(addon.currency, terms, named.facts))
    put_addon_terms(ctx, addon, terms, named.ids)
    return _shown(ctx, addon)


def get(ctx: Context, id_or_key: str, version: int | None = None, *, latest: bool = False) -> AddonVersion:
    """A version by id (also a deleted one), or of a key: the numbered one, the one on sale now, or the latest.

    Raises NotFound.
    """
    return _shown(ctx, find(ctx, Addon, id_or_key, version, latest=latest))


def by_id(ctx: Context, ids: Iterable[str]) -> dict[str, AddonVersion]:
    """Versions by their id, also deleted ones; unknown ids are left out."""
    return {found.row.id: found for found in _shown_all(ctx, repository.versions_by_id(ctx, Addon, ids))}


def list_addons(ctx: Context, wanted: AddonFilter | None = None) -> tuple[list[AddonVersion], int]:
    """One page of versions of add-ons, and how many there are in all."""
    found, total = repository.list_versions(ctx, Addon, wanted or AddonFilter())
    return _shown_all(ctx, found), total


def versions(ctx: Context, keys: Iterable[str]) -> dict[str, list[tuple[Addon, AddonStatus]]]:
    """Key → its versions that are not deleted, oldest first, each with its status."""
    found: dict[str, list[tuple[Addon, AddonStatus]]] = {}
    for addon in repository.living_versions(ctx, Addon, keys):
        found.setdefault(addon.key, []).append((addon, addon_status_of(addon, ctx)))
    return found


def check(ctx: Context, wanted: AddonInput) -> tuple[Issue, ...]:
    """Everything that is wrong with an add-on that is being written; nothing is saved."""
    terms = _with_keys(ctx, wanted.terms)
    return tuple(addon_issues(wanted.currency, terms, named_by(ctx, terms.rate_cards).facts))


def check_update(ctx: Context, addon_id: str, terms: AddonTerms) -> tuple[Issue, ...]:
    """Everything that is wrong with new terms of an add-on; nothing is saved. Raises NotFound."""
    addon = living(ctx, Addon, addon_id)
    return check(ctx, AddonInput(addon.key, addon.currency, terms))


def publish(ctx: Context, addon_id: str) -> AddonVersion:
    """Put a draft on sale from now on; the version on sale until now ends at the same instant.

    Raises Invalid with every issue when the add-on is not fully valid, Forbidden when it is not a draft, NotFound.
    Concurrent publications of one key follow each other. Source: billing spec 1.5.
    """
    addon = living(ctx, Addon, addon_id)
    status = addon_status_of(addon, ctx)
    if status is not AddonStatus.DRAFT:
        raise Forbidden(f"{title(addon)} is {status}: only a draft can be published.")
    terms = read_addon_terms(ctx, [addon])[addon.id]
    named = named_by(ctx, terms.rate_cards)
    refuse(f"{title(addon)} cannot be published", addon_issues(addon.currency, terms, named.facts))
    put_on_sale(ctx, addon)
    put_addon_terms(ctx, addon, terms, named.ids)
    return _shown(ctx, addon)


def archive(ctx: Context, addon_id: str) -> AddonVersion:
    """End the sale of the version on sale; who has it keeps it. Raises NotFound, Forbidden."""
    addon = living(ctx, Addon, addon_id)
    status = addon_status_of(addon, ctx)
    if status is not AddonStatus.ACTIVE:
        raise Forbidden(f"{title(addon)} is {status}: only an add-on on sale can be archived.")
    addon.effective_to = ctx.now
    ctx.session.add(addon)
    return _shown(ctx, addon)


def delete(ctx: Context, addon_id: str) -> None:
    """Remove a version that is not on sale; its number is never used again.

    Raises NotFound, Forbidden, or Conflict while a plan offers it.
    """
    addon = living(ctx, Addon, addon_id)
    if addon_status_of(addon, ctx) is AddonStatus.ACTIVE:
        raise Forbidden(f"{title(addon)} is on sale: archive it before deleting it.")
    offering = repository.plans_offering(ctx, [addon.id])
    if offering:
        plans = ", ".join(dict.fromkeys(plan.key for plan, _ in offering))
        raise Conflict(f"{title(addon)} is offered with {plans}. Take it off these plans first.")
    addon.deleted_at = ctx.now
    ctx.session.add(addon)


def next_version(ctx: Context, id_or_key: str) -> AddonVersion:
    """Copy a version (by id), or the latest one (by key), into a new draft. Raises NotFound, Conflict."""
    source = source_of_next(ctx, Addon, id_or_key)
    return create(ctx, AddonInput(source.key, source.currency, read_addon_terms(ctx, [source])[source.id]))


def _with_keys(ctx: Context, terms: AddonTerms) -> AddonTerms:
    return replace(terms, rate_cards=with_keys(ctx, terms.rate_cards))


def _shown(ctx: Context, addon: Addon) -> AddonVersion:
    return _shown_all(ctx, [addon])[0]


def _shown_all(ctx: Context, addons: Sequence[Addon]) -> list[AddonVersion]:
    """Add-ons with their terms and status; drafts also with what is wrong with them."""
    terms = read_addon_terms(ctx, addons)
    shown = [AddonVersion(addon, terms[addon.id], addon_status_of(addon, ctx)) for addon in addons]
    return [_with_issues(ctx, found) if found.status is AddonStatus.DRAFT else found for found in shown]


def _with_issues(ctx: Context, found: AddonVersion) -> AddonVersion:
    facts = named_by(ctx, found.terms.rate_cards).facts
    return replace(found, issues=tuple(addon_issues(found.row.currency, found.terms, facts)))
