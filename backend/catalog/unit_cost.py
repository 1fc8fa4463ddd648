"""How a feature keeps what one of its units costs the seller."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal

from backend.engine.cost.unit_cost import ManualCost, TokenCost, UnitCost
from backend.engine.exact import plain

MANUAL, TOKENS = "manual", "llm"


def to_document(cost: UnitCost | None) -> dict[str, str] | None:
    """As a document: amounts as text, what is not told left out."""
    if cost is None:
        return None
    if isinstance(cost, ManualCost):
        return {"type": MANUAL, "amount": plain(cost.amount)}
    return {"type": TOKENS} | {name: text for name, text in asdict(cost).items() if text is not None}


def from_document(document: Mapping[str, str] | None) -> UnitCost | None:
    """What a document tells; None is no cost."""
    if document is None:
        return None
    told = {name: text for name, text in document.items() if name != "type"}
    return ManualCost(Decimal(told["amount"])) if document["type"] == MANUAL else TokenCost(**told)
