"""Every issue at once: the rules, checked on what remains of a body when its parts of the wrong shape are set aside."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from backend.api.shape import Place, field_at
from backend.errors import DomainError, Invalid, Issue
from backend.infra.context import Context

E = TypeVar("E", bound=Callable[..., Any])
Rules = Callable[[Context, Any, Mapping[str, str]], Iterable[Issue]]

RULES = "rules"
"""The attribute of an endpoint that holds its rules."""

CARDS = ("rateCards", "rate_cards")
OPTIONAL_OF_CARD = frozenset(
    {"description", "metadata", "labels", "discounts", "entitlementTemplate", "entitlement", "taxConfig", "tax_config"}
)
"""What a rate card can be judged without."""

FREE = {"type": "flat_fee", "name": "-", "billingCadence": None, "price": None}
FREE_V3 = {"name": "-", "price": {"type": "free"}}
STAND_INS: Mapping[str, Any] = {
    "name": "-",
    "currency": "USD",
    "billingCadence": "P1M",
    "billing_cadence": "P1M",
    "instanceType": "single",
    "instance_type": "single",
    "phases": [],
    "rateCards": [],
    "rate_cards": [],
    "customer": {},
    "plan": {},
    "timing": "immediate",
    "quantity": 1,
}
"""What stands for a required part that is set aside, so that the rest can be read. Keys get one of their own."""

DEPENDENT = {
    "billingCadence": ("rate_card_billing_cadence_unaligned",),
    "currency": ("rate_card_currency",),
    "meterSlug": ("no_meter", "unknown_dimension"),
    "meter": ("no_meter", "unknown_dimension"),
    "customer": ("customer_missing",),
    "customPlan": ("plan_missing",),
}
"""Parts of a body that rules about others look at, and how the codes of those rules begin."""


def checked_by(rules: Rules) -> Callable[[E], E]:
    """Name the rules of an endpoint's body: also a body of the wrong shape is then told everything the rules refuse.

    `rules` is given the context, the body as it was read, and the parameters of the path. It changes nothing.
    """

    def mark(endpoint: E) -> E:
        setattr(endpoint, RULES, rules)
        return endpoint

    return mark


@dataclass(frozen=True, slots=True)
class _Rest:
    """A body without its faulty parts, and where these were."""

    body: dict[str, Any]
    set_aside: Collection[str]


def issues_beside(
    ctx: Context, rules: Rules, model: type[BaseModel], body: Any, faults: Sequence[Place], path: Mapping[str, str]
) -> list[Issue]:
    """What the rules refuse in a body beside its faults of shape; nothing when too little of it can be read."""
    rest = set_aside(body, faults)
    if rest is None:
        return []
    try:
        found = list(rules(ctx, model.model_validate(rest.body), path))
    except ValidationError:
        return []
    except Invalid as refused:
        found = list(refused.issues)
    except DomainError:
        return []
    return [issue for issue in found if not _is_about(issue, rest.set_aside)]


def set_aside(body: Any, faults: Sequence[Place]) -> _Rest | None:
    """Take the faulty parts out of a body; None when the body itself is no object.

    Of a rate card only what it can be judged without is taken out; else the whole card is.
    """
    if not isinstance(body, dict) or () in faults:
        return None
    rest = deepcopy(body)
    places: list[Place] = []
    for fault in sorted({_part_to_judge(fault) for fault in faults}, key=len):
        if not any(fault[: len(place)] == place for place in places):
            _replace(rest, fault)
            places.append(fault)
    return _Rest(rest, [field_at(place) for place in places])


def _part_to_judge(fault: Place) -> Place:
    """The smallest part with this fault that the rules can be checked without."""
    card = next((index + 2 for index, part in enumerate(fault[:-1]) if part in CARDS), None)
    if card is not None:
        return fault[: card + 1] if len(fault) > card and fault[card] in OPTIONAL_OF_CARD else fault[:card]
    in_phase = len(fault) > 1 and fault[0] == "phases"
    return fault[:3] if in_phase else fault[:1]


def _replace(body: dict[str, Any], place: Place) -> None:
    node: Any = body
    for part in place[:-1]:
        node = node[part]
    last = place[-1]
    if isinstance(last, int):
        node[last] = _free_card(place) if place[-2] in CARDS else _empty_phase(place, body)
    elif last == "key":
        node["key"] = _key(place)
    elif last == "duration":
        node["duration"] = None
    elif last in STAND_INS:
        node[last] = deepcopy(STAND_INS[last])
    else:
        node.pop(last, None)


def _free_card(place: Place) -> dict[str, Any]:
    return {"key": _key(place), **(FREE if place[-2] == "rateCards" else FREE_V3)}


def _empty_phase(place: Place, body: dict[str, Any]) -> dict[str, Any]:
    is_v3 = "billing_cadence" in body or "pro_rating_enabled" in body
    return {"key": _key(place), "name": "-", "rate_cards" if is_v3 else "rateCards": []}


def _key(place: Place) -> str:
    """A key that nothing else has."""
    return "set_aside_" + "_".join(str(part).lower().replace("_", "") for part in place)


def _is_about(issue: Issue, places: Collection[str]) -> bool:
    """Whether an issue is about a part that was set aside, or follows from what stands in its place."""
    field = _plain(issue.field)
    for place in map(_plain, places):
        if field == place or field.startswith((f"{place}.", f"{place}[")):
            return True
        if any(issue.code.startswith(codes) for part, codes in DEPENDENT.items() if _plain(part) == place):
            return True
    return False


def _plain(field: str) -> str:
    """A field however it is spelled: rules use the names of version 1."""
    return field.replace("_", "").lower()
