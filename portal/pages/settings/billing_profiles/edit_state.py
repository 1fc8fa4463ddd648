"""The page of one billing profile: what is typed, what is wrong with it, what it would mean, and saving it."""

from dataclasses import dataclass, fields, replace

import reflex as rx

from backend import bootstrap
from backend.access.roles import Permission
from backend.engine.recurrence import Duration
from backend.engine.subscribe.prorate import EndProration
from backend.errors import Conflict, Invalid
from backend.infra.context import Context
from backend.invoicing import service as invoicing
from backend.invoicing.models import AppKind, BillingProfile
from backend.invoicing.service import BillingFilter, ProfileApps
from backend.invoicing.workflow import CollectionMethod, CorrectionPolicy
from portal import boundary
from portal.formatting import plural
from portal.keys import plain_text
from portal.lengths import UNITS
from portal.page_state import Loaded, last_in_path
from portal.pages.settings.billing_profiles.example import Step, end_of_month, example
from portal.pages.settings.billing_profiles.form import (
    ANCHORED,
    BY_HAND,
    BY_ITSELF,
    FLAGS,
    WITH_SUBSCRIPTION,
    ProfileForm,
    form_of,
)
from portal.pages.settings.billing_profiles.reading import PLACES, read_form
from portal.price_words import every

ADDRESS = "/settings/billing-profiles"
LONGEST_TEXT = 2000
RHYTHMS = ("P1W", "P2W", "P1M", "P3M", "P6M", "P1Y")
CHOICES: dict[str, tuple[str, ...]] = {
    "alignment": (WITH_SUBSCRIPTION, ANCHORED),
    "approval": (BY_ITSELF, BY_HAND),
    "collection": tuple(CollectionMethod),
    "end_proration": tuple(EndProration),
    "corrections": tuple(CorrectionPolicy),
    "tax": ("", "exclusive", "inclusive"),
    **dict.fromkeys(("wait_unit", "draft_unit", "due_unit"), tuple(UNITS)),
}
"""The fields that are one of several."""
TYPED = frozenset(field.name for field in fields(ProfileForm)) - set(FLAGS)


@dataclass(frozen=True)
class OpenedProfile:
    """The profile as it was when the page opened it; a new one has no id."""

    id: str = ""
    name: str = ""
    is_default: bool = False
    billed: str = ""
    changed_at: str = ""


class ProfileState(Loaded, rx.State):
    """What the page of one billing profile shows and does."""

    form: ProfileForm = ProfileForm()
    opened: OpenedProfile = OpenedProfile()
    apps: list[list[str]] = []
    rhythms: list[list[str]] = []
    problems: dict[str, str] = {}
    steps: list[Step] = []
    attempted: bool = False
    dirty: bool = False
    _saved: ProfileForm = ProfileForm()

    @rx.event
    async def open_new(self):
        """Start with the settings that most have."""
        self.reset()
        return ProfileState.load

    @rx.event
    async def open_profile(self):
        """Start with the profile of the address."""
        self.reset()
        self.opened = OpenedProfile(id=last_in_path(self))
        return ProfileState.load

    async def _fetch(self) -> None:
        profile_id = self.opened.id
        await boundary.perform(self, lambda who: bootstrap.ensure_billing(who.namespace), need=Permission.VIEW)
        self.apps, found = await boundary.read(
            self, lambda ctx: (_apps(ctx), _opened(ctx, profile_id) if profile_id else None)
        )
        if found is None:
            self.form = ProfileForm(app=self.apps[0][0])
        else:
            self.opened, self.form = found
        self._saved, kept = self.form, self.form.rhythm
        known = RHYTHMS if kept in RHYTHMS else (*RHYTHMS, kept)
        self.rhythms = [[text, every(Duration.parse(text)).capitalize()] for text in known]
        await self._look()

    @rx.event
    @boundary.command
    async def put(self, field: str, value: str):
        """Take what was typed or chosen."""
        offered = {"app": self.apps, "rhythm": self.rhythms}.get(field, [])
        allowed = CHOICES.get(field) or [choice[0] for choice in offered]
        if field not in TYPED or (allowed and value not in allowed):
            raise Invalid("This cannot be changed here.")
        if field == "app" and self.opened.id:
            raise Invalid("The app of a billing profile stays the same.")
        self.form = replace(self.form, **{field: plain_text(str(value), LONGEST_TEXT)})
        if self.form.alignment == ANCHORED and field == "alignment" and not self.form.anchor:
            first = await boundary.read(self, lambda ctx: end_of_month(ctx.now))
            self.form = replace(self.form, anchor=first.strftime("%Y-%m-%dT%H:%M"))
        await self._look()

    @rx.event
    @boundary.command
    async def put_flag(self, field: str, value: bool):
        """Take a yes or no; taxes that are not calculated cannot be needed."""
        if field not in FLAGS:
            raise Invalid("This cannot be changed here.")
        self.form = replace(self.form, **{field: bool(value)})
        if not self.form.is_taxed:
            self.form = replace(self.form, tax_is_needed=False)
        await self._look()

    @rx.event
    @boundary.command
    async def save(self):
        """Keep the profile; what is wrong is said at its field."""
        self.attempted = True
        await self._look()
        if self.problems:
            raise Invalid("The billing profile cannot be saved yet. " + next(iter(self.problems.values())))
        form, opened = self.form, self.opened
        try:
            await boundary.change(self, lambda ctx: _save(ctx, form, opened), need=Permission.INVOICES)
        except Invalid as error:
            self.problems = {PLACES.get(place, "app"): said for place, said in boundary.field_problems(error).items()}
            return None
        self.dirty = False
        return [rx.toast.success(f"Billing profile {form.name.strip()} saved"), rx.redirect(ADDRESS)]

    async def _look(self) -> None:
        """Say what is wrong, and what would happen to an invoice; what is still empty is scolded only after saving."""
        read = read_form(self.form)
        self.problems = {
            field: said for field, said in read.problems.items() if self.attempted or getattr(self.form, field, "")
        }
        self.dirty = self.form != self._saved
        due = await boundary.read(self, lambda ctx: end_of_month(ctx.now))
        self.steps = example(read.wanted.workflow, due)


def _apps(ctx: Context) -> list[list[str]]:
    kinds = {AppKind.SANDBOX.value: "paid at once", AppKind.STRIPE.value: "sent and collected"}
    return [[app.id, f"{app.name}: {kinds.get(app.kind, app.kind)}"] for app in invoicing.list_apps(ctx)]


def _opened(ctx: Context, profile_id: str) -> tuple[OpenedProfile, ProfileForm]:
    profile = invoicing.get_profile(ctx, profile_id)
    opened = OpenedProfile(
        profile.id, profile.name, profile.is_default, plural(billed_by(ctx, profile), "customer"), _changed_at(profile)
    )
    return opened, form_of(profile)


def billed_by(ctx: Context, profile: BillingProfile) -> int:
    """How many customers a profile bills, pinned to it or, by the default one, without a pin."""
    return invoicing.list_billing(ctx, BillingFilter(profile_ids=(profile.id,), limit=1))[1]


def _save(ctx: Context, form: ProfileForm, opened: OpenedProfile) -> None:
    if not opened.id:
        wanted = read_form(form).wanted
        invoicing.create_profile(ctx, wanted, ProfileApps(form.app, form.app, form.app))
        return
    known = invoicing.get_profile(ctx, opened.id)
    if _changed_at(known) != opened.changed_at:
        raise Conflict("Somebody else has changed this billing profile since you opened it. Load the page again.")
    invoicing.update_profile(ctx, known.id, read_form(form, known).wanted)


def _changed_at(profile: BillingProfile) -> str:
    return profile.updated_at.isoformat() if profile.updated_at else ""
