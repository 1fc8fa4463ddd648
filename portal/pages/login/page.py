"""The sign-in page: it posts to the REST API, which sets a cookie that no script can read."""

import reflex as rx

from portal import components as ui
from portal.components.brand import mark
from portal.theme import CANVAS, MUTED


@rx.page(route="/login", title="Sign in \N{MIDDLE DOT} Meterline")
def login() -> rx.Component:
    """Works without the portal's own connection: `assets/meterline.js` sends the form."""
    return rx.el.main(
        rx.flex(
            rx.flex(
                mark(40),
                rx.heading("Sign in to Meterline", as_="h1", size="5", letter_spacing="-0.015em"),
                rx.text("Usage, plans and invoices in one place.", size="2", color=MUTED),
                direction="column",
                align="center",
                gap="8px",
            ),
            ui.card(_form(), padding="26px"),
            direction="column",
            gap="24px",
            width="100%",
            max_width="380px",
        ),
        style={
            "minHeight": "100vh",
            "display": "flex",
            "justifyContent": "center",
            "alignItems": "flex-start",
            "padding": "14vh 20px 40px",
            "background": CANVAS,
        },
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.flex(
            ui.text_field("E-mail", "email", type="email", auto_complete="username", required=True, auto_focus=True),
            ui.text_field("Password", "password", type="password", auto_complete="current-password", required=True),
            rx.el.p(
                id="sign-in-problem",
                role="alert",
                style={"margin": "0", "color": "var(--red-11)", "fontSize": "13.5px"},
                class_name="ml-problem",
            ),
            ui.button("Sign in", kind="primary", type="submit", size="3", width="100%"),
            direction="column",
            gap="16px",
        ),
        id="sign-in",
    )
