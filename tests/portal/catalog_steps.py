"""Steps that people take on the catalog's pages, as the browser tests tell them."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PICTURES = Path("test-results") / "catalog"
LOOKS = (("light", 1360, 900), ("dark", 1360, 900), ("light", 390, 844))


def create_feature(page: Page, name: str) -> None:
    """A meter from a template, and the feature that it measures."""
    page.goto("/meters/new")
    page.get_by_role("button", name="LLM tokens").click()
    expect(page.get_by_label("Slug")).to_have_value(re.compile("tokens"))
    page.get_by_label("Name", exact=True).fill(f"{name} meter")
    expect(page.get_by_label("Slug")).to_have_value(re.compile("_meter$"))
    page.get_by_role("button", name="Create meter").click()
    expect(page.get_by_role("heading", name=f"{name} meter")).to_be_visible()

    page.goto("/features")
    page.get_by_role("button", name="New feature").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Create feature").click()
    expect(form.get_by_role("alert").first).to_have_text("Give it a name.")
    form.get_by_label("Name").fill(name)
    expect(form.get_by_label("Key")).to_have_value(name.lower().replace(" ", "_"))
    form.get_by_label("Measured by").select_option(label=meter_choice(form, name))
    form.get_by_role("button", name="Create feature").click()
    expect(page.get_by_role("row", name=name)).to_contain_text("no plan")


def meter_choice(form: Locator, name: str) -> str:
    """The label of the option that names the meter."""
    option = form.get_by_role("option").filter(has_text=f"{name} meter")
    expect(option).to_have_count(1)
    return option.inner_text()


def add_card(page: Page, part: Locator | None = None) -> Locator:
    """Open the wizard with a new rate card, in one part of the page if there are several."""
    (part or page).get_by_role("button", name="Add a rate card").click()
    return page.get_by_test_id("wizard")


def add_fee(page: Page, name: str, amount: str, done: str, part: Locator | None = None) -> None:
    """A fee of every billing period, through the wizard."""
    wizard = add_card(page, part)
    wizard.get_by_role("radio", name="A fee").click()
    wizard.get_by_label("Name").fill(name)
    next_step(page)
    wizard.get_by_label("Amount in USD").fill(amount)
    next_step(page, done)
    expect(wizard).to_have_count(0)


def next_step(page: Page, button: str = "Continue") -> Locator:
    """Press the wizard's button."""
    wizard = page.get_by_test_id("wizard")
    wizard.get_by_role("button", name=button).click()
    return wizard


def publish(page: Page) -> None:
    """Press Publish, confirm, and arrive at the page of what is on sale."""
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/(plans|add-ons)/[0-9A-Z]{26}$"))


def picture(page: Page, name: str) -> None:
    """Keep the page as it is, in light, in the dark and on a phone, to be looked at."""
    for scheme, width, height in LOOKS:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=PICTURES / f"{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1360, "height": 900})
