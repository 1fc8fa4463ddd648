"""An invoice as a PDF file: what is printed is what the invoice says."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from backend import clockwork
from backend.engine.written import day, money
from tests.conftest import Work
from tests.services.company import sell, use_tokens

INVOICES = "/api/v1/billing/invoices"


@pytest.fixture
def started(work: Work) -> datetime:
    """A customer's first fee, a month of usage and a running month, since 40 days."""
    started = (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)
    sell(work, at=started)
    use_tokens(work, 1234, started + timedelta(days=3))
    return started


def invoices(api: httpx.Client) -> list[dict[str, str]]:
    return list(api.get(INVOICES, params={"expand": "lines"}).json()["items"])


def printed(api: httpx.Client, invoice: dict[str, str]) -> str:
    answer = api.get(f"{INVOICES}/{invoice['id']}/pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert f'filename="{invoice["number"]}.pdf"' in answer.headers["content-disposition"]
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages))


def test_the_paper_says_what_the_invoice_says(api: httpx.Client, started: datetime) -> None:
    clockwork.run_due("default", now=started)
    clockwork.run_due("default")
    month = next(found for found in invoices(api) if found["status"] == "paid" and len(found["lines"]) == 2)
    said = printed(api, month)
    total = money(Decimal(month["totals"]["total"]), "USD")
    assert total == "$32.34"
    assert f"Total {total}" in said
    assert f"{total} on {day(datetime.fromisoformat(month['issuedAt']))}" in said
    for line in month["lines"]:
        assert line["name"] in said
        assert money(Decimal(line["totals"]["total"]), "USD") in said
    assert "1,234 \N{MULTIPLICATION SIGN} $0.01 $12.34" in said
    assert month["number"] in said
    assert month["customer"]["name"] in said


def test_the_same_invoice_is_the_same_file(api: httpx.Client, started: datetime) -> None:
    clockwork.run_due("default", now=started)
    first = next(found for found in invoices(api) if found["status"] == "paid")
    files = {api.get(f"{INVOICES}/{first['id']}/pdf").content for _ in range(2)}
    assert len(files) == 1


def test_what_is_gathering_has_no_paper_and_what_is_unknown_is_not_found(api: httpx.Client, started: datetime) -> None:
    clockwork.run_due("default", now=started)
    gathering = next(found for found in invoices(api) if found["status"] == "gathering")
    assert api.get(f"{INVOICES}/{gathering['id']}/pdf").status_code == 400
    assert api.get(f"{INVOICES}/01ARZ3NDEKTSV4RRFFQ69G5FAV/pdf").status_code == 404


def test_nobody_without_a_key_gets_the_paper(api: httpx.Client, started: datetime) -> None:
    clockwork.run_due("default", now=started)
    [first, *_] = invoices(api)
    anonymous = httpx.get(f"{api.base_url}{INVOICES}/{first['id']}/pdf")
    assert anonymous.status_code == 401


def test_a_word_without_end_stays_on_the_paper(api: httpx.Client, work: Work) -> None:
    name, now = "W" * 200, datetime.now(UTC).isoformat()
    customer = api.post("/api/v1/customers", json={"name": name, "key": "long"}).json()["id"]
    fee: dict[str, Any] = {
        "name": name,
        "period": {"from": now, "to": now},
        "invoiceAt": now,
    }
    fee["rateCard"] = {"price": {"type": "flat", "amount": "1"}}
    added = f"/api/v1/billing/customers/{customer}/invoices/pending-lines"
    assert api.post(added, json={"currency": "USD", "lines": [fee]}).status_code == 201
    [invoice] = api.post(f"{INVOICES}/invoice", json={"customerId": customer}).json()
    answer = api.get(f"{INVOICES}/{invoice['id']}/pdf")
    lines = "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages).split("\n")
    assert max(len(re.findall("W", line)) for line in lines) < 100
