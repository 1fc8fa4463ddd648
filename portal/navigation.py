"""The sidebar's groups: every page that stands in it, in the order people work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the sidebar. It is drawn only when a page is registered at its route."""

    label: str
    route: str
    icon: str


STAFF: dict[str, tuple[Place, ...]] = {
    "Home": (
        Place("Overview", "/", "layout-dashboard"),
        Place("Quick start", "/quick-start", "rocket"),
    ),
    "Metering": (
        Place("Meters", "/meters", "gauge"),
        Place("Events", "/events", "activity"),
        Place("Query", "/query", "chart-column"),
    ),
    "Catalog": (
        Place("Features", "/features", "shapes"),
        Place("Plans", "/plans", "layers"),
        Place("Add-ons", "/add-ons", "puzzle"),
    ),
    "Customers": (Place("Customers", "/customers", "users"),),
    "Billing": (
        Place("Invoices", "/invoices", "receipt-text"),
        Place("Corrections", "/corrections", "file-diff"),
        Place("Payments", "/payments", "credit-card"),
    ),
    "Insight": (
        Place("Revenue", "/revenue", "trending-up"),
        Place("Cost and margin", "/margin", "scale"),
    ),
    "Settings": (
        Place("Billing profiles", "/settings/billing-profiles", "landmark"),
        Place("Apps", "/settings/apps", "plug"),
        Place("Notifications", "/settings/notifications", "bell"),
        Place("API keys", "/settings/api-keys", "key-round"),
        Place("Users and roles", "/settings/users", "user-cog"),
        Place("Audit log", "/settings/audit", "scroll-text"),
        Place("Jobs", "/settings/jobs", "timer"),
        Place("Sandbox clock", "/settings/clock", "clock"),
        Place("Organisation", "/settings/organisation", "building-2"),
    ),
}

CUSTOMER: dict[str, tuple[Place, ...]] = {
    "Your account": (
        Place("Overview", "/my", "layout-dashboard"),
        Place("Usage", "/my/usage", "chart-column"),
        Place("Credits", "/my/credits", "coins"),
        Place("Plan", "/my/plan", "layers"),
        Place("Invoices", "/my/invoices", "receipt-text"),
        Place("Alerts", "/my/alerts", "bell"),
        Place("Billing details", "/my/billing", "credit-card"),
    ),
}
