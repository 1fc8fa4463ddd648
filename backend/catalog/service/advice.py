"""Advice to whoever writes a price: the price linter, with the plans on sale beside it."""

from backend.catalog import repository
from backend.catalog.filters import PlanFilter
from backend.catalog.lint import Finding, NamedPlan, lint_plan
from backend.catalog.models import Plan
from backend.catalog.plan_rows import read_terms
from backend.catalog.terms import PlanInput
from backend.infra.context import Context

MOST_COMPARED = 100
"""How many plans on sale a plan is compared with."""


def advise(ctx: Context, wanted: PlanInput) -> list[Finding]:
    """Everything odd about a plan that is being written, also next to the other plans on sale; nothing is saved."""
    on_sale = PlanFilter(statuses=("active",), currencies=(wanted.currency,), limit=MOST_COMPARED)
    plans, _ = repository.list_versions(ctx, Plan, on_sale)
    terms = read_terms(ctx, plans)
    others = [NamedPlan(plan.name, terms[plan.id]) for plan in plans if plan.key != wanted.key]
    return lint_plan(wanted.currency, wanted.terms, others)
