"""Batches of 100 until all of them can be queried, beside a bulk insert of the same rows with the same indexes."""

import time
from collections.abc import Sequence

from bench.bulk import bulk_insert
from bench.checks import check_stored, counted, create_meters
from bench.load import Load
from bench.progress import progress
from bench.ratio import Better, NoResult, Ratio
from bench.size import Size
from bench.stage import Kind, stage
from bench.usage import TOKENS, Usage

CONNECTIONS, BATCH = 64, 100


def measure(kind: Kind, size: Size) -> Sequence[Ratio]:
    """Rounds of both in turn, each into a fresh database."""
    ours: list[float] = []
    yardstick: list[float] = []
    with progress(f"{kind.name}: batches", 2 * size.rounds * size.batched) as bar:
        for _ in range(size.rounds):
            with stage(kind) as where:
                create_meters(where, TOKENS)
                report = where.send(
                    Load(CONNECTIONS, 0, size.batched, size.batched, BATCH), lambda done: bar.update(done * BATCH)
                )
                asked = time.monotonic()
                if counted(where) != Usage(size.batched).sum_of(0, size.batched):
                    raise NoResult("What was acknowledged could not be queried.")
                ours.append(size.batched / (asked - report.started))
                check_stored(where, size.batched, size.batched)
            with stage(kind):
                yardstick.append(size.batched / bulk_insert(Usage(size.batched)))
                bar.update(size.batched)
    return [Ratio(f"{kind.name}: batches of 100 ÷ bulk insert", ours, yardstick, "/s", Better.HIGHER, 0.50)]
