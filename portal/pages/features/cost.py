"""What one unit of a feature costs us: as it is typed, as it is kept, and in words."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from backend.catalog.unit_cost import MANUAL, TOKENS, from_document
from backend.engine.cost.unit_cost import CURRENCY, ManualCost, TokenCost, TokenType, UnitCost
from backend.engine.exact import plain
from backend.errors import Invalid, Issue
from portal.formatting import unit_price
from portal.rate_cards.reading import FieldReader

KINDS = (
    ("", "Not told"),
    (MANUAL, "The same for every unit"),
    (TOKENS, "The list price of a language model's tokens"),
)
FIXED = ""
"""Said once and for all, instead of read from a dimension."""

PARTS = (("provider", "Provider"), ("model", "Model"), ("token_type", "Kind of token"))
WIRE_PARTS = {"tokenType": "token_type"}
LONGEST = 128


@dataclass(frozen=True)
class CostForm:
    """A unit cost as it is typed. `..._from` is the dimension that tells it; empty when it is said here."""

    kind: str = ""
    amount: str = ""
    provider: str = ""
    provider_from: str = FIXED
    model: str = ""
    model_from: str = FIXED
    token_type: str = TokenType.INPUT.value
    token_type_from: str = FIXED

    def typed(self, name: str, text: str) -> "CostForm":
        """The form after somebody typed; names that it does not have change nothing."""
        return replace(self, **{name: text[:LONGEST]}) if name in {field.name for field in fields(self)} else self


def read_cost(form: CostForm) -> UnitCost | None:
    """The cost that a form describes; None when it is not told. Raises Invalid, with the field named."""
    if form.kind == MANUAL:
        reader = FieldReader()
        amount = reader.number("cost.amount", form.amount)
        if reader.problems:
            raise Invalid("The unit cost is no number.", issues=[Issue(*pair) for pair in _issues(reader.problems)])
        return ManualCost(amount)
    if form.kind != TOKENS:
        return None
    told: dict[str, str] = {}
    for name, _ in PARTS:
        dimension, text = getattr(form, f"{name}_from"), getattr(form, name).strip()
        told |= {f"{name}_property": dimension} if dimension else {name: text}
    return TokenCost(**told)


def form_of(document: Mapping[str, str] | None) -> CostForm:
    """A cost as it would have been typed."""
    cost = from_document(document)
    if cost is None:
        return CostForm()
    if isinstance(cost, ManualCost):
        return CostForm(kind=MANUAL, amount=plain(cost.amount))
    told = {name: getattr(cost, name) or "" for name, _ in PARTS}
    read = {f"{name}_from": getattr(cost, f"{name}_property") or FIXED for name, _ in PARTS}
    return CostForm(kind=TOKENS, **told, **read)


def cost_words(document: Mapping[str, str] | None) -> tuple[str, str]:
    """The cost, and what it goes by: `$0.002`, or `LLM list price` by `provider openai, model as used`."""
    cost = from_document(document)
    if cost is None:
        return "", ""
    if isinstance(cost, ManualCost):
        return unit_price(cost.amount, CURRENCY), ""
    said = []
    for name, label in PARTS:
        dimension = getattr(cost, f"{name}_property")
        said.append(f"{label.lower()} by {dimension}" if dimension else str(getattr(cost, name)).replace("_", " "))
    return "LLM list price", ", ".join(said)


def problems_of(error: Invalid) -> dict[str, str]:
    """What is wrong, at the fields of this form."""
    found: dict[str, str] = {}
    for issue in error.issues:
        place = issue.field.removeprefix("unitCost.").removeprefix("cost.").removesuffix("Property")
        found.setdefault(f"cost.{WIRE_PARTS.get(place, place)}", issue.message[:1].upper() + issue.message[1:])
    return found


def _issues(problems: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(place, "number", text) for place, text in problems.items()]
