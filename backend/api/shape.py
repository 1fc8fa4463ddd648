"""What is wrong with the shape of a request: where, which rule, and a sentence for the person who wrote it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from backend.errors import Issue

Found = Mapping[str, Any]
Place = tuple[str | int, ...]

KEY = r"^[a-z0-9]+(?:_[a-z0-9]+)*$"
A_NUMBER = "This must be a number, such as 0.10."
A_TIME = "This must be a time, such as 2026-01-31T00:00:00Z."
AN_OBJECT = "This must be an object with named fields."
A_WHOLE_NUMBER = "This must be a whole number."
YES_OR_NO = "This must be true or false."

PATTERNS = {
    KEY: "Use lowercase letters and digits, in words joined by single underscores, such as api_calls.",
    r"^txcd_\d{8}$": "A tax code of Stripe looks like txcd_10000000.",
}
"""What the patterns ask for, in words; any other is the form of an id."""

SENTENCES: Mapping[str, str] = {
    "missing": "This is required.",
    "extra_forbidden": "There is no field of this name.",
    "list_type": "This must be a list.",
    "timezone_aware": "Say in which zone this time is, such as 2026-01-31T00:00:00Z.",
    **dict.fromkeys(("string_type", "string_unicode"), "This must be text."),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), A_WHOLE_NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), YES_OR_NO),
    **dict.fromkeys(("decimal_type", "decimal_parsing", "float_type", "float_parsing", "finite_number"), A_NUMBER),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "dataclass_type"), AN_OBJECT),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), A_TIME),
}
"""Faults without facts of their own."""

LIMITS: Mapping[str, Callable[[Found], str]] = {
    "string_too_short": lambda facts: _at_least(facts["min_length"], "character"),
    "string_too_long": lambda facts: f"Use at most {facts['max_length']:,} characters.",
    "too_short": lambda facts: _at_least(facts["min_length"], "entry", "entries"),
    "too_long": lambda facts: f"Use at most {facts['max_length']:,} entries.",
    "greater_than": lambda facts: f"This must be more than {facts['gt']}.",
    "greater_than_equal": lambda facts: f"This must be {facts['ge']} or more.",
    "less_than": lambda facts: f"This must be less than {facts['lt']}.",
    "less_than_equal": lambda facts: f"This must be {facts['le']} or less.",
    "string_pattern_mismatch": lambda facts: PATTERNS.get(facts["pattern"], "This does not look like an id."),
    "union_tag_not_found": lambda facts: f"Say in {str(facts['discriminator']).strip(chr(39))} which kind this is.",
    "union_tag_invalid": lambda facts: _choose(facts["expected_tags"]),
    "literal_error": lambda facts: _choose(facts["expected"]),
    "enum": lambda facts: _choose(facts["expected"]),
}
"""Faults with a limit or with choices."""


def issue_of(found: Found, body: Any) -> Issue:
    """One finding of pydantic: `rateCards[2].price.amount`, its code, and a sentence."""
    if found["type"] == "json_invalid":
        place, reason = found["loc"][-1], found["ctx"]["error"]
        return Issue("", "json_invalid", f"The body is not valid JSON: {reason} (at character {place})")
    return Issue(field_at(place_of(found, body)), str(found["type"]), _sentence(found))


def field_at(place: Place) -> str:
    """A place as it is written: `phases[0].rateCards[1].price`."""
    field = ""
    for part in place:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else str(part)
    return field


def place_of(found: Found, body: Any) -> Place:
    """Where in the request it is. Pydantic also names the kind of price, and such, that it read: that is no place."""
    return tuple(_place(found, body))


def _place(found: Found, body: Any) -> Iterator[str | int]:
    source, *place = found["loc"]
    node, last = body, len(place) - 1
    for index, part in enumerate(place):
        if source == "body" and index and not isinstance(node, dict | list):
            return
        is_kind = source == "body" and isinstance(node, dict) and part not in node
        if part == "[key]" or (is_kind and not (index == last and found["type"] == "missing")):
            continue
        yield part
        node = _inside(node, part)


def _inside(node: Any, part: str | int) -> Any:
    try:
        return node[part]
    except (TypeError, LookupError):
        return None


def _sentence(found: Found) -> str:
    kind, facts = str(found["type"]), found.get("ctx", {})
    if kind in SENTENCES:
        return SENTENCES[kind]
    if kind in LIMITS and facts:
        return LIMITS[kind](facts)
    text = str(found["msg"]).removeprefix("Value error, ")
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _at_least(count: int, one: str, many: str | None = None) -> str:
    return "This must not be empty." if count == 1 else f"Use at least {count:,} {many or one + 's'}."


def _choose(choices: object) -> str:
    """Pydantic writes choices as `'a', 'b' or 'c'`."""
    return f"Choose one of: {str(choices).replace(' or ', ', ').replace(chr(39), '')}."
