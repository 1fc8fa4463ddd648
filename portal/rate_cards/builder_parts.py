"""What both builders have around their fields: the bar with Save and Publish, the question, what is left to do."""

from typing import Any

import reflex as rx

from portal import components as ui
from portal.rate_cards.advice import remarks
from portal.theme import MUTED


def builder_header(state: Any, title: str, lists: str) -> rx.Component:
    """The head of a builder: `title` while it has no name, `lists` is the name of the list above it."""
    is_new = state.opened.id == ""
    return ui.page_header(
        rx.cond(is_new | (state.form.name == ""), title, state.form.name),
        crumbs=[(lists, state.ADDRESS)],
        subtitle=rx.cond(
            is_new,
            "It stays a draft until you publish it.",
            rx.cond(state.opened.version != "", state.opened.version + ", draft", ""),
        ),
    )


def builder_layout(state: Any, fields: rx.Component, beside: rx.Component, *more: rx.Component) -> rx.Component:
    """Fields at the left, what they come to at the right, the bar beneath; leaving with changes asks first."""
    return ui.unsaved(
        rx.grid(
            fields,
            beside,
            columns=rx.breakpoints(initial="minmax(0, 1fr)", md="minmax(0, 1fr) 380px"),
            gap="28px",
            width="100%",
            align="start",
        ),
        _bar(state),
        ui.confirm_when(
            state.question != "",
            state.stay,
            "Publish " + state.form.name + "?",
            state.question,
            "Publish",
            state.publish,
            danger=False,
        ),
        *more,
        changed=state.dirty,
    )


def problem_at(state: Any, place: str) -> rx.Var:
    """What is wrong at a place of the draft itself, once it may be said."""
    return rx.cond(state.places.contains(place), state.places[place], "")


def text_at(state: Any, label: str, field: str, **props: Any) -> rx.Component:
    """A line of text of the draft itself."""
    return ui.text_field(
        label,
        field,
        value=getattr(state.form, field),
        on_change=lambda text: state.put(field, text),
        problem=problem_at(state, field),
        **props,
    )


def choice_at(state: Any, label: str, field: str, choices: Any, place: str, **props: Any) -> rx.Component:
    """One of several, of the draft itself."""
    return ui.choice_field(
        label,
        field,
        choices,
        value=getattr(state.form, field),
        on_change=lambda chosen: state.put(field, chosen),
        problem=problem_at(state, place),
        **props,
    )


def left_to_do(state: Any) -> rx.Component:
    """What keeps it from being published, and what is worth a second look."""
    to_do = ui.card(
        rx.heading("Before it can be published", as_="h2", size="3", weight="medium"),
        rx.el.ul(
            rx.foreach(state.to_do, rx.el.li),
            style={
                "margin": "8px 0 0",
                "paddingLeft": "18px",
                "listStyle": "disc",
                "fontSize": "13.5px",
                "color": MUTED,
                "lineHeight": "1.6",
            },
        ),
        custom_attrs={"data-testid": "to-do"},
    )
    advice = ui.card(
        rx.heading("Worth a second look", as_="h2", size="3", weight="medium"),
        rx.text("It can be published all the same.", size="1", color=MUTED, margin="2px 0 8px"),
        remarks(state.advice),
    )
    return rx.fragment(
        rx.cond(state.to_do.length() > 0, to_do, rx.fragment()),
        rx.cond(state.wizard_open | (state.advice.length() == 0), rx.fragment(), advice),
    )


def _bar(state: Any) -> rx.Component:
    """Always in sight: where things stand, Cancel, Save draft, Publish."""
    back = rx.cond(state.opened.id == "", state.ADDRESS, f"{state.ADDRESS}/" + state.opened.id)
    count = state.to_do.length()
    standing = rx.cond(
        count == 0,
        "Ready to publish.",
        rx.cond(count == 1, "One thing is left to do.", count.to_string() + " things are left to do."),
    )
    return ui.save_bar(
        ui.link_button("Cancel", back),
        ui.button("Save draft", on_click=state.save),
        ui.button("Publish", kind="primary", icon="rocket", on_click=state.ask_publish),
        state=standing,
    )
