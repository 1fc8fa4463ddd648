"""A product manager launches a trial-to-paid plan with tiers, a quota and an add-on, and is warned of a cliff."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.portal.catalog_steps import add_card, add_fee, create_feature, next_step, picture, publish


def build_seats(page: Page) -> None:
    """An add-on that can be had several times, on sale."""
    page.goto("/add-ons")
    page.get_by_role("link", name="New add-on").click()
    page.get_by_label("Name", exact=True).fill("Extra seats")
    page.get_by_role("radio", name="Several times").click()
    add_fee(page, "Seat", "12", "Add to add-on")
    publish(page)
    expect(page.get_by_role("heading", name="Extra seats", level=1)).to_be_visible()


def price_in_tiers(wizard: Locator, *tiers: tuple[str, str]) -> None:
    """Fill the table of tiers: end and price per unit of each; the last one has no end."""
    for number, (end, price) in enumerate(tiers, start=1):
        if end:
            wizard.get_by_label(f"Up to, tier {number}").fill(end)
        wizard.get_by_label(f"Price per unit, tier {number}").fill(price)


def add_tokens(page: Page, lasting: Locator) -> None:
    """A graduated price of usage with a soft quota, in the phase that lasts."""
    wizard = add_card(page, lasting)
    wizard.get_by_label("Feature").select_option(label="Paid tokens")
    picture(page, "builder-1-what-is-sold")
    next_step(page)
    wizard.get_by_label("Price", exact=True).select_option("graduated")
    price_in_tiers(wizard, ("1000", "0"), ("", "0.02"))
    wizard.get_by_label("Units used").fill("1500")
    example = re.compile("first 1,000 . [$]0.00 [+] next 500 . [$]0.02 = [$]10.00")
    expect(wizard.get_by_test_id("example-sum")).to_have_text(example)
    picture(page, "builder-2-price")
    next_step(page)
    wizard.get_by_label("Customers are entitled to").select_option("metered")
    next_step(page, "Add to plan")
    expect(wizard.get_by_role("alert")).to_contain_text("how much is issued")
    wizard.get_by_label("Units", exact=True).fill("1000")
    wizard.get_by_label("At the limit").select_option("soft")
    picture(page, "builder-3-allowance")
    next_step(page, "Add to plan")
    expect(wizard).to_have_count(0)


def add_trial(page: Page) -> None:
    """A trial of two weeks before the phase that lasts, with the same quota for nothing."""
    page.get_by_role("button", name="Add a phase before").click()
    trial = page.get_by_test_id("phase").first
    expect(trial.get_by_label("Lasts")).to_have_value("14")
    page.get_by_label("Phase", exact=True).last.fill("Paid")
    wizard = add_card(page, trial)
    wizard.get_by_label("Feature").select_option(label="Paid tokens")
    next_step(page)
    wizard.get_by_label("Price", exact=True).select_option("free")
    next_step(page)
    wizard.get_by_label("Customers are entitled to").select_option("metered")
    wizard.get_by_label("Units", exact=True).fill("1000")
    next_step(page, "Add to plan")
    timeline = page.get_by_role("list", name="Phases in time")
    expect(timeline.get_by_role("button")).to_have_text(
        [re.compile(r"At the start.*Trial.*Free for 14 days"), re.compile(r"After 14 days.*Paid.*\$49.00 / month")]
    )


def offer_seats(page: Page) -> None:
    """Let buyers of the plan take up to five seats once they pay."""
    page.get_by_role("button", name="Offer an add-on").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Add-on", exact=True).select_option(label="Extra seats")
    form.get_by_label("From phase").select_option(label="Paid")
    form.get_by_label("At most").fill("0")
    form.get_by_role("button", name="Offer it").click()
    expect(form.get_by_role("alert")).to_contain_text("one or more")
    form.get_by_label("At most").fill("5")
    form.get_by_role("button", name="Offer it").click()
    expect(page.get_by_role("row", name="Extra seats")).to_contain_text("up to 5 times")


def test_a_product_manager_launches_a_trial_to_paid_plan(staff_page: Page) -> None:
    page = staff_page
    create_feature(page, "Paid tokens")
    build_seats(page)

    page.goto("/plans/new")
    page.get_by_label("Name", exact=True).fill("Take-off")
    lasting = page.get_by_test_id("phase").last
    add_fee(page, "Platform fee", "49", "Add to plan", lasting)
    add_tokens(page, lasting)
    add_trial(page)
    picture(page, "builder-4-phases")
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/edit")
    page.get_by_role("link", name="the plan's page").click()
    offer_seats(page)
    picture(page, "plan-ready")
    publish(page)

    expect(page.get_by_text("version 1, is on sale")).to_be_visible()
    page.goto("/plans")
    card = page.get_by_test_id("pricing-card").filter(has_text="Take-off")
    for said in (
        "active",
        "Trial: free for 14 days, then",
        "$49.00",
        "First 1,000 included, then $0.02 each",
        "Up to 1,000 every month, more is possible",
        "Extra seats",
        "$12.00 / month each",
        "Can be added up to 5 times",
    ):
        expect(card).to_contain_text(said, ignore_case=True)


def test_the_linter_names_the_unit_at_which_a_volume_price_falls(staff_page: Page) -> None:
    page = staff_page
    create_feature(page, "Cliff tokens")
    page.goto("/plans/new")
    page.get_by_label("Name", exact=True).fill("Cliff")
    wizard = add_card(page)
    wizard.get_by_label("Feature").select_option(label="Cliff tokens")
    next_step(page)
    wizard.get_by_label("Price", exact=True).select_option("volume")
    price_in_tiers(wizard, ("1000", "0.30"), ("", "0.20"))
    advice = wizard.get_by_test_id("advice")
    expect(advice).to_contain_text("At 1,001 units the bill falls from $300.00 to $200.20")
    wizard.get_by_label("Price per unit, tier 2").fill("0.30")
    expect(advice).to_have_count(0)
    wizard.get_by_role("button", name="Cancel").click()
    page.get_by_role("alertdialog", name="Discard this rate card?").get_by_role("button", name="Discard").click()
    expect(wizard).to_have_count(0)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_test_id("phase").get_by_role("alert")).to_contain_text("needs at least one rate card")
