"""The row groups of the table. To add one: a module here with `measure(kind, size)`, and its line in GROUPS.

A group opens what it needs with `stage(kind)`, checks what it stored (else NoResult) and returns its ratios.
"""

from collections.abc import Callable, Sequence

from bench.groups import batches, history, invoices, singles
from bench.ratio import Ratio
from bench.size import Size
from bench.stage import Kind

GROUPS: dict[str, Callable[[Kind, Size], Sequence[Ratio]]] = {
    "singles": singles.measure,
    "batches": batches.measure,
    "history": history.measure,
    "invoices": invoices.measure,
}
