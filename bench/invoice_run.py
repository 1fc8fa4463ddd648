"""One run that bills everything due, in a process of its own, so that its memory is nobody else's.

`python -m bench.invoice_run URL` prints how long it took and how much memory the process held before and at most.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from backend import clockwork
from backend.infra import db
from backend.infra.context import DEFAULT_NAMESPACE
from backend.infra.log import configure_logging
from bench.billed_company import RUN_AT
from bench.server import ROOT

STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class InvoiceRun:
    """How long a run took, by the clock and in processor time of its process, and the most memory that process held
    before it began and until it ended, in bytes."""

    seconds: float
    processor: float
    before: int
    most: int

    @classmethod
    def of(cls, database_url: str, log: Path) -> Self:
        """Let another process do it; what it logs goes to a file."""
        command = [sys.executable, "-m", "bench.invoice_run", database_url]
        with log.open("wb") as lines:
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=lines, check=False)
        if done.returncode:
            raise RuntimeError(f"The run did not end:\n{log.read_text()}")
        return cls(**json.loads(done.stdout))


def main(database_url: str) -> None:
    """Bill what is due and tell what it took."""
    configure_logging()
    db.use(db.connect(database_url))
    before, started, worked = _most_memory(), time.monotonic(), time.process_time()
    clockwork.run_due(DEFAULT_NAMESPACE, now=RUN_AT)
    took, processor = time.monotonic() - started, time.process_time() - worked
    print(json.dumps(asdict(InvoiceRun(took, processor, before, _most_memory()))))


def _most_memory() -> int:
    """Linux counts what a process was before it became this program in `ru_maxrss`, but not in VmHWM."""
    if STATUS.exists():
        [most] = [line.split()[1] for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(most) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(sys.argv[1])
