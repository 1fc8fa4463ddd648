"""The scheduler: starts each recurring job on time, never twice at once in a process, and stops cleanly.

Several processes may run it at the same time: the jobs themselves decide races by row locks and unique keys.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from backend.infra.clock import wall
from backend.infra.log import logger
from backend.infra.metrics import JOB_LAST_RUN, JOB_RUNS
from backend.jobs import apps, balances, clockwork, last_seen, rollups

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so many seconds."""

    name: str
    every_seconds: int
    run: Callable[[], None]


JOBS = (
    Job(clockwork.NAME, clockwork.EVERY_SECONDS, clockwork.run),
    Job(apps.NAME, apps.EVERY_SECONDS, apps.run),
    Job(balances.NAME, balances.EVERY_SECONDS, balances.run),
    Job(last_seen.NAME, last_seen.EVERY_SECONDS, last_seen.run),
    Job(rollups.NAME, rollups.EVERY_SECONDS, rollups.run),
)


def run_measured(job: Job) -> None:
    """Run a job once and count how it ended; a failure is logged and left to the next run."""
    try:
        job.run()
    except Exception:
        log.exception("job.failed", job=job.name)
        JOB_RUNS.labels(job.name, "failure").inc()
    else:
        JOB_RUNS.labels(job.name, "success").inc()
        JOB_LAST_RUN.labels(job.name).set_to_current_time()


@asynccontextmanager
async def running_scheduler(jobs: tuple[Job, ...] = JOBS) -> AsyncIterator[None]:
    """Run the jobs now and then on time while the block lasts; leaving it waits until a job at work has ended."""
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(max(len(jobs), 1))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    for job in jobs:
        every = {"seconds": job.every_seconds, "next_run_time": wall()}
        scheduler.add_job(run_measured, "interval", [job], id=job.name, **every)
    scheduler.start()
    log.info("scheduler.started", jobs=[job.name for job in jobs])
    try:
        yield
    finally:
        await asyncio.to_thread(scheduler.shutdown, wait=True)
        log.info("scheduler.stopped")
