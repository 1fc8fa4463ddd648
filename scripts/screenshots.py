"""Takes the README's pictures from a demo of its own: `make screenshots`.

With a folder as argument it takes every page instead, in light, dark and narrow, to look at before a release.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests import chromium  # noqa: E402 - found only with the project's folder on the path
from tests.browser import EMAIL, PASSWORD, QUIET, running_meterline  # noqa: E402

IMAGES = ROOT / "docs" / "images"
KEY = "ml_screenshots_root_key_0123456789"
MOST_BYTES = 200_000
BUSY = ".rt-Skeleton, .rt-Spinner"


class Look(Enum):
    """How a page is looked at: colour scheme, width and height."""

    LIGHT = ("light", 1360, 850)
    DARK = ("dark", 1360, 850)
    NARROW = ("light", 390, 844)


@dataclass(frozen=True)
class Login:
    """Somebody who looks at pages."""

    email: str
    password: str


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, its two logins, and the ids that stand in addresses of pages."""

    address: str
    staff: Login
    customer: Login
    ids: dict[str, str]


STAFF_PAGES = {
    "overview": "/",
    "meters": "/meters",
    "meter": "/meters/{meter}",
    "meter-new": "/meters/new",
    "events": "/events",
    "query": "/query?meter=tokens&by=customer",
    "features": "/features",
    "plans": "/plans",
    "plan": "/plans/{plan}",
    "plan-builder": "/plans/{draft}/edit",
    "plan-changes": "/plans/{plan}/changes",
    "addons": "/add-ons",
    "addon": "/add-ons/{addon}",
    "addon-builder": "/add-ons/new",
    "customers": "/customers",
    "customer": "/customers/{customer}",
    "subscription": "/customers/{customer}?tab=subscription",
    "invoices": "/invoices",
    "invoice": "/invoices/{invoice}",
    "corrections": "/corrections",
    "billing-profiles": "/settings/billing-profiles",
    "billing-profile-new": "/settings/billing-profiles/new",
    "api-keys": "/settings/api-keys",
    "users": "/settings/users",
    "audit": "/settings/audit",
    "jobs": "/settings/jobs",
    "change": "/customers/{customer}?tab=subscription",
    "explained": "/invoices/{invoice}",
    "clock": "/settings/clock",
}
CUSTOMER_PAGES = {
    "my": "/my",
    "my-usage": "/my/usage",
    "my-plan": "/my/plan",
    "my-invoices": "/my/invoices",
    "my-invoice": "/my/invoices/{my_invoice}",
}
PRESSED = {"change": "Change plan", "explained": "Explain Tokens"}
"""The button that is pressed before a picture is taken."""
README_PICTURES = (
    ("overview", Look.LIGHT),
    ("plans", Look.LIGHT),
    ("plan-builder", Look.LIGHT),
    ("meter", Look.DARK),
    ("customer", Look.LIGHT),
    ("invoice", Look.DARK),
    ("change", Look.LIGHT),
    ("explained", Look.LIGHT),
    ("my", Look.NARROW),
    ("my-usage", Look.NARROW),
    ("my-invoice", Look.NARROW),
)


def main() -> None:
    """Start a demo, look at its pages, and keep what is seen."""
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        wanted = [(name, look) for name in STAFF_PAGES | CUSTOMER_PAGES for look in Look]
        names = {shot: f"{shot[0]}-{shot[1].name.lower()}" for shot in wanted}
    else:
        folder, wanted = IMAGES, list(README_PICTURES)
        names = {shot: shot[0] for shot in wanted}
    folder.mkdir(parents=True, exist_ok=True)
    with running_demo() as demo, browser() as chrome:
        for person, pages in ((demo.staff, STAFF_PAGES), (demo.customer, CUSTOMER_PAGES)):
            for look in Look:
                mine = [shot for shot in wanted if shot[0] in pages and shot[1] is look]
                for shot, page in visits(chrome, demo, person, look, mine, pages):
                    keep(page, folder / f"{names[shot]}.png")


@contextmanager
def running_demo() -> Iterator[Demo]:
    """A Meterline with a year of the demo company, on a database that is thrown away afterwards."""
    print("Starting a demo; this takes a minute …")
    with tempfile.TemporaryDirectory() as folder, running_meterline(Path(folder), SEED="demo", API_KEY=KEY) as address:
        told = re.search(r"Customer +(\S+) +(\S+)", (Path(folder) / "output.log").read_text())
        assert told, "the first start did not tell the customer's login"
        yield Demo(address, Login(EMAIL, PASSWORD), Login(told[1], told[2]), ids(address))


def ids(address: str) -> dict[str, str]:
    """The things of the demo that are worth a picture."""
    with httpx.Client(base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {KEY}"}, timeout=30) as api:

        def paid_by(customer: str) -> str:
            query = {"customers": customer, "statuses": "paid", "orderBy": "createdAt", "order": "DESC"}
            return str(api.get("/billing/invoices", params=query).json()["items"][0]["id"])

        busy, visitor = (api.get(f"/customers/{key}").json()["id"] for key in ("fable_games", "lumen_legal"))
        return {
            "meter": api.get("/meters/tokens").json()["id"],
            "plan": api.get("/plans/pro").json()["id"],
            "draft": api.post("/plans/pro/next").json()["id"],
            "addon": api.get("/addons/token_pack").json()["id"],
            "customer": busy,
            "invoice": paid_by(busy),
            "my_invoice": paid_by(visitor),
        }


@contextmanager
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, without any traffic of its own."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium.find(), args=list(QUIET))
        yield opened
        opened.close()


Shot = tuple[str, Look]


def visits(
    chrome: Browser, demo: Demo, person: Login, look: Look, shots: list[Shot], pages: dict[str, str]
) -> Iterator[tuple[Shot, Page]]:
    """Sign in once, and open one page after the other until nothing on it moves."""
    if not shots:
        return
    scheme, width, height = look.value
    context = chrome.new_context(
        base_url=demo.address,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="UTC",
    )
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    for shot in shots:
        page.goto(pages[shot[0]].format(**demo.ids))
        settle(page)
        if shot[0] in PRESSED:
            page.get_by_role("button", name=PRESSED[shot[0]], exact=True).click()
            settle(page)
        yield shot, page
    context.close()


def settle(page: Page) -> None:
    """Wait until what is shown is what there is to see."""
    page.locator("main h1").first.wait_for()
    page.wait_for_function(f"!document.querySelector('{BUSY}')")
    page.wait_for_timeout(1200)
    page.wait_for_function(f"!document.querySelector('{BUSY}')")


def keep(page: Page, path: Path) -> None:
    """Save a picture, and refuse one that would make the repository heavy."""
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.name}  {size // 1000} KB")
    if size > MOST_BYTES:
        raise SystemExit(f"{path} is larger than {MOST_BYTES // 1000} KB.")


if __name__ == "__main__":
    main()
