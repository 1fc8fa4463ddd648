"""The scheduler: starts each recurring job on time, never twice at once in a process, and stops cleanly.

Several processes may run it at the same time: the jobs themselves decide races by row locks and unique keys.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from backend.infra.clock import wall
from backend.infra.job_records import JobRun, record
from backend.infra.log import logger
from backend.infra.metrics import JOB_LAG, JOB_LAST_RUN, JOB_RUNS, JOB_SECONDS
from backend.jobs import apps, balances, clockwork, last_seen, late_usage, notifications, rollups

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so many seconds."""

    name: str
    every_seconds: int
    run: Callable[[], None]
    lag: Callable[[], timedelta] | None = None


JOBS = (
    Job(clockwork.NAME, clockwork.EVERY_SECONDS, clockwork.run, clockwork.lag),
    Job(apps.NAME, apps.EVERY_SECONDS, apps.run),
    Job(balances.NAME, balances.EVERY_SECONDS, balances.run),
    Job(last_seen.NAME, last_seen.EVERY_SECONDS, last_seen.run),
    Job(late_usage.NAME, late_usage.EVERY_SECONDS, late_usage.run),
    Job(notifications.NAME, notifications.EVERY_SECONDS, notifications.run),
    Job(rollups.NAME, rollups.EVERY_SECONDS, rollups.run),
)


def run_measured(job: Job) -> None:
    """Run a job once and keep how it ended; a failure is logged and left to the next run."""
    started_at, started = wall(), time.monotonic()
    error: Exception | None = None
    try:
        job.run()
    except Exception as raised:
        log.exception("job.failed", job=job.name)
        error = raised
    took = timedelta(seconds=time.monotonic() - started)
    JOB_RUNS.labels(job.name, "failure" if error else "success").inc()
    JOB_SECONDS.labels(job.name).set(took.total_seconds())
    if error is None:
        JOB_LAST_RUN.labels(job.name).set_to_current_time()
    try:
        _keep(job, JobRun(started_at, took, None if error is None else f"{type(error).__name__}: {error}"))
    except Exception:
        log.exception("job.not_recorded", job=job.name)


def _keep(job: Job, run: JobRun) -> None:
    lag = job.lag() if job.lag else None
    if lag is not None:
        JOB_LAG.labels(job.name).set(lag.total_seconds())
    record(job.name, run, lag)


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
