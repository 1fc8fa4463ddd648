"""Where time is real: the form that makes a sandbox, and the way into it."""

import reflex as rx

from portal import components as ui
from portal.pages.settings.clock.sandbox_state import NewSandboxState
from portal.theme import MUTED


def new_sandbox() -> rx.Component:
    """The button, its form, and what is shown once it is made."""
    state = NewSandboxState
    form = ui.drawer(
        ui.text_field(
            "Name",
            "sandbox_name",
            placeholder="Playground",
            on_change=state.name_typed,
            problem=state.problems.get("name", ""),
            auto_focus=True,
        ),
        ui.text_field(
            "Key",
            "key",
            value=state.key,
            on_change=state.key_typed,
            hint="Stands in the address of its sign-in page. It cannot change.",
            problem=state.problems.get("key", ""),
        ),
        ui.text_field(
            "Your password there",
            "password",
            type="password",
            auto_complete="new-password",
            hint="You sign in to the sandbox with your e-mail address and this password.",
            problem=state.problems.get("password", ""),
        ),
        title="New sandbox",
        note="It starts empty, has its own customers, keys and people, and charges nobody.",
        is_open=state.form_open,
        on_close=state.close_form,
        on_submit=state.create,
        save="Create sandbox",
    )
    return rx.fragment(
        ui.button("Create a sandbox", kind="primary", icon="flask-conical", on_click=state.open_form), form, _made()
    )


def _made() -> rx.Component:
    state = NewSandboxState
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title("The sandbox is ready", size="4"),
            rx.alert_dialog.description(
                "This is the secret of its first API key, with full access. Copy it now: it cannot be shown again.",
                size="2",
                color=MUTED,
            ),
            rx.box(ui.code_block(state.secret, label="Copy the secret"), margin_top="16px"),
            rx.flex(
                rx.alert_dialog.action(ui.button("Stay here", on_click=state.forget_secret)),
                ui.link_button("Sign in to the sandbox", state.sign_in, kind="primary"),
                gap="10px",
                justify="end",
                margin_top="20px",
            ),
            max_width="520px",
        ),
        open=state.secret != "",
    )
