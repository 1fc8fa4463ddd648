"""The HTTP face of the substitute: keys, idempotency, strict parameters, lists, and failures on demand."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from stripe import params as p

from tests.fakes.stripe.params import Refused, read
from tests.fakes.stripe.state import Object, State
from tests.fakes.stripe.webhooks import Webhooks

API_KEY = "sk_test_fake_key_of_the_tests"
SECRET = "whsec_fake_secret_of_the_tests"
ACCOUNT = {"id": "acct_fake00000001", "object": "account", "livemode": False}


@dataclass
class Fault:
    """One request that fails: before Stripe did anything, or after it did it and before it could say so."""

    method: str
    path: str
    status: int
    after: bool


@dataclass
class Call:
    """One request that came in."""

    method: str
    path: str
    key: str | None
    params: Object = field(default_factory=dict)


class FakeStripe:
    """The whole substitute: state, webhooks, memory of idempotency keys, and the calls so far."""

    def __init__(self) -> None:
        self.webhooks = Webhooks(SECRET)
        self.state = State(self.webhooks.announce)
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.address = ""
        self.lock = threading.Lock()
        self._answers: dict[str, tuple[tuple[str, str, str], int, Object]] = {}

    def fail_next(self, method: str, path: str, *, status: int = 500, after: bool = False) -> None:
        """Let the next request that matches (a regular expression of its path) fail."""
        self.faults.append(Fault(method, path, status, after))

    def forget_keys(self) -> None:
        """A day later Stripe has forgotten the idempotency keys."""
        self._answers.clear()

    def creations(self, path: str) -> list[Call]:
        """The POST requests to a path."""
        return [call for call in self.calls if call.method == "POST" and call.path == path]

    def answer(self, method: str, path: str, text: str, key: str | None, authorization: str) -> tuple[int, Object]:
        """Answer one request; the same key answers the same, and never anything else."""
        with self.lock:
            if authorization != f"Bearer {API_KEY}":
                raise Refused("Invalid API Key provided", status=401)
            if key is not None and len(key) > 255:
                raise Refused("Idempotency keys have at most 255 characters.", kind="idempotency_error")
            asked = (method, path, text)
            if method == "POST" and key in self._answers:
                before, status, body = self._answers[key]
                if before != asked:
                    message = f"Keys for idempotent requests can only be used with the same parameters: {key}"
                    raise Refused(message, kind="idempotency_error")
                return status, body
            status, body = self._perform(method, path, text, key)
            if method == "POST" and key is not None:
                self._answers[key] = (asked, status, body)
            return status, body

    def _perform(self, method: str, path: str, text: str, key: str | None) -> tuple[int, Object]:
        fault = next((f for f in self.faults if f.method == method and re.fullmatch(f.path, path)), None)
        if fault is not None:
            self.faults.remove(fault)
            if not fault.after:
                return fault.status, {"error": {"message": "Something went wrong inside Stripe.", "type": "api_error"}}
        call = Call(method, path, key)
        self.calls.append(call)
        body = self._route(method, path, text, call)
        if fault is not None:
            return fault.status, {"error": {"message": "Something went wrong inside Stripe.", "type": "api_error"}}
        return 200, body

    def _route(self, method: str, path: str, text: str, call: Call) -> Object:
        for wanted, pattern, model, act in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and wanted == method:
                call.params = read(text, model)
                return dict(act(self.state, *found.groups(), dict(call.params)))
        raise Refused(f"Unrecognized request URL ({method}: {path}).", status=404)


def _page(objects: dict[str, Object], url: str, params: Object, **filters: Any) -> Object:
    """Newest first, filtered, cut to the limit, as Stripe lists."""
    wanted = {key: value for key, value in filters.items() if value is not None}
    found = [o for o in reversed(list(objects.values())) if all(o.get(key) == value for key, value in wanted.items())]
    after = params.get("starting_after")
    if after is not None:
        found = found[[o["id"] for o in found].index(after) + 1 :]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refused("limit must be between 1 and 100.", param="limit")
    return {"object": "list", "url": url, "data": found[:limit], "has_more": len(found) > limit}


def _found_customers(state: State, params: Object) -> Object:
    """Customers by their metadata, in the part of Stripe's search language that says `metadata['a']:'b' AND ...`."""
    terms = params["query"].split(" AND ")
    wanted = [re.fullmatch(r"metadata\['([^']+)'\]:'([^']*)'", term) for term in terms]
    if None in wanted:
        raise Refused("We were unable to parse your search query.", param="query")
    pairs = {match.groups() for match in wanted if match}
    found = [customer for customer in state.customers.values() if pairs <= set(customer["metadata"].items())]
    page = {"object": "search_result", "url": "/v1/customers/search", "has_more": False, "next_page": None}
    return {**page, "data": found[: params.get("limit", 10)]}


def _invoices(state: State, params: Object) -> Object:
    return _page(state.invoices, "/v1/invoices", params, customer=params.get("customer"), status=params.get("status"))


def _items(state: State, params: Object) -> Object:
    return _page(
        state.items, "/v1/invoiceitems", params, customer=params.get("customer"), invoice=params.get("invoice")
    )


ROUTES: list[tuple[str, str, Any, Callable[..., Object]]] = [
    ("GET", "/v1/account", p.AccountRetrieveCurrentParams, lambda _s, _p: ACCOUNT),
    ("POST", "/v1/customers", p.CustomerCreateParams, lambda s, q: s.create_customer(q)),
    ("GET", "/v1/customers/search", p.CustomerSearchParams, _found_customers),
    ("GET", "/v1/customers/([^/]+)", p.CustomerRetrieveParams, lambda s, i, _q: s.customer(i)),
    ("POST", "/v1/customers/([^/]+)", p.CustomerUpdateParams, lambda s, i, q: s.update_customer(i, q)),
    ("POST", "/v1/invoices", p.InvoiceCreateParams, lambda s, q: s.create_invoice(q)),
    ("GET", "/v1/invoices", p.InvoiceListParams, _invoices),
    ("GET", "/v1/invoices/([^/]+)", p.InvoiceRetrieveParams, lambda s, i, _q: s.invoice(i)),
    ("DELETE", "/v1/invoices/([^/]+)", p.InvoiceDeleteParams, lambda s, i, _q: s.delete_invoice(i)),
    ("POST", "/v1/invoices/([^/]+)/finalize", p.InvoiceFinalizeInvoiceParams, lambda s, i, q: s.finalize(i, q)),
    ("POST", "/v1/invoices/([^/]+)/pay", p.InvoicePayParams, lambda s, i, q: s.pay(i, q)),
    ("POST", "/v1/invoices/([^/]+)/void", p.InvoiceVoidInvoiceParams, lambda s, i, _q: s.void(i)),
    (
        "POST",
        "/v1/invoices/([^/]+)/mark_uncollectible",
        p.InvoiceMarkUncollectibleParams,
        lambda s, i, _q: s.mark_uncollectible(i),
    ),
    ("POST", "/v1/invoiceitems", p.InvoiceItemCreateParams, lambda s, q: s.create_item(q)),
    ("GET", "/v1/invoiceitems", p.InvoiceItemListParams, _items),
    ("GET", "/v1/invoiceitems/([^/]+)", p.InvoiceItemRetrieveParams, lambda s, i, _q: s.item(i)),
    ("DELETE", "/v1/invoiceitems/([^/]+)", p.InvoiceItemDeleteParams, lambda s, i, _q: s.delete_item(i)),
]


def create_app(fake: FakeStripe) -> FastAPI:
    """The substitute as an ASGI app."""
    app = FastAPI(openapi_url=None)

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def answer(request: Request) -> JSONResponse:
        posted = request.method == "POST"
        text = (await request.body()).decode() if posted else request.url.query
        headers = request.headers
        try:
            status, body = fake.answer(
                request.method, request.url.path, text, headers.get("Idempotency-Key"), headers.get("Authorization", "")
            )
        except Refused as error:
            status, body = error.status, error.body
        return JSONResponse(body, status, headers={"Stripe-Should-Retry": "false"})

    return app
