"""The decision about a correction, wherever one is listed: the next invoice takes it, or it is let go."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from backend.errors import Invalid
from backend.invoicing import service as invoicing
from portal import boundary
from portal import components as ui
from portal.session import allowed

DECISIONS = {
    "accept": (invoicing.accept_correction, "Booked on the next invoice"),
    "dismiss": (invoicing.dismiss_correction, "Let go"),
}


class Deciding(rx.State, mixin=True):
    """A page state that lists corrections and lets a person decide about those that wait; it has a `load`."""

    @rx.event
    @boundary.command
    async def decide(self, decision: str, correction_id: str):
        """Book a correction on the next invoice, or let it go."""
        if decision not in DECISIONS:
            raise Invalid("A correction is booked, or let go.")
        made, told = DECISIONS[decision]
        await boundary.change(self, lambda ctx: made(ctx, correction_id), need=Permission.INVOICES)
        return [rx.toast.success(told), type(self).load]


def decision(state: Any, row: Any) -> rx.Component:
    """The two buttons, each with what comes of it; nothing where nobody is asked."""
    of = "the correction of " + row.line.to(str) + " on " + row.number.to(str)
    accept = ui.confirm(
        ui.button("Book it", size="1", kind="primary", aria_label="Book " + of),
        "Book this correction?",
        row.if_booked,
        "Book it",
        state.decide("accept", row.id),
        danger=False,
    )
    dismiss = ui.confirm(
        ui.button("Let it go", size="1", aria_label="Let go " + of),
        "Let this difference go?",
        row.if_let_go.to(str) + " This cannot be undone.",
        "Let it go",
        state.decide("dismiss", row.id),
    )
    buttons = rx.flex(accept, dismiss, direction=rx.breakpoints(initial="column", sm="row"), align="start", gap="8px")
    return rx.cond(row.is_waiting, allowed(Permission.INVOICES, buttons), rx.fragment())


def standing(row: Any) -> rx.Component:
    """What became of a correction, with a link to each invoice that books it."""
    return rx.flex(
        ui.status_badge(row.standing),
        rx.foreach(row.booked_on, lambda place: ui.text_link("on " + place.text.to(str), place.href, size="1")),
        align="center",
        gap="6px",
        wrap="wrap",
    )
