"""API keys: make one, see its secret once, and end it."""

from typing import Any

import reflex as rx

from backend.access.models import Scope
from backend.access.roles import Permission
from portal import components as ui
from portal.frame import staff_page
from portal.pages.settings.api_keys.state import SCOPES, ApiKeysState
from portal.session import allowed
from portal.theme import MUTED


@staff_page("/settings/api-keys", title="API keys", on_load=ApiKeysState.load)
def api_keys() -> rx.Component:
    return rx.fragment(
        ui.page_header(
            "API keys",
            subtitle="Programs send usage and read results with a key. Each key belongs to this namespace only.",
            actions=[_new()],
        ),
        ui.data_table(
            ApiKeysState,
            [
                ui.Column("Name", _name),
                ui.Column("May do", lambda row: row.scope),
                ui.Column("Created", lambda row: ui.when(row.created, row.created_exact)),
                ui.Column("Last used", lambda row: ui.when(row.used, row.used_exact)),
                ui.Column("", _revoke, tight=True),
            ],
            label="API keys",
            search="Search by name",
            export=True,
            chips=[("", "All"), *((scope.value, text) for scope, text in SCOPES.items())],
            empty=ui.empty_state(
                "No API keys yet",
                "A key lets a program send usage events or read from the API without a person signing in.",
                _new(),
                icon="key-round",
            ),
        ),
        _form(),
        _secret(),
    )


def _new() -> rx.Component:
    return allowed(
        Permission.ACCESS, ui.button("New API key", kind="primary", icon="plus", on_click=ApiKeysState.open_form)
    )


def _name(row: Any) -> rx.Component:
    return rx.flex(
        rx.text(row.name, size="2", weight="medium"),
        rx.code(row.prefix, size="1", variant="ghost", color_scheme="gray"),
        direction="column",
        gap="1px",
    )


def _revoke(row: Any) -> rx.Component:
    question = ui.confirm(
        ui.button("Revoke", size="1", aria_label="Revoke " + row.name),
        "Revoke " + row.name + "?",
        "Every program that uses this key is refused from this moment on. A revoked key cannot be brought back.",
        "Revoke",
        ApiKeysState.revoke(row.id),
    )
    from_settings = rx.text("From the settings", size="1", color=MUTED)
    return rx.cond(row.revocable, allowed(Permission.ACCESS, question), from_settings)


def _form() -> rx.Component:
    return ui.drawer(
        ui.text_field(
            "Name",
            "name",
            placeholder="Production gateway",
            hint="The program that will use it.",
            problem=ApiKeysState.problems.get("name", ""),
            auto_focus=True,
        ),
        ui.choice_field(
            "May do",
            "scope",
            [(scope.value, text) for scope, text in SCOPES.items()],
            default_value=Scope.INGEST.value,
            hint="Programs that only report usage should not be able to read or change anything.",
            problem=ApiKeysState.problems.get("scope", ""),
        ),
        title="New API key",
        note="Its secret is shown once, right after this.",
        is_open=ApiKeysState.form_open,
        on_close=ApiKeysState.close_form,
        on_submit=ApiKeysState.create,
        save="Create key",
    )


def _secret() -> rx.Component:
    return ui.shown_once(
        ApiKeysState.secret_name,
        "This is the secret of the key. Copy it now: it is not kept and cannot be shown again.",
        ApiKeysState.secret,
        ApiKeysState.forget_secret,
        label="Copy the secret",
    )
