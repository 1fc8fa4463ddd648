"""What programs ask about Meterline itself: today's events by subject, its currencies, how far a question is."""

from datetime import datetime

from fastapi import APIRouter, Response

from backend.api.deps import Reading
from backend.api.wire import Wire, WireRoute
from backend.engine.currency import CURRENCIES
from backend.infra import progress
from backend.ingest import service as ingest

router = APIRouter(prefix="/api/v1", route_class=WireRoute)

HEAD = ("# HELP openmeter_events Events since midnight UTC.", "# TYPE openmeter_events counter")


class ProgressOut(Wire):
    """How far something is."""

    success: int
    failed: int
    total: int
    updated_at: datetime


class CurrencyOut(Wire):
    """A currency, and with how many decimals it is paid."""

    code: str
    name: str
    symbol: str
    subunits: int


@router.get(
    "/debug/metrics", operation_id="getDebugMetrics", tags=["Debug"], response_class=Response, response_model=str
)
def debug_metrics(ctx: Reading) -> Response:
    """How many events each subject had since midnight UTC, as OpenMetrics text (metering spec 15)."""
    midnight = ctx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    counts = sorted(ingest.events_by_subject(ctx, midnight).items())
    lines = [f'openmeter_events_total{{subject="{_escaped(subject)}"}} {count}' for subject, count in counts]
    return Response("\n".join([*HEAD, *lines, "# EOF", ""]), media_type="text/plain; charset=utf-8")


@router.get("/info/currencies", operation_id="listCurrencies", tags=["Lookup Information"])
def list_currencies(_: Reading) -> list[CurrencyOut]:
    """Every currency that can be billed in, by its code."""
    return [
        CurrencyOut(code=known.code, name=known.name, symbol=known.symbol, subunits=known.subunits)
        for known in CURRENCIES.values()
    ]


@router.get("/info/progress/{id}", operation_id="getProgress", tags=["Lookup Information"])
def get_progress(ctx: Reading, id: str) -> ProgressOut:  # noqa: A002 - the contract's name
    """How far a question is, by the clientId it was asked with."""
    found = progress.get(ctx, id)
    return ProgressOut(success=found.success, failed=found.failed, total=found.total, updated_at=found.updated_at)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
