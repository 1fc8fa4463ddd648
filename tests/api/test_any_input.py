"""Whatever our own OpenAPI document allows and forbids is sent to the metering endpoints: none of it breaks them."""

import re
from functools import cache
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from backend.api.app import create_api
from tests.conftest import ROOT_KEY

METERING = re.compile(r"/api/v(1|2|3/openmeter)/(events|meters)\b")
REAL = {"meterIdOrSlug": "calls", "meterId": "calls", "groupByKey": "model"}
BROKEN = 500
EXAMPLES = 5


@cache
def operations(wanted: re.Pattern[str]) -> list[Any]:
    """The operations of our document whose path is wanted."""
    schema = schemathesis.openapi.from_dict(create_api().openapi())
    found = [result.ok() for result in schema.get_all_operations()]
    return [operation for operation in found if wanted.match(operation.path)]


def send(session: requests.Session, server: str, case: Any, real: dict[str, str]) -> None:
    """Send one request, to something that exists when its place in the path is named in `real`."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = real.get(name, case.path_parameters[name])
    answer = case.call(base_url=server, session=session, headers={"Authorization": f"Bearer {ROOT_KEY}"})
    assert answer.status_code < BROKEN, f"{case.as_curl_command()}\n{answer.text}"
    if answer.status_code >= requests.codes.bad_request:
        assert answer.headers["content-type"][0] == "application/problem+json", case.as_curl_command()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_breaks_a_metering_endpoint(server: str, api: httpx.Client, mode: GenerationMode) -> None:
    meter = {"slug": "calls", "aggregation": "COUNT", "eventType": "call", "groupBy": {"model": "$.model"}}
    api.post("/api/v1/meters", json=meter).raise_for_status()
    with requests.Session() as session:
        for operation in operations(METERING):

            @settings(
                max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None
            )
            @given(case=operation.as_strategy(generation_mode=mode), is_real=st.booleans())
            def check(case: Any, is_real: bool) -> None:
                send(session, server, case, REAL if is_real else {})

            check()
