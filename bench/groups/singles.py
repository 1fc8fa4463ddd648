"""Durable single events on 64 connections, beside posts that do nothing: an empty batch on the same endpoint."""

from collections.abc import Sequence

from bench.checks import check_stored, create_meters
from bench.load import Load, Report
from bench.progress import progress
from bench.ratio import Better, Ratio
from bench.size import Size
from bench.stage import Kind, stage
from bench.usage import TOKENS

CONNECTIONS = 64
MOST = 10_000_000
WARM_UP_SECONDS = 1.0


def measure(kind: Kind, size: Size) -> Sequence[Ratio]:
    """Rounds of both in turn; every answer of the first is an event on disk."""
    sent = 0
    ours: list[float] = []
    yardstick: list[float] = []
    with stage(kind) as where, progress(f"{kind.name}: single events", size.rounds, "rounds") as bar:
        create_meters(where, TOKENS)

        def post(batch: int, seconds: float) -> Report:
            return where.send(Load(CONNECTIONS, sent, MOST, MOST, batch, seconds))

        post(0, WARM_UP_SECONDS)
        sent += post(1, WARM_UP_SECONDS).requests
        for _ in range(size.rounds):
            nothing = post(0, size.seconds / 2)
            yardstick.append(nothing.requests / nothing.seconds)
            events = post(1, size.seconds)
            sent += events.requests
            ours.append(events.requests / events.seconds)
            bar.update()
        check_stored(where, sent, MOST)
    return [Ratio(f"{kind.name}: single events ÷ no-op posts", ours, yardstick, "/s", Better.HIGHER, 0.40)]
