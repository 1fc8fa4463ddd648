"""The add-ons of a subscription, with the buttons that buy one, change its quantity and remove it."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.pages.customers.subscription_change_state import SubscriptionChangeState
from portal.pages.customers.subscription_changes import Kind
from portal.session import allowed
from portal.theme import MUTED


def addons(row: Any) -> rx.Component:
    """Shown where there is one, or could be."""
    add = rx.cond(
        row.can_add,
        allowed(Permission.CUSTOMERS, _ask("Add an add-on", Kind.ADDON, row, "", "", icon="plus")),
        rx.fragment(),
    )
    nothing = rx.text("None yet. An add-on is bought on top of the plan, any time.", size="2", color=MUTED)
    return rx.cond(
        row.can_add | (row.addons.to(list[Any]).length() > 0),
        rx.box(
            rx.flex(rx.heading("Add-ons", as_="h3", size="2", weight="medium"), add, justify="between", align="center"),
            rx.cond(
                row.addons.to(list[Any]).length() > 0,
                rx.el.ul(
                    rx.foreach(row.addons, lambda addon: _addon(row, addon)),
                    aria_label="Add-ons",
                    class_name="ml-items",
                ),
                nothing,
            ),
            margin_bottom="22px",
            custom_attrs={"data-testid": "addons"},
        ),
        rx.fragment(),
    )


def _addon(row: Any, addon: Any) -> rx.Component:
    change = rx.cond(
        addon.is_single & addon.is_had,
        rx.fragment(),
        _ask("Change quantity", Kind.QUANTITY, row, addon.id, addon.quantity),
    )
    remove = rx.cond(addon.is_had, _ask("Remove", Kind.NO_ADDON, row, addon.id, addon.quantity), rx.fragment())
    return rx.el.li(
        rx.flex(
            rx.flex(
                rx.text(addon.name, size="2", weight="medium"),
                rx.text(addon.told, size="2", color=MUTED, class_name="ml-figures"),
                rx.foreach(addon.ahead, lambda text: rx.text(text, size="1", color=MUTED, class_name="ml-figures")),
                direction="column",
                gap="1px",
            ),
            rx.cond(
                row.status == "active",
                allowed(Permission.CUSTOMERS, rx.flex(change, remove, gap="8px", wrap="wrap")),
                rx.fragment(),
            ),
            justify="between",
            align="center",
            gap="12px",
            wrap="wrap",
        )
    )


def _ask(label: str, kind: Kind, row: Any, addon: Any, quantity: Any, **props: Any) -> rx.Component:
    return ui.button(label, on_click=SubscriptionChangeState.ask(kind.value, row.id, addon, quantity), **props)
