"""The time machine: real time cannot be moved; in a sandbox a month passes while somebody watches."""

import re

from playwright.sync_api import Page, expect


def test_time_moves_only_in_a_sandbox(staff_page: Page) -> None:
    page = staff_page
    page.goto("/settings/clock")
    expect(page.get_by_text("Here time is real")).to_be_visible()
    expect(page.get_by_role("button", name="Forward a month")).to_have_count(0)

    page.get_by_role("button", name="Create a sandbox").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Time lab")
    expect(form.get_by_label("Key")).to_have_value("time_lab")
    form.get_by_label("Your password there").fill("another good password")
    form.get_by_role("button", name="Create sandbox").click()
    page.get_by_role("link", name="Sign in to the sandbox").click()

    expect(page).to_have_url(re.compile(r"/login\?namespace=time_lab"))
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill("another good password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing here is charged")).to_be_visible()

    page.goto("/settings/clock")
    clock = page.get_by_test_id("clock")
    expect(clock).to_have_attribute("datetime", re.compile(r"^\d"))
    before = clock.get_attribute("datetime")
    page.get_by_role("button", name="Forward a month").click()
    expect(page.get_by_text("No invoice was due on the way")).to_be_visible()
    after = clock.get_attribute("datetime")
    assert before is not None
    assert after is not None
    assert after[:7] > before[:7]
    page.goto("/settings/audit")
    expect(page.get_by_role("row", name="Moved sandbox clock")).to_contain_text("Administrator")
