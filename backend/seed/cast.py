"""The dozen customers of Northwind AI, and how much each of them uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from backend.customers.service import CustomerInput
from backend.seed.offer import PRO, SCALE, STARTER


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer of the story.

    Months count from the first month of the story. `tokens` is the daily usage in thousands at the start, `growth`
    what a month makes of it; `peaks` are months of the year with a factor of their own; `weekend` is the share that
    is left on Saturdays and Sundays; `trouble` is the month from which payments end otherwise than paid, and how.
    """

    key: str
    name: str
    email: str
    city: str
    country: str
    plan: str
    joined_month: int
    joined_day: int
    tokens: int
    growth: Decimal = Decimal("1.02")
    weekend: Decimal = Decimal("0.5")
    peaks: Mapping[int, Decimal] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    upgrade: tuple[int, str] | None = None
    leaves_month: int | None = None
    trouble: tuple[int, str] | None = None

    @property
    def usage_subjects(self) -> tuple[str, ...]:
        """Who sends this customer's events."""
        return self.subjects or (self.key,)

    def as_input(self, **metadata: str) -> CustomerInput:
        """The customer as the customers' service takes it."""
        return CustomerInput(
            name=self.name,
            key=self.key,
            subject_keys=self.subjects,
            primary_email=self.email,
            billing_address={"city": self.city, "country": self.country},
            labels=metadata or None,
            currency="USD",
        )


CAST = (
    Buyer(
        "lumen_legal", "Lumen Legal", "billing@lumenlegal.example", "Chicago", "US", SCALE, 0, 0, 7_400,
        growth=Decimal("1.03"), weekend=Decimal("0.2"), subjects=("lumen-drafting", "lumen-research"),
    ),
    Buyer(
        "tidewater_health", "Tidewater Health", "ap@tidewater.example", "Boston", "US", PRO, 0, 4, 900,
        growth=Decimal("1.09"), weekend=Decimal("0.7"), upgrade=(7, SCALE),
    ),
    Buyer(
        "orbit_travel", "Orbit Travel", "finance@orbit-travel.example", "Lisbon", "PT", PRO, 0, 9, 1_100,
        weekend=Decimal("1.3"), peaks={6: Decimal("1.6"), 7: Decimal("2.4"), 8: Decimal("2.1"), 12: Decimal("1.5")},
        trouble=(11, "overdue"),
    ),
    Buyer(
        "papertrail", "Papertrail Accounting", "hello@papertrail.example", "Leeds", "GB", STARTER, 0, 13, 90,
        growth=Decimal("1.01"), weekend=Decimal("0.1"), peaks={1: Decimal("1.5"), 4: Decimal("1.4")},
    ),
    Buyer(
        "kestrel_robotics", "Kestrel Robotics", "ops@kestrel.example", "Munich", "DE", STARTER, 1, 2, 120,
        growth=Decimal("1.22"), weekend=Decimal("0.6"), upgrade=(8, PRO),
    ),
    Buyer(
        "northlight_media", "Northlight Media", "accounts@northlight.example", "Toronto", "CA", PRO, 1, 17, 1_300,
        growth=Decimal("0.86"), leaves_month=7,
    ),
    Buyer(
        "juniper_schools", "Juniper Schools", "office@juniper.example", "Denver", "US", PRO, 2, 6, 1_600,
        weekend=Decimal("0.1"), peaks={6: Decimal("0.5"), 7: Decimal("0.2"), 8: Decimal("0.4"), 12: Decimal("0.6")},
    ),
    Buyer(
        "fable_games", "Fable Games", "studio@fable.example", "Malmö", "SE", SCALE, 3, 11, 5_600,
        growth=Decimal("1.05"), weekend=Decimal("1.8"), subjects=("fable-live", "fable-build"),
    ),
    Buyer(
        "mosaic_retail", "Mosaic Retail", "payables@mosaic.example", "Austin", "US", PRO, 4, 1, 1_900,
        growth=Decimal("1.04"), weekend=Decimal("1.2"), peaks={11: Decimal("1.9"), 12: Decimal("2.2")},
        trouble=(12, "failed"),
    ),
    Buyer(
        "cobalt_freight", "Cobalt Freight", "it@cobaltfreight.example", "Rotterdam", "NL", STARTER, 6, 20, 150,
        growth=Decimal("1.18"), weekend=Decimal("0.4"),
    ),
    Buyer(
        "harbor_bank", "Harbor Bank", "vendor-invoices@harborbank.example", "New York", "US", SCALE, 8, 5, 8_200,
        growth=Decimal("1.06"), weekend=Decimal("0.3"), subjects=("harbor-fraud", "harbor-service"),
        trouble=(12, "pending"),
    ),
    Buyer(
        "willow_finch", "Willow & Finch", "team@willowfinch.example", "Portland", "US", STARTER, 12, 3, 60,
        growth=Decimal("1.4"),
    ),
)  # fmt: skip

VISITOR = CAST[0]
"""The customer whose login the first start prints."""
