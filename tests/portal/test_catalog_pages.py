"""Staff launch a plan with no code: a meter, a feature, a plan with fee, price and quota, on sale as buyers see it."""

import re

from playwright.sync_api import Page, expect

from tests.portal.catalog_steps import create_feature, next_step


def test_staff_launch_a_plan_without_code(staff_page: Page) -> None:
    page = staff_page
    create_feature(page, "Answer tokens")
    page.goto("/plans")
    page.get_by_role("link", name="New plan").first.click()

    page.get_by_label("Name", exact=True).fill("Launch pad")
    expect(page.get_by_label("Key", exact=True)).to_have_value("launch_pad")
    expect(page.get_by_test_id("to-do")).to_contain_text("needs at least one rate card")

    page.get_by_role("button", name="Add a rate card").click()
    wizard = page.get_by_test_id("wizard")
    wizard.get_by_role("radio", name="A fee").click()
    wizard.get_by_label("Name").fill("Platform fee")
    expect(wizard.get_by_label("Key")).to_have_value("platform_fee")
    next_step(page)
    wizard.get_by_label("Amount in USD").fill("ninety-nine")
    expect(wizard.get_by_role("alert")).to_contain_text("Write a number")
    wizard.get_by_label("Amount in USD").fill("99")
    expect(wizard.get_by_role("alert")).to_have_count(0)
    next_step(page, "Add to plan")
    expect(page.get_by_test_id("rate-card")).to_contain_text("$99.00 every month, in advance")

    page.get_by_role("button", name="Add a rate card").click()
    wizard.get_by_label("Feature").select_option(label="Answer tokens")
    expect(wizard.get_by_text("Its usage is metered")).to_be_visible()
    next_step(page)
    wizard.get_by_label("Price in USD").fill("2")
    wizard.get_by_label("For every").select_option("1000000")
    wizard.get_by_label("Included units").fill("1,000,000")
    next_step(page)
    wizard.get_by_label("Customers are entitled to").select_option("metered")
    wizard.get_by_label("Units", exact=True).fill("20000000")
    next_step(page, "Add to plan")
    expect(wizard).to_have_count(0)

    page.get_by_label("Units used").fill("3,500,000")
    expect(page.get_by_test_id("example-total")).to_have_text("$104.00")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Publish").click()

    expect(page.get_by_role("heading", name="Launch pad", level=1)).to_be_visible()
    expect(page.get_by_role("row", name="Answer tokens")).to_contain_text(
        re.compile(r"first 1,000,000 included, then \$2.00 per 1,000,000.*up to 20,000,000 every month, then it stops")
    )
    page.goto("/plans")
    page.get_by_role("button", name="On sale").click()
    card = page.get_by_test_id("pricing-card").filter(has_text="Launch pad")
    for said in ("active", "$99.00", "/ month", "Answer tokens", "No subscribers"):
        expect(card).to_contain_text(said)


def test_the_builder_asks_before_changes_are_lost(staff_page: Page) -> None:
    page = staff_page
    asked: list[str] = []
    page.goto("/plans/new")
    page.get_by_label("Name", exact=True).fill("Never kept")
    expect(page.get_by_label("Key", exact=True)).to_have_value("never_kept")
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("link", name="Cancel").click()
    assert asked == ["Leave without saving your changes?"]
    expect(page.get_by_label("Name", exact=True)).to_have_value("Never kept")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name="Plans", level=1)).to_be_visible()
    expect(page.get_by_text("Never kept")).to_have_count(0)
