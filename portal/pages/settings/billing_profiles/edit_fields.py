"""The parts of the form of a billing profile: who sells, when invoices are drawn, issued and paid, and taxes."""

from typing import Any

import reflex as rx

from backend.engine.subscribe.prorate import EndProration
from backend.invoicing.workflow import CollectionMethod
from portal import components as ui
from portal.lengths import UNITS
from portal.pages.settings.billing_profiles.edit_state import ProfileState
from portal.pages.settings.billing_profiles.form import ANCHORED, BY_HAND, BY_ITSELF, WITH_SUBSCRIPTION
from portal.rate_cards.more_terms import TAX
from portal.theme import MUTED

FORM = ProfileState.form
ALIGNMENTS = (
    (WITH_SUBSCRIPTION, "With each billing period", "As soon as something a customer bought falls due."),
    (ANCHORED, "On days of your own", "Such as the first of every month: what is due waits until then."),
)
APPROVALS = (
    (BY_ITSELF, "By themselves", "After late usage was waited for and the draft has rested."),
    (BY_HAND, "After approval", "Each draft waits until somebody approves it."),
)
METHODS = (
    (
        CollectionMethod.CHARGE_AUTOMATICALLY.value,
        "Charge the customer",
        "The stored card is charged when it is issued.",
    ),
    (CollectionMethod.SEND_INVOICE.value, "Send the invoice", "The customer pays it by the day it is due."),
)
ENDINGS = (
    (EndProration.BILL_ACTUAL_PERIOD.value, "Only the days used", "The last fee is a part of the full one."),
    (EndProration.BILL_FULL_PERIOD.value, "The full period", "The last fee is not reduced."),
)
TAXES = [("", "Left to the app"), *TAX[1:]]


def basics() -> rx.Component:
    """Name, note, whether it is the default, and the app."""
    is_new = ProfileState.opened.id == ""
    return _part(
        "The profile",
        ui.pair(
            _text("Name", "name", placeholder="Europe"),
            ui.choice_field(
                "Carried by",
                "app",
                ProfileState.apps,
                value=FORM.app,
                on_change=lambda chosen: ProfileState.put("app", chosen),
                problem=_problem("app"),
                disabled=~is_new,
                hint="The app that issues the invoices and collects the money. It stays the same.",
            ),
        ),
        _text("Note", "description", optional=True, placeholder="For customers in the euro area."),
        _flag(
            "Bill every customer without a profile of their own by this one",
            "is_default",
            disabled=ProfileState.opened.is_default,
        ),
    )


def seller() -> rx.Component:
    """Who stands on the invoice as the seller."""
    return _part(
        "Who sells",
        ui.pair(
            _text("Name on invoices", "seller", placeholder="Acme Ltd."),
            _text("Tax number", "tax_number", placeholder="DE123456789", optional=True),
        ),
        ui.pair(
            _text("Street and number", "line1", optional=True),
            _text("Second line", "line2", optional=True),
        ),
        rx.grid(
            _text("Postal code", "postal_code", optional=True),
            _text("City", "city", optional=True),
            _text("State", "state", optional=True),
            _text("Country", "country", placeholder="DE", optional=True),
            columns={"initial": "1fr 1fr", "sm": "repeat(4, 1fr)"},
            gap="12px",
            align="start",
        ),
    )


def collection() -> rx.Component:
    """When invoices are drawn, and how long late usage is waited for."""
    anchored = ui.pair(
        ui.choice_field(
            "Drawn",
            "rhythm",
            ProfileState.rhythms,
            value=FORM.rhythm,
            on_change=lambda chosen: ProfileState.put("rhythm", chosen),
        ),
        _text("One of the days, in UTC", "anchor", type="datetime-local"),
    )
    return _part(
        "When invoices are drawn",
        _described("Invoices are drawn", "alignment", ALIGNMENTS),
        rx.cond(FORM.alignment == ANCHORED, anchored, rx.fragment()),
        _length("Wait for late usage", "wait", "Events that arrive until then are still on the invoice."),
        _flag("Bill usage before its period ends, when an invoice is drawn in between", "is_progressive"),
    )


def payment() -> rx.Component:
    """Who approves, when payment is due, and how it is collected."""
    return _part(
        "How invoices are issued and paid",
        _described("Invoices are issued", "approval", APPROVALS),
        rx.cond(
            FORM.approval == BY_ITSELF,
            _length("The draft rests for", "draft", "Time to look at it and change it."),
            rx.fragment(),
        ),
        _described("Payment", "collection", METHODS),
        _length("Payment is due after", "due", "Unpaid after that, it is overdue."),
    )


def ending() -> rx.Component:
    """What the last fee of a subscription is."""
    return _part("When a subscription ends within a period", _described("The last fee", "end_proration", ENDINGS))


def taxes() -> rx.Component:
    """Whether and how taxes are calculated."""
    return _part(
        "Taxes",
        _flag("Let the app calculate taxes", "is_taxed"),
        rx.cond(
            FORM.is_taxed, _flag("Issue no invoice whose taxes cannot be calculated", "tax_is_needed"), rx.fragment()
        ),
        ui.pair(
            ui.choice_field(
                "Prices without a choice of their own",
                "tax",
                TAXES,
                value=FORM.tax,
                on_change=lambda chosen: ProfileState.put("tax", chosen),
            ),
            _text("Tax code of Stripe", "tax_code", placeholder="txcd_10103001", optional=True),
        ),
    )


def _part(title: str, *fields: rx.Component) -> rx.Component:
    return ui.section(title, ui.card(rx.flex(*fields, direction="column", gap="18px")))


def _problem(field: str) -> rx.Var:
    return ProfileState.problems.get(field, "")


def _text(label: str, field: str, **props: Any) -> rx.Component:
    return ui.text_field(
        label,
        field,
        value=getattr(FORM, field),
        on_change=lambda typed: ProfileState.put(field, typed),
        problem=_problem(field),
        **props,
    )


def _flag(label: str, field: str, **props: Any) -> rx.Component:
    box = rx.checkbox(
        label,
        checked=getattr(FORM, field),
        on_change=lambda value: ProfileState.put_flag(field, value),
        size="2",
        **props,
    )
    return rx.text(box, as_="label", size="2")


def _described(label: str, field: str, choices: Any) -> rx.Component:
    chosen = ui.described_choice(
        label, choices, value=getattr(FORM, field), on_change=lambda value: ProfileState.put(field, value)
    )
    return rx.box(rx.text(label, size="2", weight="medium", margin_bottom="8px"), chosen)


def _length(label: str, field: str, hint: str) -> rx.Component:
    """A number and its unit side by side."""
    unit = f"{field}_unit"
    number = rx.input(
        id=field,
        name=field,
        value=getattr(FORM, field),
        on_change=lambda typed: ProfileState.put(field, typed),
        input_mode="numeric",
        size="2",
        width="96px",
    )
    units = ui.filter_choice(
        f"{label}, unit",
        list(UNITS.items()),
        value=getattr(FORM, unit),
        on_change=lambda chosen: ProfileState.put(unit, chosen),
        width="130px",
    )
    control = rx.flex(number, units, gap="8px", color=MUTED)
    return ui.form_field(label, control, name=field, hint=hint, problem=_problem(field))
