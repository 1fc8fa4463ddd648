"""The price linter: what is allowed, but probably not meant. A bill that falls, a price nobody ever pays.

`lint_plan` is pure and quick enough to run while somebody types; `service/advice.py` adds the plans on sale.
Amounts come from the invoice engine itself, so discounts and commitments count.
"""

from backend.catalog.lint.cards import lint_rate_card
from backend.catalog.lint.finding import Finding, LintCode
from backend.catalog.lint.ladder import NamedPlan
from backend.catalog.lint.plans import lint_addon, lint_plan

__all__ = ["Finding", "LintCode", "NamedPlan", "lint_addon", "lint_plan", "lint_rate_card"]
