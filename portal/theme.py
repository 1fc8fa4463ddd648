"""How Meterline looks: one accent colour, calm greys, one typeface with tabular figures, light and dark."""

from typing import Any

import reflex as rx
from reflex.plugins import Plugin

THEME = rx.theme(accent_color="iris", gray_color="slate", radius="large", scaling="95%", panel_background="solid")

FONT = "'Inter Variable', -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace"

BORDER = "1px solid var(--gray-a4)"
SURFACE = "var(--meterline-surface)"
CANVAS = "var(--meterline-canvas)"
MUTED = "var(--gray-11)"
FIGURES = {"font_variant_numeric": "tabular-nums"}

STYLE: dict[str, Any] = {
    "font_family": FONT,
    "--default-font-family": FONT,
    "--code-font-family": MONO,
    "::selection": {"background": "var(--accent-a5)"},
}

STYLESHEETS = ["/meterline.css"]
SIDEBAR_WIDTH = "236px"


class Typeface(Plugin):
    """Ships Inter with the portal, so that figures align everywhere and no other site is asked for it."""

    def get_frontend_dependencies(self, **_context: Any) -> list[str]:
        return ["@fontsource-variable/inter@5.2.8"]

    def get_stylesheet_paths(self, **_context: Any) -> list[str]:
        return ["@fontsource-variable/inter/index.css"]


HEAD = [
    rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
    rx.el.script(src="/meterline.js", defer=True),
]
