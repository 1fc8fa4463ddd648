"""From a key to a chart: staff make a key, see the first event live, build a meter around it and see its usage."""

import uuid

import httpx
from playwright.sync_api import Page, expect


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
    expect(row).to_contain_text("No meter counts this type", timeout=15_000)
    row.get_by_role("button", name="Inspect").click()
    expect(page.get_by_role("dialog")).to_contain_text('"minutes": 2.5')
    page.keyboard.press("Escape")

    page.goto("/meters/new")
    page.get_by_role("button", name="GPU minutes").click()
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
