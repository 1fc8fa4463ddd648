"""Staff live with what they launched: a next version, what changed in it, the end of a sale, a draft thrown away."""

from playwright.sync_api import Page, expect

from tests.portal.catalog_steps import add_fee, picture, publish


def launch(page: Page, section: str, name: str, amount: str) -> None:
    """A plan (`plans`) or an add-on (`add-ons`) with one fee, on sale."""
    page.goto(f"/{section}/new")
    page.get_by_label("Name", exact=True).fill(name)
    add_fee(page, "Fee", amount, "Add to plan" if section == "plans" else "Add to add-on")
    publish(page)
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.get_by_role("button", name="New version")).to_be_visible()


def start_next_version(page: Page, amount: str) -> None:
    """Press New version, and give the draft's fee another price."""
    page.get_by_role("button", name="New version").click()
    expect(page.get_by_text("Version 2, draft")).to_be_visible()
    page.get_by_role("button", name="Edit Fee").click()
    wizard = page.get_by_test_id("wizard")
    wizard.get_by_role("button", name="Continue").click()
    wizard.get_by_label("Amount in USD").fill(amount)
    wizard.get_by_role("button", name="Done").click()
    expect(page.get_by_test_id("rate-card")).to_contain_text(f"${amount}")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft saved")).to_be_visible()


def see_what_changed(page: Page, before: str, now: str) -> None:
    """From the draft's page to the differences."""
    page.goto(page.url.removesuffix("/edit"))
    page.get_by_role("link", name="Compare versions").click()
    row = page.get_by_role("row", name="Price")
    expect(row).to_contain_text(f"${before} every month, in advance")
    expect(row).to_contain_text(f"${now} every month, in advance")


def confirm(page: Page, button: str, said: str, done: str) -> None:
    """Press a button, read the question it asks, and press the question's own button."""
    page.get_by_role("button", name=button).click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text(said)
    question.get_by_role("button", name=done).click()
    expect(question).to_have_count(0)


def test_a_plan_is_replaced_compared_and_archived(staff_page: Page) -> None:
    page = staff_page
    launch(page, "plans", "Evergreen", "20.00")
    start_next_version(page, "25.00")
    see_what_changed(page, "20.00", "25.00")
    picture(page, "plan-changes")
    page.get_by_role("link", name="Evergreen").click()
    confirm(page, "Publish", "takes the place of version 1", "Publish")
    expect(page.get_by_text("version 2, is on sale")).to_be_visible()

    confirm(page, "Archive", "It is used in 0 subscriptions", "Archive plan")
    expect(page.get_by_text("version 2, is archived")).to_be_visible()
    expect(page.get_by_role("button", name="New version")).to_be_visible()
    page.goto("/plans")
    page.get_by_role("button", name="Archived").click()
    expect(page.get_by_test_id("pricing-card").filter(has_text="Evergreen")).to_contain_text("$25.00")


def test_a_draft_is_thrown_away_and_the_version_on_sale_stays(staff_page: Page) -> None:
    page = staff_page
    launch(page, "plans", "Steady", "10.00")
    start_next_version(page, "11.00")
    page.goto(page.url.removesuffix("/edit"))
    confirm(page, "Delete draft", "What is written in it is lost", "Delete draft")
    expect(page.get_by_role("heading", name="Plans", level=1)).to_be_visible()
    card = page.get_by_test_id("pricing-card").filter(has_text="Steady")
    expect(card).to_contain_text("$10.00")
    expect(card.get_by_role("link", name="v2")).to_have_count(0)


def test_an_add_on_is_compared_put_on_a_plan_and_taken_off(staff_page: Page) -> None:
    page = staff_page
    launch(page, "add-ons", "More room", "5.00")
    launch(page, "plans", "Roomy", "30.00")
    page.get_by_role("button", name="Offer an add-on").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Add-on", exact=True).select_option(label="More room")
    form.get_by_role("button", name="Offer it").click()
    offered = page.get_by_role("row", name="More room")
    expect(offered).to_contain_text("$5.00")
    picture(page, "plan-with-add-on")

    offered.get_by_role("button", name="Actions for More room").click()
    page.get_by_role("menuitem", name="Take off the plan").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Take it off").click()
    expect(page.get_by_text("It offers no add-ons.")).to_be_visible()

    page.goto("/add-ons")
    page.get_by_role("link", name="More room").click()
    start_next_version(page, "6.00")
    see_what_changed(page, "5.00", "6.00")
    picture(page, "add-on-changes")
