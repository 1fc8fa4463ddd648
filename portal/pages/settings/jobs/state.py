"""What runs by itself: how each job last went, what is left to do, what fails, and trying it again."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from backend import clockwork
from backend.access.roles import Permission
from backend.clockwork import Work
from backend.errors import NotFound
from backend.infra import failures, job_records
from backend.infra.context import DEFAULT_NAMESPACE, Context
from backend.infra.failures import DueFailure
from backend.infra.job_records import JobRecord
from backend.subscriptions import service as subscriptions
from portal import boundary
from portal.formatting import NOTHING, ago, exact_instant, plural
from portal.page_state import Loaded

JOBS = {
    "clockwork": ("Billing", "Gathers lines, draws invoices and lets them go on."),
    "apps": ("Apps", "Asks the installed apps whether they still work."),
    "balances": ("Balances", "Keeps yesterday's state of every quota."),
    "rollups": ("Rollups", "Counts earlier events for new meters."),
    "late_usage": ("Late usage", "Looks once more for usage that came late for its invoice."),
    "notifications": ("Notifications", "Sends to webhooks what has happened."),
    "last_seen": ("Last seen", "Writes down when keys and sessions were used."),
}
WORKS = {
    Work.SYNC: "Gather the lines of a subscription",
    Work.COLLECT: "Draw a customer's invoices",
    Work.ADVANCE: "Let an invoice go on",
    Work.SETTLE: "Note what became of a payment",
    Work.CORRECT: "Correct a customer's invoices for late usage",
}
LEFT = {
    Work.SYNC: "Subscriptions to gather",
    Work.COLLECT: "Customers to draw invoices for",
    Work.ADVANCE: "Invoices to go on",
    Work.SETTLE: "Payments to note",
    Work.CORRECT: "Customers to correct",
}


@dataclass(frozen=True)
class JobRow:
    """A job as the table shows it; `reason` is why its last run failed."""

    name: str
    what: str
    status: str
    reason: str
    last: str
    last_exact: str
    took: str
    lag: str
    runs: str
    failures: str


@dataclass(frozen=True)
class LeftRow:
    """A kind of work, and for how many things it is due."""

    what: str
    count: str


@dataclass(frozen=True)
class FailureRow:
    """A thing that fails: what was to be done with it, why it was not, and where to look."""

    work: str
    subject: str
    what: str
    href: str
    reason: str
    times: str
    last: str
    last_exact: str


class JobsState(Loaded, rx.State):
    """What the page of jobs shows and does."""

    jobs: list[JobRow] = []
    failed: list[FailureRow] = []
    left: list[LeftRow] = []
    trying: str = ""

    async def _fetch(self) -> None:
        self.jobs, self.failed, self.left = await boundary.read(self, _shown)

    @rx.event
    @boundary.command
    async def try_again(self, work: str, subject: str):
        """Show that a thing is being tried, then try it."""
        self.trying = f"{work} {subject}"
        return JobsState.attempt(work, subject)

    @rx.event
    @boundary.command
    async def attempt(self, work: str, subject: str):
        """Try one thing again at once, and say how it went."""
        try:
            went_well = await boundary.perform(
                self, lambda identity: _retry(identity.namespace, work, subject), need=Permission.INVOICES
            )
        finally:
            self.trying = ""
        told = rx.toast.success("It went well this time") if went_well else rx.toast.error("It failed again")
        return [told, JobsState.load]


def _retry(namespace: str, work: str, subject: str) -> bool:
    """Only what is known to fail can be tried."""
    if work not in set(Work):
        raise NotFound("There is no such work.")
    chosen = Work(work)
    if not failures.is_failing(namespace, chosen, subject):
        raise NotFound("This no longer fails: it has been done, or is no longer due.")
    return clockwork.retry(namespace, chosen, subject)


def _shown(ctx: Context) -> tuple[list[JobRow], list[FailureRow], list[LeftRow]]:
    jobs = [to_job(job, ctx.now, with_reason=ctx.namespace == DEFAULT_NAMESPACE) for job in job_records.list_jobs(ctx)]
    return jobs, [_to_failure(ctx, failure) for failure in failures.list_failures(ctx)], left_rows(ctx)


def left_rows(ctx: Context) -> list[LeftRow]:
    """What is due now, in the order in which it is done."""
    return [LeftRow(LEFT[work], f"{count:,}") for work, count in clockwork.left_to_do(ctx).items()]


def to_job(job: JobRecord, now: datetime, *, with_reason: bool) -> JobRow:
    """A job as text. Jobs serve all namespaces, so the reason of a failure is told in the first one only."""
    name, what = JOBS.get(job.name, (job.name, ""))
    return JobRow(
        name=name,
        what=what,
        status="failed" if job.failures_in_a_row else "succeeded",
        reason=(job.last_error or "") if with_reason else "",
        last=ago(job.ended_at, now),
        last_exact=exact_instant(job.ended_at),
        took=f"{job.duration_ms:,} ms" if job.duration_ms < 10_000 else f"{job.duration_ms // 1000:,} s",
        lag=NOTHING if job.lag_seconds is None else _span(job.lag_seconds),
        runs=f"{job.runs:,}",
        failures=f"{job.failures:,}",
    )


def _span(seconds: int) -> str:
    """How long something has waited, in one unit."""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return plural(seconds // size, name)
    return plural(seconds, "second") if seconds else "none"


def _to_failure(ctx: Context, failure: DueFailure) -> FailureRow:
    return FailureRow(
        work=failure.work,
        subject=failure.subject,
        what=WORKS[Work(failure.work)],
        href=_address(ctx, Work(failure.work), failure.subject),
        reason=failure.error,
        times=plural(failure.failures, "time"),
        last=ago(failure.updated_at, ctx.now),
        last_exact=exact_instant(failure.updated_at),
    )


def _address(ctx: Context, work: Work, subject: str) -> str:
    """The page of the thing that fails; a subscription is shown with its customer."""
    if work in {Work.COLLECT, Work.CORRECT}:
        return f"/customers/{subject}"
    if work is not Work.SYNC:
        return f"/invoices/{subject}"
    try:
        return f"/customers/{subscriptions.get(ctx, subject).customer_id}?tab=subscription"
    except NotFound:
        return "/customers"
