"""What version 3 says is wrong with a request: the parameter, the rule it breaks, and why, all of them at once."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from backend.api.v3.fields import field_of
from backend.errors import Issue

Parameter = dict[str, Any]

_RULES = {
    "missing": "required",
    "extra_forbidden": "unknown_property",
    "string_pattern_mismatch": "matches_regex",
    "list_type": "is_array",
    "date_time_object_invalid": "is_date_time",
    **dict.fromkeys(("string_type", "string_unicode"), "is_string"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "is_integer"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "is_boolean"),
    **dict.fromkeys(("decimal_type", "decimal_parsing", "finite_number", "float_parsing"), "is_number"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type", "dataclass_type"), "is_object"),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), "is_date_time"),
    "timezone_aware": "is_date_time",
    "is_label": "is_label",
}
"""What pydantic calls a fault, and the rule that version 3 knows it by; any other one is `invalid`."""

_LIMITS = {
    "string_too_short": ("min_length", "minimum", "min_length"),
    "string_too_long": ("max_length", "maximum", "max_length"),
    "too_short": ("min_items", "minimum", "min_length"),
    "too_long": ("max_items", "maximum", "max_length"),
    "greater_than_equal": ("min", "minimum", "ge"),
    "less_than_equal": ("max", "maximum", "le"),
}
"""Faults with a limit: the rule, what version 3 calls the limit, and what pydantic calls it."""


def found_parameter(issue: Issue, found: Mapping[str, Any]) -> Parameter:
    """One finding of pydantic, with its limit or the choices there are."""
    kind, facts, source = found["type"], found.get("ctx", {}), str(found["loc"][0])
    if kind in _LIMITS:
        rule, limit, name = _LIMITS[kind]
        return _parameter(issue.field, rule, issue.message, source) | {limit: int(facts[name])}
    if kind == "union_tag_not_found":
        tag = facts["discriminator"].strip("'")
        return _parameter(f"{issue.field}.{tag}", "required", issue.message, source)
    choices = re.findall(r"'([^']*)'", str(facts.get("expected_tags") or facts.get("expected") or ""))
    if kind in ("literal_error", "enum", "union_tag_invalid") and choices:
        return _parameter(issue.field, "enum", issue.message, source) | {"choices": choices}
    return _parameter(issue.field, _RULES.get(kind, "invalid"), issue.message, source)


def named_parameters(issues: Sequence[Issue], method: str, detail: str) -> list[Parameter]:
    """What the rules of the domain refuse; at least one thing, for version 3 names one in every 400."""
    source = "query" if method in ("GET", "DELETE") else "body"
    named = [
        _parameter(field_of(issue.field), "invalid", issue.message, "query" if _is_page(issue.field) else source)
        for issue in issues
    ]
    return named or [_parameter("", "invalid", detail, source)]


def _is_page(field: str) -> bool:
    """Which page is wanted stands in the address, also where the question is a body."""
    return field.startswith("page[")


def errors_of(issues: Sequence[Issue]) -> list[dict[str, str]]:
    """The same refusals with the codes of their rules, for programs."""
    return [{"field": field_of(issue.field), "code": issue.code, "message": issue.message} for issue in issues]


def without_repetition(parameters: Sequence[Parameter]) -> list[Parameter]:
    """Each parameter once, in the order in which they were found."""
    found = {(parameter["field"], parameter["rule"], parameter["reason"]): parameter for parameter in parameters}
    return list(found.values())


def _parameter(field: str, rule: str, reason: str, source: str) -> Parameter:
    return {"field": field, "rule": rule, "reason": reason, "source": source}
