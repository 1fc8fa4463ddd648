"""Settings → Jobs: how each job last went, what is left to do, and what fails."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from backend import clockwork
from backend.infra.job_records import JobRecord
from backend.infra.turns import turn
from backend.jobs import scheduler
from portal.pages.settings.jobs.state import JOBS, to_job
from tests.conftest import Work

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def a_job(**facts: object) -> JobRecord:
    known = {"started_at": NOW, "ended_at": NOW, "duration_ms": 1250, "runs": 1204, **facts}
    return JobRecord(name="clockwork", **known)


def test_a_job_is_told_in_words() -> None:
    row = to_job(a_job(lag_seconds=7200), NOW + timedelta(minutes=3), with_reason=True)
    assert (row.name, row.status, row.last, row.took) == ("Billing", "succeeded", "3 minutes ago", "1,250 ms")
    assert (row.lag, row.runs, row.failures) == ("2 hours", "1,204", "0")


def test_every_job_has_words() -> None:
    assert {job.name for job in scheduler.JOBS} == set(JOBS)


def test_why_a_job_failed_is_told_only_where_it_belongs() -> None:
    failed = a_job(failures=2, failures_in_a_row=2, last_error="RuntimeError: broken")
    assert to_job(failed, NOW, with_reason=True).reason == "RuntimeError: broken"
    elsewhere = to_job(failed, NOW, with_reason=False)
    assert (elsewhere.status, elsewhere.reason) == ("failed", "")


def test_the_page_tells_how_jobs_went_and_what_is_left(staff_page: Page) -> None:
    staff_page.goto("/settings/jobs")
    billing = staff_page.get_by_role("table", name="Jobs", exact=True).get_by_role("row", name="Billing")
    expect(billing).to_contain_text("Gathers lines, draws invoices and lets them go on.")
    expect(staff_page.get_by_text("Subscriptions to gather")).to_be_visible()
    expect(staff_page.get_by_role("heading", name="What fails")).to_be_visible()
    staff_page.get_by_role("button", name="Run billing now").click()
    expect(staff_page.get_by_text(re.compile("Billing has run|Billing is at work already"))).to_be_visible()
    expect(staff_page.get_by_role("button", name="Run billing now")).to_be_enabled()


def test_billing_runs_at_once_unless_it_is_at_work_already(work: Work) -> None:
    assert clockwork.run_in_turn("default")
    with turn(clockwork.turn_of("default")):
        assert not clockwork.run_in_turn("default")
