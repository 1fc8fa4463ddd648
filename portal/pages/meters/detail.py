"""The page of one meter: its usage, how to send it events, what it measures and who is priced by it."""

import reflex as rx

from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.meters.detail_state import MeterState
from portal.pages.meters.dimensions import dimensions
from portal.pages.meters.matching import matching
from portal.pages.meters.usage import usage
from portal.pages.meters.usage_state import MeterUsageState
from portal.session import allowed
from portal.theme import MUTED


@staff_page("/meters/[meter_id]", title="Meter", on_load=[MeterState.load, MeterUsageState.arrive])
def meter() -> rx.Component:
    facts = MeterState.meter
    return rx.fragment(
        ui.page_header(
            rx.cond(facts.name != "", facts.name, "Meter"),
            crumbs=[("Meters", "/meters")],
            subtitle=facts.measure,
            copy_id=facts.slug,
            status=rx.cond(facts.deleted, ui.status_badge("deleted"), rx.fragment()),
            actions=[rx.cond(facts.deleted | (facts.id == ""), rx.fragment(), allowed(Permission.CATALOG, _actions()))],
        ),
        ui.loaded(
            MeterState,
            ui.tabs(
                MeterState.tab,
                ui.Tab("usage", "Usage", usage()),
                ui.Tab("events", "Matching events", matching()),
                ui.Tab("send", "Send events", _send()),
                ui.Tab("definition", "Definition", _definition()),
                label="Parts of the meter",
            ),
        ),
        _form(),
    )


def _actions() -> rx.Component:
    removal = MeterState.removal
    return rx.flex(
        ui.confirm(
            ui.button("Delete"),
            "Delete the meter " + removal.name + "?",
            removal.consequence,
            "Delete",
            MeterState.delete,
            possible=removal.possible,
        ),
        ui.button("Edit", on_click=MeterState.edit),
        gap="8px",
    )


def _send() -> rx.Component:
    code = MeterState.code
    return rx.flex(
        rx.text(
            "Each event counts once: one with the same source and id is ignored. The subject is a customer's key or "
            "one of its usage subjects. Replace YOUR_API_KEY with ",
            ui.text_link("an API key", "/settings/api-keys"),
            " that may send events.",
            size="2",
            color=MUTED,
            max_width="75ch",
        ),
        ui.section("curl", ui.code_block(code.curl, label="Copy the curl command")),
        ui.section("Python", ui.code_block(code.python, label="Copy the Python program")),
        ui.section("JavaScript", ui.code_block(code.javascript, label="Copy the JavaScript program")),
        direction="column",
        gap="20px",
        width="100%",
    )


def _definition() -> rx.Component:
    facts = MeterState.meter
    return rx.flex(
        ui.card(
            ui.definition_list(
                ("Measures", facts.measure),
                ("Event type", rx.code(facts.event_type, size="2", variant="soft", color_scheme="gray")),
                ("Value", facts.value_property),
                ("Dimensions", facts.dimensions),
                ("Counts from", facts.counts_from),
                ("Last event", rx.el.span(facts.last_event, title=facts.last_event_at)),
                ("Created", facts.created),
                ("Id", ui.copyable(facts.id)),
                ("Description", rx.cond(facts.description != "", facts.description, "\N{EN DASH}")),
            )
        ),
        ui.section(
            "Priced by it",
            rx.cond(
                MeterState.uses.length() > 0,
                ui.card(
                    ui.plain_table(
                        MeterState.uses,
                        [
                            ui.Column("Feature", lambda row: ui.row_link(row.name, row.href)),
                            ui.Column("Key", lambda row: rx.text(row.key, size="2", color=MUTED)),
                        ],
                        label="Features",
                    ),
                    padding="0",
                ),
                rx.text("No feature uses this meter yet.", size="2", color=MUTED),
            ),
        ),
        direction="column",
        gap="22px",
        width="100%",
    )


def _form() -> rx.Component:
    facts = MeterState.meter
    return ui.drawer(
        ui.text_field(
            "Name", "name", default_value=facts.name, key=facts.name, problem=MeterState.problems.get("name", "")
        ),
        ui.text_area(
            "Description",
            "description",
            default_value=facts.description,
            key=facts.description,
            optional=True,
            problem=MeterState.problems.get("description", ""),
        ),
        dimensions(MeterState),
        rx.cond(
            MeterState.problems.contains("dimensions"),
            rx.text(MeterState.problems["dimensions"], size="1", color="var(--red-11)", role="alert"),
            rx.fragment(),
        ),
        title="Edit the meter",
        note="What it measures stays: invoices rely on it. Dimensions hold for all events that are here.",
        is_open=MeterState.editing,
        on_close=MeterState.close_form,
        on_submit=MeterState.save,
    )
