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
    """Milliseconds of the same questions to the product's service and to DuckDB; their answers must be the same.

    Each is asked of one customer after another, as who writes invoices does: between two scans of all rows, a question
    would be measured with the processor's caches full of them.
    """
    ours: Times = {slug: [] for slug in SCANS}
    scans: Times = {slug: [] for slug in SCANS}
    customers = [f"customer-{number * CUSTOMERS // CUSTOMERS_ASKED}" for number in range(CUSTOMERS_ASKED)]
    with duckdb.connect() as scanned:
        scanned.execute(f"CREATE TABLE usage AS {SQL}", {"events": size.events})
        for slug, expression in SCANS.items():
            answers, ours[slug] = _timed(customers, lambda customer, slug=slug: _usage(slug, customer))
            found, scans[slug] = _timed(customers, lambda customer, of=expression: _scan(scanned, of, customer))
            if answers != found:
                raise NoResult(f"The customers used {answers} {slug} in the month, but DuckDB finds {found}.")
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


def _timed(customers: Sequence[str], question: Callable[[str], Decimal]) -> tuple[list[Decimal], list[float]]:
    answers, milliseconds = [], []
    for customer in customers:
        started = time.perf_counter()
        answers.append(question(customer))
        milliseconds.append((time.perf_counter() - started) * 1000)
    return answers, milliseconds
