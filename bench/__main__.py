"""`make bench`: measures every row group on both databases, one after the other, and prints the table of ratios.

`python -m bench singles SQLite` measures what is named. Source: docs/performance.md.
"""

import sys
import time
from collections.abc import Sequence

from bench.groups import GROUPS
from bench.machine import machine
from bench.ratio import NoResult, Ratio, table
from bench.size import Size
from bench.stage import KINDS, kinds


def main(chosen: Sequence[str]) -> int:
    """Print the table; 1 when there is no result, 2 for a word that names nothing."""
    unknown = [word for word in chosen if word not in (*GROUPS, *KINDS)]
    if unknown:
        print(f"There is no {', '.join(unknown)}. Choose from: {', '.join((*GROUPS, *KINDS))}.", file=sys.stderr)
        return 2
    size, started = Size.from_environment(), time.monotonic()
    ratios: list[Ratio] = []
    try:
        with kinds([name for name in KINDS if name in chosen or not {*KINDS} & {*chosen}]) as databases:
            for kind in databases:
                for name, measure in GROUPS.items():
                    if name in chosen or not GROUPS.keys() & {*chosen}:
                        ratios += measure(kind, size)
    except NoResult as error:
        print(f"No result. {error}", file=sys.stderr)
        return 1
    print(f"{machine()}\n{size}\n{time.monotonic() - started:,.0f} s\n\n{table(ratios)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
