"""One invoice: lines with their arithmetic, who owes whom what until when, its life, and what can be done."""

from typing import Any

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.invoices.actions import FIRST, LABELS
from portal.pages.invoices.corrections import corrections
from portal.pages.invoices.corrections_state import InvoiceCorrectionsState
from portal.pages.invoices.detail_state import InvoiceState
from portal.pages.invoices.line_drawer import add_line_button, line_form, line_menu
from portal.pages.invoices.parts import explanation, lines, pdf_button
from portal.pages.invoices.take_back import take_back_buttons, take_back_form
from portal.session import allowed
from portal.theme import BORDER, MUTED

SHOWN = InvoiceState.shown


@staff_page(
    "/invoices/[invoice_id]",
    title="Invoice",
    on_load=[InvoiceState.enter, InvoiceState.load, InvoiceState.explain_asked, InvoiceCorrectionsState.load],
)
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
        line_form(),
        take_back_form(),
    )


def _actions() -> rx.Component:
    """Only those that are possible now; each says what happens before it does."""

    def action(name: str, label: str) -> rx.Component:
        asked = SHOWN.questions[name]
        drawn = ui.confirm(
            ui.button(label, kind="primary" if name in FIRST else "plain", loading=InvoiceState.working),
            asked.title,
            asked.text,
            label,
            [InvoiceState.begin, InvoiceState.act(name)],
            danger=name == "delete",
        )
        return rx.cond(SHOWN.actions.contains(name), drawn, rx.fragment())

    return rx.flex(
        take_back_buttons(SHOWN.actions),
        *[action(name, label) for name, label in LABELS.items()],
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
                    lines(InvoiceState, SHOWN.lines, SHOWN.total, lambda row: line_menu(SHOWN.can_edit, row)),
                    ui.card(rx.text("There are no lines on this invoice.", size="2", color=MUTED)),
                ),
                add_line_button(SHOWN.can_edit),
                corrections(),
                direction="column",
                gap="14px",
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
            rx.text(row.message, " ", row.advice),
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
