"""How values travel: exact numbers, RFC 3339 instants, camelCase names, pages."""

import functools
import inspect
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar, cast

import msgspec
from fastapi import HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from backend.api.address import slashes_back
from backend.api.remainder import RULES, issues_beside
from backend.api.shape import place_of
from backend.errors import Invalid, Issue

T = TypeVar("T")

MOST_DIGITS = 38
_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_ODD_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain(value: Decimal) -> str:
    """A decimal as short as it can be written: 0.10 is 0.1, 1E+3 is 1000, never an exponent."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _normal(value: Decimal) -> Decimal:
    return Decimal(plain(value))


def _in_digits(value: Any) -> Any:
    """A text is a number only as the contract writes it: no exponent, no sign but minus, no spaces."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise PydanticCustomError("decimal_parsing", "a number is written in digits, such as 0.10")
    return _no_boolean(value)


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number is needed here")
    return value


def _bounded(value: Decimal) -> Decimal:
    """No business number needs more; without a bound, 1E+999999999 would fill the memory when added."""
    exponent = value.as_tuple().exponent
    if value.adjusted() > MOST_DIGITS or (isinstance(exponent, int) and exponent < -MOST_DIGITS):
        raise ValueError(f"a number may have at most {MOST_DIGITS} digits on either side of the point")
    return value


Text = Annotated[
    Decimal,
    BeforeValidator(_in_digits),
    AfterValidator(_bounded),
    Field(allow_inf_nan=False),
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "format": "decimal"}),
]
"""A decimal that travels as a JSON string: money and priced quantities."""

Calculated = Annotated[
    Decimal, PlainSerializer(plain, return_type=str), WithJsonSchema({"type": "string", "format": "decimal"})
]
"""A decimal that is only ever answered, as a JSON string: a quotient or product has more digits than may be sent."""

CalculatedNumber = Annotated[
    Decimal,
    PlainSerializer(_normal, return_type=Decimal, when_used="unless-none"),
    WithJsonSchema({"type": "number"}),
]
"""The same as a JSON number: usage and balances, which may come from a division or from very many events."""

Number = Annotated[
    Decimal,
    BeforeValidator(_no_boolean),
    AfterValidator(_bounded),
    Field(allow_inf_nan=False),
    PlainSerializer(_normal, return_type=Decimal, when_used="unless-none"),
    WithJsonSchema({"type": "number"}),
]
"""A decimal that travels as a JSON number, digit for digit: usage, balances, percentages."""


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time must lie between the years 1 and 9999 of UTC") from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment with a zone, kept in UTC."""

Key = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9]+(?:_[a-z0-9]+)*$")]
Labels = dict[str, str]


class Wire(BaseModel):
    """An answer: camelCase; an optional field that is None is left out, a required one is sent as null."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    @model_serializer(mode="wrap")
    def _leave_out_absent(self, serialize: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        written: dict[str, Any] = serialize(self)
        for name, field in type(self).model_fields.items():
            key = (field.serialization_alias or field.alias or name) if info.by_alias else name
            if key in written and written[key] is None and not field.is_required():
                del written[key]
        return written

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fields; the serializer above hides them from pydantic."""
        fields = {key: part for key, part in core_schema.items() if key != "serialization"}
        return handler(cast(CoreSchema, fields))


class WireInput(Wire):
    """A request: an unknown field is refused, so that a misspelt one cannot be overlooked."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _no_number(cls, given: Any) -> Any:
        """FastAPI would read the fields off any Python object, and a Decimal is one without any of them."""
        if isinstance(given, Decimal):
            raise ValueError("a JSON object is needed here")
        return given


class Page(Wire, Generic[T]):
    """One page of a list."""

    total_count: int
    page: int
    page_size: int
    items: list[T]


class PageQuery(BaseModel):
    """Which page is asked for: counted from 1."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=1000)] = 100

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.page_size

    def of(self, items: Sequence[Any], total: int) -> "Page[Any]":
        """The page that answers this question."""
        return Page(total_count=total, page=self.page, page_size=self.page_size, items=list(items))


def _dump(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="python", by_alias=True)
    raise TypeError(f"{type(value).__name__} has no wire format")


_encoder = msgspec.json.Encoder(enc_hook=_dump, decimal_format="number")


def encode(value: Any) -> bytes:
    """JSON in which a Decimal is a number with exactly its digits."""
    return _encoder.encode(value)


MOST_BYTES = 16 * 1024 * 1024
"""How large a request may be: as large as one of events."""


class _ExactRequest(Request):
    """A request whose JSON numbers keep all their digits, and whose texts every database can keep."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            read = bytearray()
            async for part in self.stream():
                read += part
                if len(read) > MOST_BYTES:
                    raise HTTPException(413, f"A request may carry at most {MOST_BYTES // 1024 // 1024} MiB.")
            self._body = bytes(read)
        return self._body

    async def json(self) -> Any:
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """JSON with all digits of its numbers; JSONDecodeError also for texts that no database can keep."""
    read = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    odd = _ODD_ESCAPE.search(body)
    if odd and any("\0" in text or _SURROGATE.search(text) for text in _texts(read)):
        raise json.JSONDecodeError("a null character or half a character cannot be kept", "", odd.start())
    return read


def _texts(node: Any) -> Iterator[str]:
    """Every text in what JSON was read as, also the names of fields."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for part in [*node, *node.values()] if isinstance(node, dict) else node:
            yield from _texts(part)


def _refuse_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"{name} is not a JSON number", name, 0)


class WireRoute(APIRoute):
    """A route whose answers are encoded from the wire models directly: no Decimal becomes a double.

    A unit of work among what the endpoint is given is open while it runs, and committed before the answer leaves.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, _encoding(endpoint, options.get("status_code") or 200), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_exactly(request: Request) -> Response:
            _check_address(request)
            slashes_back(request)
            try:
                return await handle(_ExactRequest(request.scope, request.receive))
            except RequestValidationError as refused:
                issues = await run_in_threadpool(self._admit, request, refused)
                raise WrongBody(refused, issues) from None

        return handle_exactly

    def _admit(self, request: Request, refused: RequestValidationError) -> list[Issue]:
        """Whoever may not ask is told that before what is wrong with the question; then the rules have their say."""
        with getattr(request.state, "work", nullcontext()) as ctx:
            rules = getattr(self.endpoint, RULES, None)
            if ctx is None or rules is None:
                return []
            model = inspect.signature(self.endpoint, eval_str=True).parameters["body"].annotation
            faults = [place_of(found, refused.body) for found in refused.errors() if found["loc"][0] == "body"]
            return issues_beside(ctx, rules, model, refused.body, faults, request.path_params)


class StraightRoute(WireRoute):
    """A route that FastAPI only documents: its endpoint is given the request, and works out what it needs for itself.

    To let FastAPI look for parameters takes it longer than to store several events.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def handle(request: Request) -> Response:
            _check_address(request)
            return cast(Response, await self.endpoint(request))

        return handle


def _check_address(request: Request) -> None:
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise Invalid("The address holds a null character.")


class WrongBody(RequestValidationError):
    """A request of the wrong shape, with what the rules refuse beside it."""

    def __init__(self, refused: RequestValidationError, issues: Sequence[Issue]) -> None:
        super().__init__(refused.errors(), body=refused.body)
        self.issues = tuple(issues)


def _encoding(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    def answer(result: Any) -> Response:
        if isinstance(result, Response):
            return result
        if result is None:
            return Response(status_code=status)
        return Response(encode(result), status, media_type="application/json")

    @functools.wraps(endpoint)
    def call(*args: Any, **kwargs: Any) -> Response:
        with ExitStack() as open_while_it_runs:
            given = {
                name: open_while_it_runs.enter_context(value) if isinstance(value, AbstractContextManager) else value
                for name, value in kwargs.items()
            }
            return answer(endpoint(*args, **given))

    @functools.wraps(endpoint)
    async def call_async(*args: Any, **kwargs: Any) -> Response:
        return answer(await cast(Awaitable[Any], endpoint(*args, **kwargs)))

    return call_async if inspect.iscoroutinefunction(endpoint) else call


def rfc3339(value: datetime) -> str:
    """An instant as text, in UTC with a Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
