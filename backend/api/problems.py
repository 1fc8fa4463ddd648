"""How errors are spelled in HTTP: RFC 7807 problems, and the only status codes in the project."""

import http
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException

from backend.api.shape import issue_of
from backend.api.v3.problems import Parameter, errors_of, found_parameter, named_parameters, without_repetition
from backend.api.wire import WrongBody, encode
from backend.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Gone,
    Invalid,
    Issue,
    NotFound,
    PreconditionFailed,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    WrongState,
)
from backend.infra.log import logger

V3 = "/api/v3/"
STATUS: dict[type[DomainError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
    TooManyRequests: 429,
    Unavailable: 503,
}

STATUS_V3: dict[type[DomainError], int] = {Gone: 410, WrongState: 400}
"""What version 3 says otherwise."""

TYPES_V3 = {
    400: "bad-request",
    401: "unauthenticated",
    403: "unauthorized",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    410: "gone",
    412: "precondition-failed",
    413: "content-too-large",
    429: "too-many-requests",
    503: "unavailable",
}

log = logger(__name__)


def status_of(error: DomainError, path: str = "") -> int:
    """The status of the nearest class that has one, in the version of the API that the path belongs to."""
    known = STATUS | STATUS_V3 if path.startswith(V3) else STATUS
    return next(known[kind] for kind in type(error).__mro__ if kind in known)


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    issues: Sequence[Issue] = (),
    facts: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    parameters: Sequence[Parameter] = (),
) -> Response:
    """An `application/problem+json` answer; issues stand under `extensions.validationErrors`.

    Version 3 also names what is wrong under `invalid_parameters`, at least one thing in every 400: the parameters that
    have the wrong shape, or else what the issues say.
    """
    is_v3 = request.url.path.startswith(V3)
    request_id = request.scope.get("meterline.request_id", "")
    extensions: dict[str, Any] = dict(facts or {})
    if issues and not parameters:
        extensions["validationErrors"] = errors_of(issues) if is_v3 else [asdict(issue) for issue in issues]
    body: dict[str, Any] = {
        "type": f"https://kongapi.info/konnect/{TYPES_V3.get(status, 'internal')}" if is_v3 else "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": f"meterline:trace:{request_id}" if is_v3 else f"urn:request:{request_id}",
    }
    if is_v3 and status == http.HTTPStatus.BAD_REQUEST:
        named = parameters or named_parameters(issues, request.method, detail)
        body["invalid_parameters"] = without_repetition(named)
    if extensions:
        body["extensions"] = extensions
    return Response(encode(body), status, headers=headers, media_type="application/problem+json")


def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequests | Unavailable):
        headers["Retry-After"] = "1"
    status = status_of(error, request.url.path)
    return problem(request, status, str(error), issues=error.issues, facts=error.facts, headers=headers)


def _validation(request: Request, error: Exception) -> Response:
    """Faults of shape and, if the body was looked at further, what the rules refuse beside them."""
    assert isinstance(error, RequestValidationError)
    shape = [issue_of(found, error.body) for found in error.errors()]
    beside = error.issues if isinstance(error, WrongBody) else ()
    issues = [*shape, *beside]
    shown = "; ".join(f"{issue.field}: {issue.message}" if issue.field else issue.message for issue in issues[:5])
    parameters = []
    if request.url.path.startswith(V3):
        parameters = [found_parameter(issue, found) for issue, found in zip(shape, error.errors(), strict=True)]
        parameters += named_parameters(beside, request.method, shown) if beside else []
    return problem(request, 400, shown, issues=issues, parameters=parameters)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    address = request.scope["raw_path"].decode("latin-1")
    detail = {
        404: f"There is nothing at {address}.",
        405: f"{request.method} is not possible at {address}.",
    }.get(error.status_code, str(error.detail))
    return problem(request, error.status_code, detail, headers=dict(error.headers or {}))


def _database(request: Request, error: Exception) -> Response:
    log.error("database.unavailable", error=str(error))
    return problem(request, 503, "The database cannot answer at the moment.", headers={"Retry-After": "1"})


def _unstorable(request: Request, error: Exception) -> Response:
    log.info("database.refused", error=str(error))
    return problem(request, 400, "A text of the request holds a null character, or a number is too large to be kept.")


def _unexpected(request: Request, error: Exception) -> Response:
    log.error("request.failed", exc_info=error)
    return problem(request, 500, "")


def install_problems(app: FastAPI) -> None:
    """Let every error of the API leave as a problem."""
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(NoConnection, _database)
    app.add_exception_handler(Exception, _unexpected)
