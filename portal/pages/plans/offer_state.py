"""What is done to the add-ons that a plan offers, on the plan's page."""

from dataclasses import replace

import reflex as rx

from backend.access.roles import Permission
from backend.catalog.service import offers
from backend.errors import Conflict, Invalid
from portal import boundary
from portal.keys import plain_text
from portal.page_state import named_in_path
from portal.pages.plans import offer_form
from portal.pages.plans.detail_state import PlanState
from portal.pages.plans.offer_form import Choices, OfferForm

FIELDS = ("addon_id", "from_phase", "most")
LONGEST_TEXT = 64


class OfferState(rx.State):
    """The drawer in which an add-on is offered, and the question before it is taken off."""

    offer_open: bool = False
    offer: OfferForm = OfferForm()
    choices: Choices = Choices()
    problem: str = ""
    _dropping: str = ""
    dropping_name: str = ""

    @rx.var
    def is_several(self) -> bool:
        """Whether the chosen add-on can be had several times, so that a largest quantity makes sense."""
        return self.offer.addon_id in self.choices.several

    @rx.event
    @boundary.command
    async def open_new(self):
        """Offer an add-on."""
        plan_id = named_in_path(self)
        self.choices = await boundary.read(self, lambda ctx: offer_form.choices(ctx, plan_id))
        first = self.choices.addons[0][0] if self.choices.addons else ""
        lasting = self.choices.phases[-1][0] if self.choices.phases else ""
        self.offer = OfferForm(addon_id=first, from_phase=lasting)
        self.offer_open, self.problem = True, ""

    @rx.event
    @boundary.command
    async def open_offer(self, offer_id: str):
        """Change from which phase on it can be had, or how many of it."""
        plan_id = named_in_path(self)
        self.choices, found = await boundary.read(
            self, lambda ctx: (offer_form.choices(ctx, plan_id), offers.get(ctx, plan_id, offer_id))
        )
        several = found.addon.terms.instance_type.value == "multiple"
        own = ((found.addon.row.id, found.addon.row.name),)
        self.choices = replace(self.choices, addons=own, several=(found.addon.row.id,) if several else ())
        self.offer, self.offer_open, self.problem = offer_form.form_of(found), True, ""

    @rx.event
    async def close_offer(self):
        """Close the drawer without saving."""
        self.offer_open = False

    @rx.event
    @boundary.command
    async def put_offer(self, field: str, value: str):
        """Take what was typed or chosen in the drawer."""
        if field not in FIELDS or (field == "addon_id" and self.offer.offer_id):
            raise Invalid("This cannot be changed here.")
        self.offer = replace(self.offer, **{field: plain_text(str(value), LONGEST_TEXT)})
        if field == "addon_id" and not self.is_several:
            self.offer = replace(self.offer, most=offer_form.NO_LIMIT)

    @rx.event
    @boundary.command
    async def save_offer(self, _form: dict[str, str]):
        """Make or change the offer; why it cannot be is said in the drawer."""
        plan_id, form = named_in_path(self), self.offer
        try:
            saved = await boundary.change(
                self, lambda ctx: offer_form.save(ctx, plan_id, form), need=Permission.CATALOG
            )
        except (Invalid, Conflict) as error:
            self.problem = " ".join(dict.fromkeys(issue.message for issue in error.issues)) or str(error)
            return None
        self.offer_open = False
        return [rx.toast.success(f"{saved.addon.row.name} is offered with the plan"), PlanState.load]

    @rx.event
    @boundary.command
    async def ask_drop(self, offer_id: str):
        """Ask before an add-on is taken off the plan."""
        plan_id = named_in_path(self)
        found = await boundary.read(self, lambda ctx: offers.get(ctx, plan_id, offer_id))
        self._dropping, self.dropping_name = offer_id, found.addon.row.name

    @rx.event
    async def keep_offer(self):
        """Close the question."""
        self.dropping_name = ""

    @rx.event
    @boundary.command
    async def drop_offer(self):
        """Offer the add-on no longer."""
        plan_id, name, self.dropping_name = named_in_path(self), self.dropping_name, ""
        dropped = self._dropping
        await boundary.change(self, lambda ctx: offers.delete(ctx, plan_id, dropped), need=Permission.CATALOG)
        return [rx.toast.success(f"{name} is no longer offered with the plan"), PlanState.load]
