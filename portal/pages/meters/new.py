"""A new meter: pick a template or start by hand, and watch what it makes of real events."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.frame import staff_page
from portal.pages.meters.dimensions import dimensions
from portal.pages.meters.new_state import NewMeterState
from portal.pages.meters.preview import preview
from portal.pages.meters.templates import TEMPLATES, Template
from portal.pages.meters.words import AGGREGATIONS
from portal.theme import MUTED

COUNT = "COUNT"
EVERY = 5


@staff_page("/meters/new", title="New meter", on_load=NewMeterState.load)
def new_meter() -> rx.Component:
    return rx.fragment(
        ui.page_header(
            "New meter",
            crumbs=[("Meters", "/meters")],
            subtitle="What a meter measures stays as it is once created; its name and dimensions can change.",
        ),
        ui.loaded(
            NewMeterState,
            ui.unsaved(
                _templates(),
                rx.grid(
                    _form(), preview(), columns=rx.breakpoints(initial="1", md="3fr 2fr"), gap="20px", margin_top="22px"
                ),
                ui.save_bar(
                    ui.link_button("Cancel", "/meters"),
                    ui.button("Create meter", kind="primary", on_click=NewMeterState.create),
                    state=NewMeterState.counted,
                ),
                ui.live(NewMeterState.refresh, EVERY),
                changed=NewMeterState.changed,
            ),
        ),
    )


def _templates() -> rx.Component:
    by_hand = _choice("", "By hand", "pencil", "Start with nothing")
    return rx.el.fieldset(
        rx.el.legend("Start from", class_name="ml-hidden"),
        rx.grid(
            *[_template(template) for template in TEMPLATES],
            by_hand,
            columns="repeat(auto-fit, minmax(160px, 1fr))",
            gap="10px",
        ),
        style={"border": "0", "padding": "0", "margin": "0"},
    )


def _template(template: Template) -> rx.Component:
    return _choice(template.key, template.label, template.icon, template.teaches)


def _choice(key: str, label: str, icon: str, teaches: str) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=17, aria_hidden="true", color="var(--accent-11)"),
        rx.el.span(label, style={"fontWeight": "500", "fontSize": "13.5px"}),
        rx.el.span(teaches, style={"fontSize": "12px", "color": MUTED}),
        type="button",
        class_name="ml-pick",
        aria_pressed=rx.cond(NewMeterState.template == key, "true", "false"),
        on_click=NewMeterState.use_template(key),
    )


def _typed(label: str, field: str, **props: Any) -> rx.Component:
    return ui.text_field(
        label,
        field,
        value=getattr(NewMeterState, field),
        on_change=NewMeterState.type_in(field),
        problem=NewMeterState.problems.get(field, ""),
        **props,
    )


def _form() -> rx.Component:
    aggregation = ui.choice_field(
        "Aggregation",
        "aggregation",
        AGGREGATIONS,
        value=NewMeterState.aggregation,
        on_change=NewMeterState.type_in("aggregation"),
    )
    types = rx.el.datalist(
        rx.foreach(NewMeterState.known_types, lambda name: rx.el.option(value=name)), id="known-types"
    )
    value = _typed("Value", "value_property", placeholder="$.tokens", hint="Where the number stands in the data.")
    return ui.card(
        rx.flex(
            _typed("Name", "name", placeholder="LLM tokens"),
            _typed("Slug", "slug", hint="Programs name the meter by it. It cannot change."),
            _typed("Event type", "event_type", placeholder="llm.completion", custom_attrs={"list": "known-types"}),
            types,
            aggregation,
            rx.cond(NewMeterState.aggregation != COUNT, value, rx.fragment()),
            dimensions(NewMeterState),
            ui.text_area(
                "Description",
                "description",
                value=NewMeterState.description,
                on_change=NewMeterState.type_in("description"),
                problem=NewMeterState.problems.get("description", ""),
                optional=True,
            ),
            ui.text_field(
                "Count from",
                "event_from",
                type="datetime-local",
                value=NewMeterState.event_from,
                on_change=NewMeterState.type_in("event_from"),
                hint="In UTC. Left empty, all events that are here count too.",
                problem=NewMeterState.problems.get("event_from", ""),
                optional=True,
            ),
            direction="column",
            gap="18px",
        )
    )
