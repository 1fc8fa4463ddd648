"""Signing in over HTTP: the cookie, the checks against other sites, and signing out."""

from collections.abc import Iterator

import httpx
import pytest

from backend.access import service
from backend.access.roles import Role
from backend.access.service import NamespaceInput, StaffInput
from backend.errors import Unauthenticated
from backend.infra import settings
from tests.conftest import NOBODY_TRUSTED, Work

ANNA = {"email": "anna@example.com", "password": "correct horse"}


@pytest.fixture
def browser(server: str, work: Work) -> Iterator[httpx.Client]:
    """A client without an API key, and Anna who may sign in."""
    with work() as ctx:
        service.create_staff(ctx, StaffInput(ANNA["email"], "Anna", ANNA["password"], Role.PRICING))
    with httpx.Client(base_url=server, timeout=30, verify=NOBODY_TRUSTED) as client:
        yield client


def is_signed_in(work: Work, token: str) -> bool:
    with work(writing=False) as ctx:
        try:
            service.session_principal(ctx.session, token)
        except Unauthenticated:
            return False
    return True


def test_signing_in_sets_a_cookie_that_scripts_cannot_read(browser: httpx.Client, work: Work) -> None:
    answer = browser.post("/api/session", json=ANNA)
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("expiresAt").endswith("Z")
    assert body == {"namespace": "default", "email": ANNA["email"], "name": "Anna", "role": "pricing"}
    token, *attributes = answer.headers["set-cookie"].split("; ")
    assert sorted(attributes) == ["HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=lax"]
    assert is_signed_in(work, token.removeprefix("meterline_session="))


def test_behind_https_the_cookie_is_secure(browser: httpx.Client) -> None:
    answer = browser.post("/api/session", json=ANNA, headers={"X-Forwarded-Proto": "https"})
    assert "; Secure" in answer.headers["set-cookie"]


def test_signing_out_ends_the_session_and_can_be_repeated(browser: httpx.Client, work: Work) -> None:
    token = browser.post("/api/session", json=ANNA).cookies["meterline_session"]
    for _ in range(2):
        answer = browser.delete("/api/session", headers={"Cookie": f"meterline_session={token}"})
        assert answer.status_code == 204
        assert 'meterline_session=""' in answer.headers["set-cookie"]
        assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not is_signed_in(work, token)
    assert browser.delete("/api/session").status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_can_neither_sign_in_nor_out(browser: httpx.Client, work: Work, headers: dict[str, str]) -> None:
    token = browser.post("/api/session", json=ANNA).cookies["meterline_session"]
    for answer in (
        browser.post("/api/session", json=ANNA, headers=headers),
        browser.delete("/api/session", headers=headers),
    ):
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert is_signed_in(work, token)


def test_our_own_pages_may(browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METERLINE_PUBLIC_URL", "https://billing.example.com/")
    settings.settings.cache_clear()
    own = [
        {"Sec-Fetch-Site": "same-origin", "Origin": str(browser.base_url)},
        {"Origin": str(browser.base_url).rstrip("/")},
        {"Origin": "https://proxy.example", "X-Forwarded-Host": "proxy.example"},
        {"Origin": "https://billing.example.com"},
    ]
    answers = [browser.post("/api/session", json=ANNA, headers=headers).status_code for headers in own]
    settings.settings.cache_clear()
    assert answers == [200] * 4


def test_a_form_is_refused(browser: httpx.Client) -> None:
    answer = browser.post("/api/session", data=ANNA)
    assert answer.status_code == 400
    plain = browser.post("/api/session", content=httpx.Request("POST", "/", json=ANNA).content)
    assert plain.status_code == 400


def test_wrong_words_are_401_and_too_many_are_403(browser: httpx.Client) -> None:
    wrong = ANNA | {"password": "guess"}
    answers = [browser.post("/api/session", json=wrong) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [403]
    assert answers[0].json()["detail"] == "The e-mail address or the password is wrong."
    assert "Wait 15 minutes" in answers[-1].json()["detail"]
    assert answers[0].headers["content-type"] == "application/problem+json"


def test_a_missing_field_is_named(browser: httpx.Client) -> None:
    answer = browser.post("/api/session", json={"email": ANNA["email"]})
    assert answer.status_code == 400
    assert answer.json()["extensions"]["validationErrors"][0]["field"] == "password"


def test_people_of_a_sandbox_name_it(browser: httpx.Client, work: Work) -> None:
    with work() as ctx:
        service.create_namespace(ctx, NamespaceInput("sand", "Sand", sandbox=True))
    with work("sand") as ctx:
        service.create_staff(ctx, StaffInput("sam@example.com", "Sam", "correct horse", Role.OWNER))
    sam = {"email": "sam@example.com", "password": "correct horse"}
    assert browser.post("/api/session", json=sam).status_code == 401
    assert browser.post("/api/session", json=sam | {"namespace": "sand"}).json()["namespace"] == "sand"
