"""The currencies to choose from: the common ones first."""

from backend.engine.currency import CURRENCIES

COMMON = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "INR", "BRL")
ORDERED = [*COMMON, *sorted(set(CURRENCIES) - set(COMMON))]
CURRENCY_CHOICES = [(code, f"{code} \N{EN DASH} {CURRENCIES[code].name}") for code in ORDERED]
