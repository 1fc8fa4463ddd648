"""The REST API as one ASGI app: mounted beside the portal, or served alone."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from backend import bootstrap
from backend.api import health, session
from backend.api.address import SlashesInKeys
from backend.api.observe import Observed
from backend.api.problems import install_problems
from backend.api.v1.announcements import WRITERS
from backend.api.v1.router import ROUTERS
from backend.api.v2.router import ROUTERS as V2
from backend.api.v3.router import ROUTERS as V3
from backend.api.wire import StraightRoute
from backend.infra import outbox
from backend.notifications import service as notifications

DESCRIPTION = "Metering, quotas and usage-based billing. OpenMeter's official clients work against it unchanged."


def create_api() -> FastAPI:
    """The API with all its routes; every error under /api is a problem+json, and its words are those of webhooks."""
    outbox.write_with(WRITERS, notifications.heard)
    bootstrap.join()
    api = FastAPIOffline(
        title="Meterline",
        version="1.0.0",
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        static_url="/api/docs/assets",
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # `Observed` tells what there is to tell
    )
    api.add_middleware(SlashesInKeys)
    install_problems(api)
    for router in (*ROUTERS, *V2, *V3, health.router, session.router):
        api.router.routes.extend(router.routes)  # one list to look through; those included are looked through twice
    api.router.routes.sort(key=lambda route: not isinstance(route, StraightRoute))  # most requests bring events
    return api


def create_observed_api() -> ASGIApp:
    """The API with request ids, logs and metrics around it."""
    return Observed(create_api())
