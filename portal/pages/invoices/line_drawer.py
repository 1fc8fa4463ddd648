"""The form of one line of an invoice, and the question before a line goes."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.pages.invoices.line_form import FEE, USAGE
from portal.pages.invoices.line_state import LineState
from portal.session import allowed
from portal.theme import MUTED

STATE, FORM = LineState, LineState.form
KINDS = (
    (USAGE, "By usage", "What was counted, at the price of the line."),
    (FEE, "A fixed amount", "Usage no longer decides it."),
)


def line_menu(can_edit: Any, row: Any) -> rx.Component:
    """What can be done with a line while the invoice can be changed."""
    entries = ui.row_menu(
        "Actions for " + row.name,
        ui.menu_item("Change", STATE.open_line(row.id)),
        ui.menu_item("Remove", STATE.ask_remove(row.id), danger=True),
    )
    return rx.cond(can_edit, allowed(Permission.INVOICES, entries), rx.fragment())


def add_line_button(can_edit: Any) -> rx.Component:
    """Opens the form of a fee."""
    button = ui.button("Add a line", icon="plus", on_click=STATE.open_new)
    return rx.cond(can_edit, allowed(Permission.INVOICES, rx.box(button)), rx.fragment())


def line_form() -> rx.Component:
    """Name, price, what is taken off, period."""
    by_kind = rx.cond(
        FORM.was_usage & ~FORM.is_part,
        ui.described_choice("The amount", KINDS, value=FORM.kind, on_change=STATE.choose_kind),
        rx.fragment(),
    )
    form = ui.drawer(
        _text("Name", "name"),
        by_kind,
        rx.cond(FORM.kind == FEE, _fee(), _usage()),
        _text("Percent off", "percent", optional=True, input_mode="decimal"),
        rx.cond(
            FORM.fixed_period, _fixed_period(), ui.pair(_time("From, in UTC", "start"), _time("To, in UTC", "end"))
        ),
        title=rx.cond(FORM.id == "", "Add a line", "Change a line"),
        note="The invoice is calculated again. From then on the line is yours: its subscription leaves it alone.",
        is_open=STATE.is_open,
        on_close=STATE.close,
        on_submit=STATE.save,
        save=rx.cond(FORM.id == "", "Add the line", "Change the line"),
    )
    question = ui.confirm_when(
        STATE.removing != "", STATE.close, "Remove this line?", STATE.question, "Remove the line", STATE.remove
    )
    return rx.fragment(form, question)


def _fee() -> rx.Component:
    return ui.pair(
        _text("Quantity", "pieces", input_mode="decimal"),
        _text("Price of each in " + STATE.currency, "amount", input_mode="decimal"),
    )


def _usage() -> rx.Component:
    unit = _text(
        rx.cond(
            FORM.per == "1", "Price per unit in " + STATE.currency, "Price per " + FORM.per + " in " + STATE.currency
        ),
        "amount",
        input_mode="decimal",
    )
    other = rx.callout(
        rx.text(
            "The price is ",
            rx.text.strong(FORM.price),
            ": it follows what was metered, so there is no amount to type. The line can still get a discount",
            rx.cond(FORM.is_part, ".", ", or become a fixed amount."),
        ),
        icon="info",
        size="1",
    )
    return rx.cond(FORM.per != "", unit, rx.cond(FORM.tiers.length() > 0, _tiers(), other))


def _tiers() -> rx.Component:
    """What each tier charges; the bands stay as they were sold."""

    def tier(row: Any) -> rx.Component:
        return rx.box(
            rx.text(row.label, size="2", weight="medium", class_name="ml-figures", margin_bottom="4px"),
            ui.pair(
                _tier_field("Per unit", row.name + "unit", row.unit),
                _tier_field("Flat price", row.name + "flat", row.flat),
            ),
        )

    whole = STATE.problems.get("amount", "")
    return rx.flex(
        rx.text(
            "What each tier charges, in ", STATE.currency, ". The bands stay as they were sold.", size="2", color=MUTED
        ),
        rx.foreach(FORM.tiers, tier),
        rx.cond(whole != "", rx.text(whole, size="1", color="var(--red-11)", role="alert"), rx.fragment()),
        direction="column",
        gap="12px",
        custom_attrs={"data-testid": "tiers"},
    )


def _tier_field(label: str, name: Any, value: Any) -> rx.Component:
    problem = STATE.problems.get(name, "")
    return ui.text_field(
        label, name, default_value=value, problem=problem, key=FORM.id + name, input_mode="decimal", optional=True
    )


def _fixed_period() -> rx.Component:
    why = rx.cond(
        FORM.is_part,
        "The line is a part of a longer period: its period stays, and so does its price by usage.",
        "The period comes from the subscription and stays.",
    )
    return rx.text(why, size="2", color=MUTED)


def _text(label: Any, field: str, **props: Any) -> rx.Component:
    """A field that starts anew with each line, so that nothing of another one stays in it."""
    return ui.text_field(
        label,
        field,
        default_value=getattr(FORM, field),
        problem=STATE.problems.get(field, ""),
        key=FORM.id + FORM.kind + field,
        **props,
    )


def _time(label: str, field: str) -> rx.Component:
    return _text(label, field, type="datetime-local")
