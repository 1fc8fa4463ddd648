"""What the page of a plan shows: its issues, its phases in words, its versions, its facts."""

import reflex as rx

from portal import components as ui
from portal.theme import MUTED


def issues_of_draft(issues: rx.Var) -> rx.Component:
    """What keeps a draft from being published."""

    return rx.callout.root(
        rx.callout.icon(rx.icon("triangle-alert", size=16)),
        rx.box(
            rx.text("This draft cannot be published yet.", weight="medium", size="2"),
            rx.el.ul(
                rx.foreach(issues, rx.el.li),
                style={"margin": "6px 0 0", "paddingLeft": "18px", "fontSize": "13.5px", "listStyle": "disc"},
            ),
        ),
        color_scheme="amber",
        role="status",
        width="100%",
    )


def phase_table(phase: rx.Var) -> rx.Component:
    """A phase with its rate cards in words."""

    columns = [
        ui.Column("Rate card", _rate_card),
        ui.Column("Price", lambda card: rx.el.span(card.price, class_name="ml-figures ml-sentence")),
        ui.Column("May be used", lambda card: rx.el.span(card.allowance, class_name="ml-figures ml-sentence")),
        ui.Column("Billed", lambda card: rx.el.span(card.billed, class_name="ml-sentence"), tight=True),
    ]
    table = ui.card(ui.plain_table(phase.cards, columns, label="Rate cards"), padding="0")
    return ui.section(phase.title, table, note=phase.lasts)


def _rate_card(card: rx.Var) -> rx.Component:
    what = rx.cond(card.feature != "", "feature " + card.feature.to(str), "fee " + card.key.to(str))
    return rx.flex(
        rx.text(card.name, size="2", weight="medium"),
        rx.text(what, size="1", color=MUTED),
        direction="column",
        gap="1px",
    )


def versions_list(versions: rx.Var, current: rx.Var) -> rx.Component:
    """All versions of the plan, each leading to its page."""

    def line(version: rx.Var) -> rx.Component:
        here = version.id == current
        return rx.flex(
            rx.cond(
                here,
                rx.text(version.label, size="2", weight="medium"),
                ui.text_link(version.label, f"/plans/{version.id.to(str)}", size="2"),
            ),
            ui.status_badge(version.status),
            align="center",
            justify="between",
            padding="9px 0",
        )

    return rx.foreach(versions, line)


def fact_line(fact: rx.Var) -> rx.Component:
    """A name with its value."""

    return rx.flex(
        rx.el.dt(fact[0], style={"color": MUTED, "fontSize": "13px"}),
        rx.el.dd(fact[1], style={"margin": "0", "fontSize": "13.5px", "textAlign": "right"}),
        justify="between",
        gap="16px",
        padding="6px 0",
    )
