"""What is stored must be what was sent, to the last event and the last tenth, or there is no result."""

from decimal import Decimal

from sqlmodel import col, func, select

from backend.engine.exact import ZERO
from backend.infra.context import unit_of_work
from backend.ingest.models import UsageEvent
from backend.metering import service as metering
from backend.metering.models import UsageDay
from bench.ratio import NoResult
from bench.stage import Stage
from bench.usage import Usage


def create_meters(where: Stage, *meters: dict[str, str]) -> None:
    """The meters that every event is counted by while it is stored."""
    with where.api() as api:
        for meter in meters:
            api.post("/api/v1/meters", json=meter).raise_for_status()


def counted(where: Stage) -> Decimal:
    """The answer of the meter `tokens` for all time, asked over HTTP."""
    with where.api() as api:
        answer = api.get("/api/v1/meters/tokens/query").raise_for_status()
    return Decimal(sum((row["value"] for row in answer.json(parse_float=Decimal)["data"]), ZERO))


def check_stored(where: Stage, sent: int, events: int) -> None:
    """Raise NoResult unless rows, rollup and answer agree with the first `sent` events."""
    expected = Usage(events).sum_of(0, sent)
    with unit_of_work(writing=False) as ctx:
        rows = ctx.session.exec(select(func.count()).select_from(UsageEvent)).one()
        different = ctx.session.exec(select(func.count(func.distinct(UsageEvent.event_id)))).one()
        rollup = metering.get_meter(ctx, "tokens").rollup
        days = ctx.session.exec(select(UsageDay.events, UsageDay.value).where(col(UsageDay.rollup) == rollup)).all()
    found = {
        "rows": rows == sent,
        "different ids": different == sent,
        "events of the rollup": sum(day.events for day in days) == sent,
        "sum of the rollup": sum((day.value for day in days), ZERO) == expected,
        "answer of the meter": counted(where) == expected,
    }
    wrong = [name for name, is_right in found.items() if not is_right]
    if wrong:
        raise NoResult(f"{sent} events were acknowledged, but these disagree: {', '.join(wrong)}.")
