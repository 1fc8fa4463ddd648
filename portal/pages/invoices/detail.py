"""One invoice: lines with their arithmetic, who owes whom what until when, its life, and what can be done."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.invoices.detail_state import INVOICE_NOW, InvoiceState
from portal.pages.invoices.parts import explanation, lines, pdf_button
from portal.session import allowed
from portal.theme import BORDER, MUTED

SHOWN = InvoiceState.shown
ACTIONS = {
    "approve": "Approve and issue",
    "retry": "Retry",
    "snapshotQuantities": "Stop waiting for usage",
    "advance": "Advance",
    INVOICE_NOW: "Invoice now",
}


@staff_page("/invoices/[invoice_id]", title="Invoice", on_load=[InvoiceState.enter, InvoiceState.load])
def invoice() -> rx.Component:
    """Head, lines and facts side by side, the explanation over it."""
    return rx.fragment(
        ui.page_header(
            rx.cond(SHOWN.number != "", SHOWN.number, "Invoice"),
            crumbs=[("Invoices", "/invoices")],
            subtitle=SHOWN.subtitle,
            copy_id=InvoiceState.invoice_id,
            status=rx.cond(SHOWN.status != "", ui.status_badge(SHOWN.status), rx.fragment()),
            actions=[pdf_button(InvoiceState), allowed(Permission.INVOICES, _actions())],
        ),
        ui.loaded(InvoiceState, _content()),
        explanation(InvoiceState, for_staff=True),
    )


def _actions() -> rx.Component:
    def button(action: str, label: str) -> rx.Component:
        primary = action in ("approve", INVOICE_NOW)
        drawn = ui.button(
            label,
            kind="primary" if primary else "plain",
            on_click=[InvoiceState.begin, InvoiceState.act(action)],
            loading=InvoiceState.working,
        )
        return rx.cond(SHOWN.actions.contains(action), drawn, rx.fragment())

    delete = ui.confirm(
        ui.button("Delete draft", disabled=InvoiceState.working),
        "Delete " + SHOWN.number + "?",
        "Its "
        + SHOWN.lines.length().to(str)
        + " lines leave with it, also in the app that carries it. Lines that a subscription still owes are gathered "
        "again. This cannot be undone.",
        "Delete draft",
        [InvoiceState.begin, InvoiceState.act("delete")],
    )
    return rx.flex(
        rx.cond(SHOWN.actions.contains("delete"), delete, rx.fragment()),
        *[button(action, label) for action, label in reversed(ACTIONS.items())],
        gap="8px",
        wrap="wrap",
    )


def _content() -> rx.Component:
    return rx.flex(
        rx.cond(SHOWN.issues.length() > 0, _issues(), rx.fragment()),
        rx.grid(
            rx.flex(
                rx.cond(
                    SHOWN.lines.length() > 0,
                    lines(InvoiceState, SHOWN.lines, SHOWN.total),
                    ui.card(rx.text("There are no lines on this invoice.", size="2", color=MUTED)),
                ),
                direction="column",
                gap="20px",
                min_width="0",
            ),
            rx.flex(
                _facts(), rx.cond(SHOWN.steps.length() > 0, _life(), rx.fragment()), direction="column", gap="20px"
            ),
            columns={"initial": "minmax(0, 1fr)", "md": "minmax(0, 1fr) 360px"},
            gap="20px",
        ),
        direction="column",
        gap="20px",
    )


def _issues() -> rx.Component:
    def issue(row: Any) -> rx.Component:
        return rx.callout(
            row.message,
            icon="triangle-alert",
            size="1",
            color_scheme=rx.cond(row.severity == "critical", "red", "amber"),
        )

    return rx.flex(rx.foreach(SHOWN.issues, issue), direction="column", gap="8px", role="alert")


def _facts() -> rx.Component:
    return ui.card(
        ui.definition_list(
            ("Customer", _party(ui.text_link(SHOWN.customer, SHOWN.customer_href), SHOWN.customer_note)),
            ("From", _party(rx.text(SHOWN.supplier, size="2"), SHOWN.supplier_note)),
            ("Period", rx.text(SHOWN.period, size="2")),
            ("Issued", rx.text(SHOWN.issued, size="2")),
            ("Due", rx.text(SHOWN.due, size="2")),
            ("Payment", rx.text(SHOWN.payment, size="2")),
            ("Collected by", rx.text(SHOWN.payment_app, size="2")),
        ),
        rx.cond(
            SHOWN.hosted_url != "",
            rx.box(
                ui.link_button("Open the customer's payment page", SHOWN.hosted_url, icon="external-link"),
                margin_top="16px",
            ),
            rx.fragment(),
        ),
    )


def _party(name: rx.Component, note: Any) -> rx.Component:
    return rx.flex(
        name, rx.cond(note != "", rx.text(note, size="1", color=MUTED), rx.fragment()), direction="column", gap="1px"
    )


def _life() -> rx.Component:
    def step(row: Any) -> rx.Component:
        return rx.el.li(
            rx.text(row.state, size="2", weight="medium"),
            rx.text(ui.when(row.when, row.when_exact), ", ", row.who, size="1", color=MUTED),
            rx.cond(row.note != "", rx.text(row.note, size="1", color=MUTED), rx.fragment()),
            class_name="ml-step",
        )

    return ui.card(
        rx.heading("What happened", as_="h2", size="3", weight="medium", margin_bottom="14px"),
        rx.el.ol(rx.foreach(SHOWN.steps, step), class_name="ml-steps", style={"borderLeft": BORDER}),
    )
