"""What a quota costs a request: the value check and the reservation, beside a request that does nothing."""

import json
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from backend.catalog.service import features
from backend.catalog.templates import MeteredTemplate
from backend.catalog.terms import FeatureInput
from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.period import Period
from backend.engine.recurrence import MONTH, YEAR
from backend.entitlements import service as entitlements
from backend.entitlements.service import EntitlementInput
from backend.entitlements.service.grants import GrantInput, Renewal
from backend.infra.context import unit_of_work
from backend.ingest import service as ingest
from backend.ingest.cloudevents import CloudEvent
from backend.jobs import balances
from backend.metering import service as metering
from bench.load import Load
from bench.progress import progress
from bench.ratio import Better, NoResult, Ratio
from bench.server import NO_OP
from bench.size import Size
from bench.stage import KEY, Kind, Stage
from bench.usage import SOURCE, START, TYPE

CUSTOMER = "customer-7"
GRANTS, EACH = 100, Decimal(1_000_000)
WARM_UP, REQUESTS = 100, 300
CONNECTIONS, BATCH = 2, 100
EVENTS_TODAY, MOST, LONGEST_SECONDS = 50, 10**9, 3600
PLACE = f"/api/v1/customers/{CUSTOMER}/entitlements/tokens"
ASKED: dict[str, tuple[str, str, bytes | None]] = {
    "no-op": ("POST", NO_OP, b""),
    "value": ("GET", f"{PLACE}/value", None),
    "reserve": ("POST", f"{PLACE}/reservations", b'{"amount":0.001,"ttl":"PT10S"}'),
}
CHECKED = ("no-op", "value")
AIMS = {"SQLite": (1.5, 2.0, 4.0), "PostgreSQL": (3.5, 5.0, 8.0)}
"""Of the value check alone, beside ingest, and of a reservation."""


class Line:
    """One connection to the server, and how long it takes to answer."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host = parts.netloc
        self.socket = socket.create_connection((parts.hostname, parts.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, path: str, body: bytes | None) -> tuple[float, bytes]:
        """Milliseconds until the whole answer is here, and the answer; NoResult unless it is a success."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {KEY}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        started = time.perf_counter()
        self.socket.sendall(f"{head}\r\n".encode() + (body or b""))
        answer = self.socket.recv(65536)
        while not _is_whole(answer):
            answer += self.socket.recv(65536)
        milliseconds = (time.perf_counter() - started) * 1000
        head_bytes, _, content = answer.partition(b"\r\n\r\n")
        if head_bytes[9:10] != b"2":
            raise NoResult(f"{method} {path} was answered {answer.decode()}.")
        return milliseconds, content


def _is_whole(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return not lengths or len(body) >= int(lengths[0])


Times = dict[str, list[float]]


def measure_quotas(where: Stage, kind: Kind, size: Size) -> Sequence[Ratio]:
    """Give one customer of the history 100 grants, and ask for its value and for units of it, one after another."""
    _entitle()
    _use_today()
    balances.run()  # as the product's own scheduler does every hour
    line = Line(where.address)
    _check(line)
    _ask_all(line, WARM_UP)
    with progress(f"{kind.name}: quotas", 2 * size.rounds, "rounds") as bar:
        alone: Times = {name: [] for name in ASKED}
        for _ in range(size.rounds):
            _append(alone, _ask_all(line, REQUESTS))
            bar.update()
        beside: Times = {name: [] for name in CHECKED}
        with _ingesting(where, size):
            for _ in range(size.rounds):
                _append(beside, _ask_all(line, REQUESTS, CHECKED))
                bar.update()
    _check(line)
    rows = (
        ("value check", "value", alone),
        ("value check beside ingest", "value", beside),
        ("reservation", "reserve", alone),
    )
    return [
        Ratio(f"{kind.name}: {name} ÷ no-op", times[what], times["no-op"], "ms", Better.LOWER, aim)
        for (name, what, times), aim in zip(rows, AIMS[kind.name], strict=True)
    ]


def _entitle() -> None:
    """A yearly quota since the first event: grants that begin one after another, every tenth full again each month."""
    with unit_of_work(now=START) as ctx:
        feature = features.create(ctx, FeatureInput("tokens", "Tokens", meter="tokens"))
        customer = customers.create(ctx, CustomerInput(CUSTOMER, key=CUSTOMER))
        grants = [
            GrantInput(
                EACH,
                START + timedelta(hours=number),
                priority=number % 5,
                recurrence=None if number % 10 else Renewal(MONTH),
            )
            for number in range(GRANTS)
        ]
        wanted = EntitlementInput(
            customer.id, feature, MeteredTemplate(), START, usage_period=YEAR, usage_anchor=START, grants=grants
        )
        entitlements.create(ctx, wanted)


def _use_today() -> None:
    """The customer is one who uses the product while its quota is asked for."""
    data = '{"tokens":1.5,"user":"user-1","model":"model-1","region":"eu-west-1"}'
    with unit_of_work() as ctx:
        times = [ctx.now - timedelta(minutes=10 * number) for number in range(EVENTS_TODAY)]
        ingest.ingest(ctx, [CloudEvent(f"today-{at}", SOURCE, TYPE, CUSTOMER, at, data) for at in times])


def _ask_all(line: Line, times: int, names: Sequence[str] = tuple(ASKED)) -> Times:
    """Each kind of request so many times, in turn; what was reserved is released again, which is not timed."""
    measured: Times = {name: [] for name in names}
    for _ in range(times):
        for name in names:
            milliseconds, answer = line.ask(*ASKED[name])
            measured[name].append(milliseconds)
            if name == "reserve":
                line.ask("POST", f"{PLACE}/reservations/{json.loads(answer)['id']}/release", b"")
    return measured


def _append(all_times: Times, times: Times) -> None:
    for name, measured in times.items():
        all_times[name] += measured


def _check(line: Line) -> None:
    """Raise NoResult unless the value says what the events come to, and what is left of all that was granted.

    What a sender sent before it was stopped may still be on its way: it counts when the events come to the same before
    and after the value was asked for.
    """
    before, used = None, _used()
    while used != before:
        before = used
        value = json.loads(line.ask(*ASKED["value"])[1], parse_float=Decimal)
        used = _used()
    if value["usage"] != used or not value["hasAccess"] or value["overage"] or not value["balance"] > 0:
        raise NoResult(f"{CUSTOMER} used {used}, but its value is {value}.")


def _used() -> Decimal:
    with unit_of_work(writing=False) as ctx:
        meter = metering.get_meter(ctx, "tokens")
        return metering.usage(ctx, meter, [CUSTOMER], Period(START, ctx.now + timedelta(minutes=1)))


@contextmanager
def _ingesting(where: Stage, size: Size) -> Iterator[None]:
    """Events come in while the block runs."""
    load = Load(CONNECTIONS, size.events, MOST, size.events, BATCH, LONGEST_SECONDS, live=True)
    process = where.sending(load)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
