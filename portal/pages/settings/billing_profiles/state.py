"""The list of billing profiles, which of them is the default, and the questions before one is that or goes."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

from backend import bootstrap
from backend.access.roles import Permission
from backend.errors import DomainError, Invalid, Unauthenticated
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import BillingProfile
from backend.invoicing.service import BillingFilter, ProfileInput
from backend.invoicing.workflow import from_document
from portal import boundary
from portal.billing_words import drawn, issued, paid
from portal.formatting import plural
from portal.page_state import PAGE_SIZE, Listing
from portal.pages.settings.billing_profiles.edit_state import ADDRESS, billed_by

DEFAULT, DELETE = "default", "delete"


@dataclass(frozen=True)
class ProfileRow:
    """A billing profile as the table shows it."""

    id: str
    href: str
    name: str
    note: str
    is_default: bool
    seller: str
    drawn: str
    issued: str
    paid: str
    billed: str


@dataclass(frozen=True)
class Question:
    """What is asked before a profile becomes the default or goes; nothing to confirm when it is not possible."""

    profile_id: str = ""
    about: str = ""
    title: str = ""
    text: str = ""
    action: str = ""
    possible: bool = True


class ProfilesState(Listing, rx.State):
    """What the page of billing profiles shows and does."""

    rows: list[ProfileRow] = []
    question: Question = Question()

    async def _fetch(self) -> None:
        await boundary.perform(self, lambda who: bootstrap.ensure_billing(who.namespace), need=Permission.VIEW)
        self.rows, self.total = await boundary.read(self, lambda ctx: _page(ctx, self.page, self.search.lower()))

    @rx.event
    @boundary.command
    async def ask(self, about: str, profile_id: str):
        """Say what it means that a profile becomes the default, or goes; a refusal is said instead."""
        if about not in (DEFAULT, DELETE):
            raise Invalid("There is nothing else to do with a billing profile.")
        asked = await boundary.read(self, lambda ctx: _question(ctx, about, profile_id), need=Permission.INVOICES)
        try:
            await boundary.rehearse(self, lambda ctx: _do(ctx, about, profile_id), need=Permission.INVOICES)
            self.question = asked
        except Unauthenticated:
            raise
        except DomainError as error:
            self.question = Question(profile_id, about, asked.title, boundary.wording(error), possible=False)

    @rx.event
    async def keep(self):
        """Close the question without changing anything."""
        self.question = Question()

    @rx.event
    @boundary.command
    async def confirm(self):
        """Do what was asked about."""
        asked, self.question = self.question, Question()
        await boundary.change(self, lambda ctx: _do(ctx, asked.about, asked.profile_id), need=Permission.INVOICES)
        done = "It is the default now" if asked.about == DEFAULT else "The billing profile is deleted"
        return [rx.toast.success(done), ProfilesState.load]


def _page(ctx: Context, page: int, search: str) -> tuple[list[ProfileRow], int]:
    """Profiles are few: all are read, and those who match are kept; the default comes first."""
    found = sorted(invoicing.list_profiles(ctx), key=lambda profile: not profile.is_default)
    kept = [profile for profile in found if search in profile.name.lower() or search in _seller(profile).lower()]
    return _rows(ctx, kept[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]), len(kept)


def _rows(ctx: Context, found: Sequence[BillingProfile]) -> list[ProfileRow]:
    apps = {app.id: app.name for app in invoicing.list_apps(ctx)}
    return [_row(ctx, profile, apps.get(profile.payment_app_id, "")) for profile in found]


def _row(ctx: Context, profile: BillingProfile, app: str) -> ProfileRow:
    workflow = from_document(profile.workflow)
    return ProfileRow(
        id=profile.id,
        href=f"{ADDRESS}/{profile.id}",
        name=profile.name,
        note=profile.description or "",
        is_default=profile.is_default,
        seller=_seller(profile),
        drawn=drawn(workflow),
        issued=issued(workflow),
        paid=paid(workflow, app),
        billed=plural(billed_by(ctx, profile), "customer"),
    )


def _seller(profile: BillingProfile) -> str:
    return str(profile.supplier.get("name") or "")


def _question(ctx: Context, about: str, profile_id: str) -> Question:
    profile = invoicing.get_profile(ctx, profile_id)
    if about == DELETE:
        text = "Nobody is billed by it. Invoices that were drawn by it stay as they are. This cannot be undone."
        return Question(profile.id, about, f"Delete {profile.name}?", text, "Delete")
    unpinned = BillingFilter(only_unpinned=True, limit=1)
    count = plural(invoicing.list_billing(ctx, unpinned)[1], "customer")
    text = f"{count} without a profile of their own: what is gathered for them is invoiced by it from now on."
    return Question(profile.id, about, f"Make {profile.name} the default?", text, "Make it the default")


def _do(ctx: Context, about: str, profile_id: str) -> None:
    if about == DELETE:
        invoicing.delete_profile(ctx, profile_id)
        return
    profile = invoicing.get_profile(ctx, profile_id)
    wanted = ProfileInput(
        name=profile.name,
        supplier=profile.supplier,
        default=True,
        workflow=from_document(profile.workflow),
        description=profile.description,
        labels=profile.labels,
    )
    invoicing.update_profile(ctx, profile.id, wanted)
