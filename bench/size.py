"""How large a run is: environment variables make it shorter, and a shorter run says less."""

import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Size:
    """`events` in the history; `batched` sent in batches; `seconds` of single posts; `rounds` of each measure;
    `customers` that one run bills.
    """

    events: int = 10_000_000
    batched: int = 300_000
    seconds: float = 8
    rounds: int = 3
    customers: int = 10_000

    @classmethod
    def from_environment(cls) -> Self:
        """BENCH_EVENTS, BENCH_BATCHED, BENCH_SECONDS, BENCH_ROUNDS and BENCH_CUSTOMERS."""
        given = {name: os.environ.get(f"BENCH_{name.upper()}") for name in cls.__slots__}
        chosen = {name: type(getattr(cls(), name))(float(text)) for name, text in given.items() if text}
        return cls(**chosen)
