"""Strict reading of requests: a parameter that Stripe's published types do not have is refused."""

import sys
import typing
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace, UnionType
from typing import Any
from urllib.parse import parse_qsl

from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

OPTIONS = frozenset(RequestOptions.__annotations__)
"""What the SDK takes beside parameters, such as the idempotency key: headers, never fields."""


class Refused(Exception):
    """An answer that is an error in Stripe's words."""

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        status: int = 400,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        error = {"message": message, "param": param, "code": code, "type": kind}
        self.body = {"error": {key: value for key, value in error.items() if value is not None}}


def read(text: str, model: type) -> dict[str, Any]:
    """The parameters of a form, nested as Stripe nests them and typed as the SDK's `model` says."""
    nested: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        _place(nested, key, value)
    return _typed(nested, model, "")


def _place(nested: dict[str, Any], key: str, value: str) -> None:
    head, *rest = key.replace("]", "").split("[")
    where = nested
    for name, following in zip([head, *rest], [*rest, None], strict=True):
        if following is None:
            if name in where:
                raise Refused(f"Received {key} twice.", param=key)
            where[name] = value
        else:
            where = where.setdefault(name, {})


def _typed(value: dict[str, Any], model: type, path: str) -> dict[str, Any]:
    fields = {name: hint for name, hint in model.__annotations__.items() if name not in OPTIONS}
    known = typing.get_type_hints(SimpleNamespace(__annotations__=fields), vars(sys.modules[model.__module__]))
    typed = {}
    for name, part in value.items():
        where = f"{path}[{name}]" if path else name
        if name not in known:
            raise Refused(f"Received unknown parameter: {where}", param=where, code="parameter_unknown")
        typed[name] = _as(part, known[name], where)
    missing = [name for name in getattr(model, "__required_keys__", ()) if name not in value and name in known]
    if missing:
        raise Refused(f"Missing required param: {missing[0]}.", param=missing[0], code="parameter_missing")
    return typed


def _as(part: Any, hint: Any, where: str) -> Any:
    """The part as the hint says; of a union, the first reading that fits."""
    origin, choices = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.NotRequired, typing.Required):
        return _as(part, choices[0], where)
    if origin in (typing.Union, UnionType):
        return _any(part, choices, where)
    if origin is typing.Literal:
        return _expected(part, part in choices, f"Invalid {where}: must be one of {choices}", where)
    if origin is list:
        _expected(part, isinstance(part, dict), f"Invalid array: {where}", where)
        return [_as(item, choices[0], f"{where}[{key}]") for key, item in part.items()]
    if origin is dict:
        flat = isinstance(part, dict) and all(isinstance(item, str) for item in part.values())
        return _expected(part, flat, f"Invalid hash: {where}", where)
    nested = isinstance(part, dict) and is_typeddict(hint)
    return _typed(part, hint, where) if nested else _scalar(part, hint, where)


def _any(part: Any, choices: tuple[Any, ...], where: str) -> Any:
    """The first choice that fits; the text that the SDK adds to enumerations for values of the future does not."""
    if any(typing.get_origin(choice) is typing.Literal and typing.get_args(choice) != ("",) for choice in choices):
        choices = tuple(choice for choice in choices if choice is not str)
    for choice in choices[:-1]:
        try:
            return _as(part, choice, where)
        except Refused:
            continue
    return _as(part, choices[-1], where)


def _expected(part: Any, holds: bool, message: str, where: str) -> Any:
    if not holds:
        raise Refused(message, param=where)
    return part


def _scalar(part: Any, hint: Any, where: str) -> Any:
    if not isinstance(part, str):
        raise Refused(f"Invalid {where}", param=where)
    try:
        if hint is bool and part in ("true", "false"):
            return part == "true"
        if hint is int:
            return int(part)
        if hint is Decimal and Decimal(part) == round(Decimal(part), 12):
            return Decimal(part)
    except (ValueError, InvalidOperation):
        pass
    if hint is str:
        return part
    raise Refused(f"Invalid {getattr(hint, '__name__', hint)}: {part}", param=where)
