"""Many customers billed in one run: does an invoice take longer, or the run more memory, as they get more?"""

from collections.abc import Sequence

from bench.billed_company import check_billed, prepare
from bench.invoice_run import InvoiceRun
from bench.progress import progress
from bench.ratio import Better, Ratio
from bench.size import Size
from bench.stage import Kind, migrated

TENTH = 10


def measure(kind: Kind, size: Size) -> Sequence[Ratio]:
    """Bill a tenth of the customers and all of them, each in a fresh database and a process of its own."""
    few, many = size.customers // TENTH, size.customers
    few_run, many_run = _bill(kind, few), _bill(kind, many)
    named = f"{kind.name}: {many:,} customers billed ÷ {few:,}"
    runs = ((many_run, many), (few_run, few))
    times = [run.seconds * 1000 / number for run, number in runs]
    worked = [run.processor * 1000 / number for run, number in runs]
    peaks = [run.most / 2**20 for run in (many_run, few_run)]
    return [
        Ratio(f"{named}, time of an invoice", times[:1], times[1:], "ms", Better.LOWER, 1.3),
        Ratio(f"{named}, processor time", worked[:1], worked[1:], "ms", Better.LOWER, 1.3),
        Ratio(f"{named}, peak memory", peaks[:1], peaks[1:], "MiB", Better.LOWER, 1.3),
    ]


def _bill(kind: Kind, number: int) -> InvoiceRun:
    with migrated(kind) as url:
        with progress(f"{kind.name}: {number:,} customers", number, "customers") as bar:
            for ready in prepare(number):
                bar.update(ready)
        run = InvoiceRun.of(url, kind.folder / "run.log")
        check_billed(number)
    return run
