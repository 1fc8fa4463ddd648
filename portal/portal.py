"""Joins the portal, the REST API and the scheduler into one app behind one door."""

import reflex as rx
from starlette.types import ASGIApp

import portal.pages  # noqa: F401 - a page exists because it is imported
from backend.api.app import create_observed_api
from backend.infra.settings import settings
from backend.jobs.scheduler import running_scheduler
from portal import boundary, build, theme
from portal.door import Door


def behind_one_door(reflex_app: ASGIApp) -> ASGIApp:
    """Each app keeps its own errors: under /api nothing but the API answers."""
    return Door(reflex_app, create_observed_api(), pages=build.PAGES, public_url=settings().public_url)


app = rx.App(
    style=theme.STYLE,
    stylesheets=theme.STYLESHEETS,
    head_components=theme.HEAD,
    # At the top, where it hides neither the Save of a drawer nor that of a page.
    toaster=rx.toast.provider(position="top-center", toast_options=rx.toast.options(duration=2500)),
    api_transformer=behind_one_door,
    backend_exception_handler=boundary.unexpected,
    html_lang="en",
)
app.register_lifespan_task(running_scheduler)
