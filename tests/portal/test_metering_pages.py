"""From a key to a chart: staff make a key, see the first event live, build a meter around it and see its usage."""

import csv
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from backend.customers import service as customers
from backend.customers.service import CustomerInput
from backend.engine.meter.definition import Aggregation
from backend.infra.context import Context
from backend.ingest import service as ingest
from backend.ingest.service import CloudEvent
from backend.metering import service as metering
from backend.metering.service import MeterInput, UsageQuery
from portal.formatting import quantity


def send(base_url: str, key: str, **event: object) -> httpx.Response:
    body = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "browser-test", **event}
    return httpx.post(
        f"{base_url}/api/v1/events",
        json=body,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"},
    )


def make_key(page: Page, name: str) -> str:
    page.goto("/settings/api-keys")
    page.get_by_role("button", name="New API key").first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Create key").click()
    expect(form.get_by_role("alert")).to_contain_text("Say which program will use this key")
    form.get_by_label("Name").fill(name)
    form.get_by_role("button", name="Create key").click()
    secret = page.get_by_test_id("shown-once").inner_text().strip()
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("row", name=name)).to_contain_text("Send events only")
    return secret


def test_an_event_arrives_is_explained_and_becomes_a_meter(staff_page: Page, base_url: str) -> None:
    page = staff_page
    key = make_key(page, "Render farm")
    page.goto("/events?type=video.render")
    assert send(base_url, key, type="video.render", subject="studio", data={"minutes": 2.5}).status_code == 204
    row = page.get_by_role("row", name="studio")
    expect(row).to_contain_text("No meter counts this type")
    row.get_by_role("button", name="Inspect").click()
    expect(page.get_by_role("dialog")).to_contain_text('"minutes": 2.5')
    page.keyboard.press("Escape")

    page.goto("/meters/new")
    page.get_by_role("button", name="GPU minutes").click()
    expect(page.get_by_label("Slug")).to_have_value("gpu_minutes")
    page.get_by_label("Name", exact=True).fill("Render minutes")
    expect(page.get_by_label("Slug")).to_have_value("render_minutes")
    page.get_by_label("Value", exact=True).fill("minutes")
    expect(page.get_by_role("alert")).to_contain_text("must start with $")
    page.get_by_label("Value", exact=True).fill("$.minutes")
    page.get_by_label("Event type").fill("video.render")
    expect(page.get_by_test_id("preview")).to_have_text("2.5")
    page.get_by_role("button", name="Create meter").click()

    expect(page.get_by_role("heading", name="Render minutes")).to_be_visible()
    expect(page.get_by_test_id("total")).to_have_text("2.5")
    expect(page.get_by_role("table", name="Customers who used most")).to_contain_text("No customer")
    page.get_by_role("link", name="Send events").click()
    expect(page.get_by_text('"video.render"').first).to_be_visible()

    page.goto("/")
    expect(page.get_by_role("link", name="nobody pays")).to_contain_text("studio (1 event)")

    page.goto("/settings/audit")
    expect(page.get_by_role("row", name="Created meter Render minutes")).to_be_visible()

    page.goto("/settings/api-keys")
    page.get_by_role("button", name="Revoke Render farm").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("Render farm is revoked")).to_be_visible()
    assert send(base_url, key, type="video.render", subject="studio").status_code == 401


def use_gpus(ctx: Context) -> None:
    """A customer and somebody unknown run jobs, one of them without a number."""
    customers.create(ctx, CustomerInput("Quill Studio", key="quill"))
    hour, used = timedelta(hours=1), ('"2.25"', "40", '"a lot"', "0.5")
    subjects = ("quill", "quill", "quill", "wanderer")
    ingest.ingest(
        ctx,
        [
            CloudEvent(
                id=f"job-{n}",
                source="farm",
                type="gpu.job",
                subject=subject,
                time=ctx.now - n * hour,
                data=f'{{"minutes": {minutes}, "gpu": "{("h100", "a10")[n % 2]}"}}',
            )
            for n, (subject, minutes) in enumerate(zip(subjects, used, strict=True))
        ],
    )


def test_a_meter_from_a_template_is_tried_asked_and_taken_away(
    staff_page: Page, on_server: Callable[[], AbstractContextManager[Context]], tmp_path: Path
) -> None:
    page = staff_page
    with on_server() as ctx:
        use_gpus(ctx)
    page.goto("/meters/new")
    page.get_by_role("button", name="GPU minutes").click()
    expect(page.get_by_label("Slug")).to_have_value("gpu_minutes")
    page.get_by_label("Name", exact=True).fill("Farm minutes")
    expect(page.get_by_label("Slug")).to_have_value("farm_minutes")
    page.get_by_label("Event type").fill("gpu.job")
    expect(page.get_by_test_id("preview")).to_have_text("42.75")
    newest = page.get_by_role("list", name="The newest events")
    expect(newest).to_contain_text("gpu = h100")
    expect(newest).to_contain_text("Value cannot be read as a number: a lot.")
    page.get_by_role("button", name="Create meter").click()
    expect(page.get_by_test_id("total")).to_have_text("42.75")

    page.get_by_role("link", name="Open in Query").click()
    page.wait_for_url("**/query?**")  # the page of the meter has the same controls
    page.get_by_label("Window").select_option("In one sum")
    page.get_by_role("button", name="Customer", exact=True).click()
    page.get_by_role("button", name="gpu", exact=True).click()
    expect(page).to_have_url(re.compile("by=customer&by=gpu"))
    table = page.get_by_role("table", name="Usage")
    expect(table.get_by_role("row")).to_have_text(
        ["CustomergpuUsage", "Quill Studioa1040", "Quill Studioh1002.25", "No customera100.5"]
    )
    with on_server() as ctx:
        now = datetime.now(UTC)
        asked = UsageQuery(now - timedelta(days=30), now, group_by=("gpu",))
        told = {
            row.groups["gpu"]: row.value for row in metering.query(ctx, metering.get_meter(ctx, "farm_minutes"), asked)
        }
    assert {gpu: quantity(value) for gpu, value in told.items()} == {"a10": "40.5", "h100": "2.25"}

    with page.expect_download() as taken:
        page.get_by_role("button", name="Export CSV").click()
    taken.value.save_as(tmp_path / "usage.csv")
    assert taken.value.suggested_filename == "farm_minutes.csv"
    with (tmp_path / "usage.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [(line["customer_name"], line["gpu"], line["value"]) for line in csv.DictReader(file)]
    assert lines == [("Quill Studio", "a10", "40"), ("Quill Studio", "h100", "2.25"), ("", "a10", "0.5")]

    address = page.url
    page.goto(f"{address}&subject=nobody")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page).to_have_url(address)
    page.goto(f"{address}&zone=Mars")
    expect(page.get_by_role("alert")).to_contain_text("Mars is not a time zone")


def test_an_event_says_why_it_does_not_count(
    staff_page: Page, on_server: Callable[[], AbstractContextManager[Context]]
) -> None:
    page = staff_page
    with on_server() as ctx:
        metering.create_meter(ctx, MeterInput("seats", Aggregation.SUM, "seat.used", "$.seats", name="Seats"))
        facts = (("seat.used", '{"seats": "many"}'), ("seat.sold", None))
        ingest.ingest(
            ctx,
            [
                CloudEvent(f"seat-{n}", "hall", type_, "audience", ctx.now - timedelta(days=n), data)
                for n, (type_, data) in enumerate(facts)
            ],
        )
    page.goto("/events?subject=audience&range=all")
    expect(page.get_by_role("row", name="audience")).to_have_count(2)
    page.get_by_role("button", name="Bad value").click()
    row = page.get_by_role("row", name="audience")
    expect(row).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/events\?(?=.*subject=audience)(?=.*range=all)(?=.*chip=bad_value)"))
    page.reload()
    expect(page.get_by_role("button", name="Bad value")).to_have_attribute("aria-pressed", "true")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Value cannot be read as a number: many. No customer has this subject.")
    row.get_by_role("button", name="Inspect").click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("row", name="Seats")).to_contain_text("not counted")
    expect(panel).to_contain_text("No customer has this subject, so nobody is charged.")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.get_by_role("button", name="No meter").click()
    expect(page.get_by_role("row", name="audience")).to_contain_text("No meter counts this type")
    page.keyboard.press("/")
    expect(page.get_by_label("Search by event id")).to_be_focused()


def test_people_keys_and_changes_can_be_taken_away(staff_page: Page) -> None:
    page = staff_page
    make_key(page, "Auditor's reader")
    for address, name, column, wanted in (
        ("/settings/users", "users.csv", "email", "ada@example.com"),
        ("/settings/api-keys", "api-keys.csv", "name", "Auditor's reader"),
        ("/settings/audit", "audit-log.csv", "entity", "api_key"),
    ):
        page.goto(address)
        with page.expect_download() as taken:
            page.get_by_role("button", name="Export CSV").click()
        assert taken.value.suggested_filename == name
        with taken.value.path().open(encoding="utf-8-sig", newline="") as file:
            assert wanted in {line[column] for line in csv.DictReader(file)}
