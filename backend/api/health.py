"""What an operator's probes ask: alive, ready, and the figures."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import Unavailable
from backend.infra import migrations
from backend.infra.db import database

router = APIRouter(tags=["Operations"])


@router.get("/api/health", operation_id="getHealth")
def health() -> dict[str, str]:
    """Answers as long as the process is alive."""
    return {"status": "ok"}


@router.get("/api/ready", operation_id="getReady")
def ready() -> dict[str, str]:
    """Answers 200 once the database is reachable and migrated, else 503."""
    try:
        behind = migrations.behind(database())
    except SQLAlchemyError as error:
        raise Unavailable("The database cannot be reached.") from error
    if behind:
        raise Unavailable("The database is not migrated to the version of this program.")
    return {"status": "ready"}


@router.get("/api/metrics", operation_id="getMetrics", include_in_schema=False)
def metrics() -> Response:
    """The figures of this process in Prometheus' format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
