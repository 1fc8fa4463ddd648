"""Ten million events: does storing slow down, how long does one month take to read, and what does a quota cost."""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal

import duckdb

from backend.engine.period import Period
from backend.infra.context import unit_of_work
from backend.metering import service as metering
from bench.checks import check_stored, create_meters
from bench.load import Load
from bench.progress import progress
from bench.quotas import measure_quotas
from bench.ratio import Better, NoResult, Ratio
from bench.size import Size
from bench.stage import Kind, stage
from bench.usage import CUSTOMERS, END, SQL, START, TOKENS, USERS

CONNECTIONS, BATCH = 64, 100
PARTS, TENTHS = 5, 10
CUSTOMERS_ASKED = 20
MONTH_AIM = {"SQLite": 0.05, "PostgreSQL": 0.10}
SCANS = {"tokens": "sum(tokens)", "users": 'count(DISTINCT "user")'}


def measure(kind: Kind, size: Size) -> Sequence[Ratio]:
    """Send the whole history over HTTP, timing its first and fifth tenth; then ask about customers' months."""
    with stage(kind) as where, progress(f"{kind.name}: history", size.events) as bar:
        create_meters(where, TOKENS, USERS)
        part, rates = size.events // TENTHS, []
        for first in range(0, size.events, part):
            load = Load(CONNECTIONS, first, min(first + part, size.events), size.events, BATCH)
            report = where.send(load, lambda done: bar.update(done * BATCH))
            rates.append((load.end - load.first) / report.seconds)
        check_stored(where, size.events, size.events)
        ours, scans = _ask(size)
        quotas = measure_quotas(where, kind, size)
    named = f"{kind.name}: fifth {part:,} events ÷ first"
    growth = Ratio(named, [rates[PARTS - 1]], [rates[0]], "/s", Better.HIGHER, 0.75)
    month = ("tokens", f"{kind.name}: one customer's month ÷ DuckDB scan", MONTH_AIM[kind.name])
    unique = ("users", f"{kind.name}: unique count of a month ÷ DuckDB scan", 1.0)
    return [
        growth,
        *(Ratio(name, ours[slug], scans[slug], "ms", Better.LOWER, aim) for slug, name, aim in (month, unique)),
        *quotas,
    ]


Times = dict[str, list[float]]


def _ask(size: Size) -> tuple[Times, Times]:
    """Milliseconds of the same questions to the product's service and to DuckDB; their answers must be the same."""
    ours: Times = {slug: [] for slug in SCANS}
    scans: Times = {slug: [] for slug in SCANS}
    with duckdb.connect() as scanned:
        scanned.execute(f"CREATE TABLE usage AS {SQL}", {"events": size.events})
        for number in range(CUSTOMERS_ASKED):
            customer = f"customer-{number * CUSTOMERS // CUSTOMERS_ASKED}"
            for slug, expression in SCANS.items():
                answer, milliseconds = _timed(lambda c=customer, s=slug: _usage(s, c))
                ours[slug].append(milliseconds)
                scan, milliseconds = _timed(lambda c=customer, e=expression: _scan(scanned, e, c))
                scans[slug].append(milliseconds)
                if answer != scan:
                    raise NoResult(f"{customer} used {answer} {slug} in the month, but DuckDB finds {scan}.")
    return ours, scans


def _usage(slug: str, customer: str) -> Decimal:
    """What a quota or an invoice asks: a unit of work of its own, from finding the meter to the number."""
    with unit_of_work(writing=False) as ctx:
        meter = metering.get_meter(ctx, slug)
        return metering.usage(ctx, meter, [customer], Period(START, END))


def _scan(scanned: duckdb.DuckDBPyConnection, expression: str, customer: str) -> Decimal:
    question = f"SELECT {expression} FROM usage WHERE subject = ? AND time >= ? AND time < ?"
    bounds = (START.replace(tzinfo=None), END.replace(tzinfo=None))
    [found] = scanned.execute(question, [customer, *bounds]).fetchall()
    return Decimal(found[0])


def _timed(question: Callable[[], Decimal]) -> tuple[Decimal, float]:
    started = time.perf_counter()
    answer = question()
    return answer, (time.perf_counter() - started) * 1000
