"""The built portal, started on a port that its build does not know, in a real browser."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser import EMAIL, PASSWORD


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_stranger_is_sent_to_the_sign_in_over_the_live_connection(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    expect(page.get_by_role("heading", name="Sign in to Meterline")).to_be_visible()


def test_staff_sign_in_and_out(page: Page) -> None:
    sign_in(page)
    account = page.get_by_role("button", name="Your account").first
    expect(account).to_contain_text("Administrator")
    account.click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/login$"))
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/login\?next="))


def test_a_wrong_password_is_told_in_words(page: Page) -> None:
    sign_in(page, password="not the password")
    expect(page.get_by_role("alert")).to_contain_text("password is wrong")


def test_the_session_cookie_is_out_of_reach_of_scripts(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_role("button", name="Your account").first).to_be_visible()
    assert "meterline_session" not in page.evaluate("document.cookie")
    (cookie,) = [found for found in page.context.cookies() if found["name"] == "meterline_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


def test_light_and_dark_by_one_button(page: Page) -> None:
    sign_in(page)
    expect(page.get_by_text("Revenue this month")).to_be_visible()  # figures come over the connection that clicks need
    page.get_by_role("button", name="Switch between light and dark").first.click()
    expect(page.locator("html")).to_have_class(re.compile("dark"))


def test_a_narrow_screen_has_the_menu_in_a_drawer(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page)
    expect(page.get_by_text("Revenue this month")).to_be_visible()  # figures come over the connection that clicks need
    page.get_by_role("button", name="Open the menu").click()
    expect(page.get_by_role("dialog").get_by_role("navigation", name="Main")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_an_unknown_address_is_a_404_with_a_way_back(page: Page) -> None:
    answer = page.goto("/nothing/here")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("link", name="Go to the overview")).to_be_visible()


def test_portal_and_api_answer_on_one_port(base_url: str) -> None:
    portal, api = httpx.get(f"{base_url}/login"), httpx.get(f"{base_url}/api/nothing")
    assert (portal.status_code, portal.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (api.status_code, api.headers["content-type"]) == (404, "application/problem+json")
    for answer in (portal, api):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in portal.headers["content-security-policy"]
