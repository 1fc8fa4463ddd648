"""The add-ons on a plan's page: what it offers, the drawer that offers another, the question before one goes."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.pages.plans.detail_state import PlanState
from portal.pages.plans.offer_state import OfferState
from portal.session import allowed
from portal.theme import MUTED

SHOWN = PlanState.shown
CHANGEABLE = SHOWN.card.status != "archived"


def offered_addons() -> rx.Component:
    """The table with everything around it."""
    offer = ui.button("Offer an add-on", icon="plus", on_click=OfferState.open_new)
    none = rx.text("It offers no add-ons. Buyers get what the plan says, and nothing besides.", size="2", color=MUTED)
    return rx.fragment(
        ui.section(
            "Add-ons",
            rx.cond(SHOWN.offered.length() > 0, _table(), ui.card(none)),
            note="What buyers may take besides.",
            actions=rx.cond(CHANGEABLE, allowed(Permission.CATALOG, offer), rx.fragment()),
        ),
        _form(),
        ui.confirm_when(
            OfferState.dropping_name != "",
            OfferState.keep_offer,
            "Offer " + OfferState.dropping_name + " no longer?",
            "Buyers of this plan cannot take it any more. Who has it keeps it.",
            "Take it off",
            OfferState.drop_offer,
        ),
    )


def _table() -> rx.Component:
    columns = [
        ui.Column("Add-on", _name),
        ui.Column("Price", lambda row: rx.el.span(row.price, class_name="ml-figures ml-sentence")),
        ui.Column("From phase", lambda row: row.from_phase, wide=True),
        ui.Column("Can be had", lambda row: ui.figure_text(row.most), tight=True),
        ui.Column(
            "", lambda row: rx.cond(CHANGEABLE, allowed(Permission.CATALOG, _menu(row)), rx.fragment()), tight=True
        ),
    ]
    return ui.card(ui.plain_table(SHOWN.offered, columns, label="Add-ons"), padding="0")


def _name(row: rx.Var) -> rx.Component:
    problem = rx.text(row.problem, size="1", color="var(--red-11)", role="alert")
    return rx.flex(
        ui.row_link(row.name, "/add-ons/" + row.addon_id.to(str), note=row.version),
        rx.cond(row.problem != "", problem, rx.fragment()),
        direction="column",
        gap="2px",
    )


def _menu(row: rx.Var) -> rx.Component:
    menu = ui.row_menu(
        "Actions for " + row.name.to(str),
        ui.menu_item("Change", OfferState.open_offer(row.id)),
        ui.menu_item("Take off the plan", OfferState.ask_drop(row.id), danger=True),
    )
    return rx.cond(CHANGEABLE, allowed(Permission.CATALOG, menu), rx.fragment())


def _form() -> rx.Component:
    offer, choices = OfferState.offer, OfferState.choices
    none_on_sale = rx.text(
        "No other add-on is on sale in this currency. ",
        ui.text_link("Build and publish one first", "/add-ons"),
        size="2",
        color=MUTED,
    )
    most = ui.text_field(
        "At most",
        "offer-most",
        value=offer.most,
        on_change=lambda text: OfferState.put_offer("most", text),
        hint="How many a subscription may hold. Empty: any number.",
        input_mode="numeric",
        optional=True,
    )
    fields = [
        ui.choice_field(
            "Add-on",
            "offer-addon",
            choices.addons.to(list[list[str]]),
            value=offer.addon_id,
            on_change=lambda chosen: OfferState.put_offer("addon_id", chosen),
            disabled=offer.offer_id != "",
        ),
        ui.choice_field(
            "From phase",
            "offer-phase",
            choices.phases.to(list[list[str]]),
            value=offer.from_phase,
            on_change=lambda chosen: OfferState.put_offer("from_phase", chosen),
            hint="It can be had from the start of this phase on.",
        ),
        rx.cond(OfferState.is_several, most, rx.fragment()),
        rx.cond(
            OfferState.problem != "",
            rx.text(OfferState.problem, size="2", color="var(--red-11)", role="alert"),
            rx.fragment(),
        ),
    ]
    return ui.drawer(
        rx.cond(choices.addons.length() > 0, rx.flex(*fields, direction="column", gap="18px"), none_on_sale),
        title=rx.cond(offer.offer_id == "", "Offer an add-on", "Change the offer"),
        note="Buyers of this plan can take it from one of its phases on.",
        is_open=OfferState.offer_open,
        on_close=OfferState.close_offer,
        on_submit=OfferState.save_offer,
        save=rx.cond(offer.offer_id == "", "Offer it", "Save"),
    )
