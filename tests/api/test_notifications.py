"""Invoices are told to webhooks: by rules, signed, again until somebody takes them, and again when asked."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from openmeter import Client
from sqlmodel import select
from standardwebhooks import Webhook, WebhookVerificationError

from backend import clockwork
from backend.infra.clock import wall
from backend.jobs import notifications as job
from backend.notifications.models import NotificationDelivery
from backend.notifications.service.delivery import DELAYS
from tests.conftest import Work
from tests.contract import Contract
from tests.fakes.receiver import Receiver, receiving
from tests.services.company import JAN, sell, use_tokens

CHANNELS, RULES, EVENTS = (f"/api/v1/notification/{name}" for name in ("channels", "rules", "events"))
SOON = datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def channel(api: httpx.Client, url: str = "https://example.com/hook", **more: Any) -> dict[str, Any]:
    """A new channel."""
    answer = api.post(CHANNELS, json={"type": "WEBHOOK", "name": "Finance", "url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def rule(api: httpx.Client, *channel_ids: str, type: str = "invoice.created", **more: Any) -> dict[str, Any]:  # noqa: A002
    """A new rule."""
    answer = api.post(RULES, json={"type": type, "name": "Invoices", "channels": list(channel_ids), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def bill(work: Work) -> None:
    """A customer uses something in January, and is billed."""
    sell(work)
    use_tokens(work, 1234, JAN.replace(day=9))
    clockwork.run_due("default", now=SOON)


def deliveries(work: Work) -> list[NotificationDelivery]:
    with work(writing=False) as ctx:
        return list(ctx.session.exec(select(NotificationDelivery).order_by(NotificationDelivery.id)))


def hurry(work: Work) -> None:
    """What waits for its next try is due."""
    with work() as ctx:
        for row in ctx.session.exec(select(NotificationDelivery)):
            row.next_try_at = row.next_try_at and wall() - timedelta(seconds=1)


def test_a_drawn_invoice_is_posted_once_and_signed(
    api: httpx.Client, work: Work, receiver: Receiver, contract: Contract
) -> None:
    made = channel(api, f"{receiver.address}/hook?a=b", customHeaders={"X-Team": "finance"})
    rule(api, made["id"])
    bill(work)
    clockwork.run_due("default", now=SOON)
    job.run()
    job.run()
    [posted] = receiver.posted
    told = Webhook(made["signingSecret"]).verify(posted.body, posted.headers)
    contract.judge(told, "NotificationEventInvoiceCreatedPayload")
    assert (posted.path, posted.headers["x-team"], posted.headers["content-type"]) == (
        "/hook?a=b", "finance", "application/json",
    )  # fmt: skip
    assert posted.headers["svix-id"] == posted.headers["webhook-id"] == told["id"]
    assert posted.headers["svix-signature"] == posted.headers["webhook-signature"]
    assert (told["type"], told["data"]["totals"]["total"]) == ("invoice.created", "52.34")
    [event] = contract(api.get(EVENTS), "GET", EVENTS)["items"]
    assert json.loads(posted.body) == event["payload"]
    [delivery] = event["deliveryStatus"]
    assert (delivery["state"], delivery["attempts"][0]["response"]["statusCode"]) == ("SUCCESS", 204)
    assert contract(api.get(f"{EVENTS}/{event['id']}"), "GET", f"{EVENTS}/{{eventId}}") == event


def test_who_has_another_secret_refuses_what_was_signed(api: httpx.Client, work: Work, receiver: Receiver) -> None:
    secret = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    assert channel(api, receiver.address, signingSecret=secret)["signingSecret"] == secret
    other = channel(api)["signingSecret"]
    rule(api, api.get(CHANNELS).json()["items"][0]["id"])
    bill(work)
    job.run()
    [posted] = receiver.posted
    Webhook(secret).verify(posted.body, posted.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(posted.body, posted.headers)


def test_every_step_is_told_to_each_channel_of_each_rule(api: httpx.Client, work: Work, receiver: Receiver) -> None:
    first, second = (channel(api, f"{receiver.address}/{path}")["id"] for path in ("one", "two"))
    rule(api, first, second, type="invoice.updated")
    rule(api, second, type="invoice.updated", disabled=True)
    bill(work)
    job.run()
    steps = api.get(EVENTS, params={"pageSize": 100}).json()["items"]
    assert len(steps) > 3
    assert {event["type"] for event in steps} == {"invoice.updated"}
    assert sorted(posted.path for posted in receiver.posted) == ["/one"] * len(steps) + ["/two"] * len(steps)
    statuses = {event["payload"]["data"]["status"] for event in steps}
    assert {"paid"} <= statuses


def test_nothing_is_kept_where_no_rule_listens(api: httpx.Client, work: Work, receiver: Receiver) -> None:
    silent = channel(api, receiver.address, disabled=True)
    rule(api, silent["id"], type="invoice.updated", disabled=True)
    bill(work)
    job.run()
    assert receiver.posted == []
    assert api.get(EVENTS).json()["totalCount"] == 0


def test_what_fails_is_tried_again_with_growing_delays(api: httpx.Client, work: Work, receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 200]
    rule(api, channel(api, receiver.address)["id"])
    bill(work)
    for delay in DELAYS[:2]:
        before = wall()
        job.run()
        [waiting] = deliveries(work)
        assert (waiting.state, waiting.reason[:21]) == ("SENDING", "The receiver answered")
        assert waiting.next_try_at is not None
        assert before + delay <= waiting.next_try_at <= wall() + delay
        job.run()  # it is not its time yet
        hurry(work)
    job.run()
    assert [posted.headers["webhook-id"] for posted in receiver.posted] == [receiver.posted[0].headers["svix-id"]] * 3
    assert {posted.path for posted in receiver.posted} == {"/"}, "a redirect is not followed"
    [event] = api.get(EVENTS).json()["items"]
    [delivery] = event["deliveryStatus"]
    assert delivery["state"] == "SUCCESS"
    assert [tried["response"].get("statusCode") for tried in delivery["attempts"]] == [500, 302, 200]
    assert delivery["attempts"][0]["response"]["body"] == "no!"


def test_after_the_last_try_it_has_failed_and_can_be_sent_again(
    api: httpx.Client, work: Work, receiver: Receiver
) -> None:
    made = channel(api, "http://127.0.0.1:9/nobody")
    rule(api, made["id"])
    bill(work)
    for _ in range(len(DELAYS) + 1):
        job.run()
        hurry(work)
    [event] = api.get(EVENTS).json()["items"]
    [delivery] = event["deliveryStatus"]
    assert (delivery["state"], "nextAttempt" in delivery) == ("FAILED", False)
    assert "statusCode" not in delivery["attempts"][-1]["response"]
    assert "ConnectError" in delivery["reason"]
    put = {"type": "WEBHOOK", "name": "Finance", "url": receiver.address}
    assert api.put(f"{CHANNELS}/{made['id']}", json=put).status_code == 200
    assert api.post(f"{EVENTS}/{event['id']}/resend", json={}).status_code == 202
    assert api.get(f"{EVENTS}/{event['id']}").json()["deliveryStatus"][0]["state"] == "RESENDING"
    job.run()
    [posted] = receiver.posted
    assert json.loads(posted.body) == event["payload"]
    assert api.get(f"{EVENTS}/{event['id']}").json()["deliveryStatus"][0]["state"] == "SUCCESS"


def test_only_where_it_went_an_event_goes_again(api: httpx.Client, work: Work, receiver: Receiver) -> None:
    went, other = channel(api, receiver.address)["id"], channel(api)["id"]
    rule(api, went)
    bill(work)
    [event] = api.get(EVENTS).json()["items"]
    refused = api.post(f"{EVENTS}/{event['id']}/resend", json={"channels": [went, other]})
    assert (refused.status_code, refused.json()["extensions"]["validationErrors"][0]["field"]) == (400, "channels")
    disabled = {"type": "WEBHOOK", "name": "Finance", "url": receiver.address, "disabled": True}
    api.put(f"{CHANNELS}/{went}", json=disabled)
    assert api.post(f"{EVENTS}/{event['id']}/resend", json={"channels": [went]}).status_code == 400
    job.run()
    assert receiver.posted == []
    [delivery] = api.get(f"{EVENTS}/{event['id']}").json()["deliveryStatus"]
    assert (delivery["state"], delivery["reason"]) == ("FAILED", "The channel is disabled or deleted.")
    assert api.post(f"{EVENTS}/01J8J2XYZ2N5WBYK09EDZFBSZM/resend", json={}).status_code == 404


def test_a_process_that_dies_while_it_sends_is_followed_by_another(
    api: httpx.Client, work: Work, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(api, channel(api, receiver.address)["id"])
    bill(work)
    with monkeypatch.context() as dying:
        dying.setattr("backend.notifications.service.delivery._note", lambda *_: exec("raise SystemExit"))
        with pytest.raises(SystemExit):
            job.run()
    job.run()
    assert len(receiver.posted) == 1, "the one that died may still be sending"
    hurry(work)
    job.run()
    assert len({posted.headers["svix-id"] for posted in receiver.posted}) == 1
    assert [row.state for row in deliveries(work)] == ["SUCCESS"]


def test_a_rule_is_tried_out_with_an_example_that_leaves_no_trace(
    api: httpx.Client, work: Work, receiver: Receiver, contract: Contract
) -> None:
    made = rule(api, channel(api, receiver.address)["id"], type="invoice.updated")
    event = contract(api.post(f"{RULES}/{made['id']}/test"), "POST", f"{RULES}/{{ruleId}}/test")
    assert event["annotations"] == {"notification.rule.test": True}
    job.run()
    assert json.loads(receiver.posted[0].body) == event["payload"]
    assert event["payload"]["data"]["totals"]["total"] == "49"
    assert api.get("/api/v1/customers").json()["totalCount"] == 0
    assert api.get("/api/v1/billing/invoices").json()["totalCount"] == 0
    assert api.post(f"{RULES}/01J8J2XYZ2N5WBYK09EDZFBSZM/test").status_code == 404


def test_channels_and_rules_live_and_end(api: httpx.Client, contract: Contract) -> None:
    made = channel(api, metadata={"team": "finance"})
    assert made["signingSecret"].startswith("whsec_")
    told = rule(api, made["id"])
    one = f"{CHANNELS}/{made['id']}"
    assert contract(api.get(one), "GET", f"{CHANNELS}/{{channelId}}") == made
    assert contract(api.get(CHANNELS), "GET", CHANNELS)["items"] == [made]
    assert contract(api.get(RULES, params={"channel": made["id"]}), "GET", RULES)["items"] == [told]
    assert told["channels"] == [{"id": made["id"], "type": "WEBHOOK"}]
    kept = api.put(one, json={"type": "WEBHOOK", "name": "New", "url": "http://example.com", "disabled": True}).json()
    assert (kept["signingSecret"], kept["name"], "metadata" in kept) == (made["signingSecret"], "New", False)
    assert api.get(CHANNELS).json()["items"] == []
    assert api.get(CHANNELS, params={"includeDisabled": True}).json()["totalCount"] == 1
    in_use = api.delete(one)
    assert (in_use.status_code, "Invoices" in in_use.json()["detail"]) == (400, True)
    assert api.delete(f"{RULES}/{told['id']}").status_code == 204
    assert api.delete(one).status_code == 204
    assert [api.delete(f"{RULES}/{told['id']}").status_code, api.delete(one).status_code] == [409, 409]
    again = {"type": "WEBHOOK", "name": "Again", "url": "http://example.com"}
    assert api.put(one, json=again).status_code == 409
    gone = contract(api.get(RULES, params={"includeDeleted": True}), "GET", RULES)["items"]
    assert [item["id"] for item in gone if "deletedAt" in item] == [told["id"]]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http://exa mple.com"}, "url"),
        ({"url": "http://example.com:99999"}, "url"),
        ({"url": "http://[::1"}, "url"),
        ({"signingSecret": "too short"}, "signingSecret"),
        ({"signingSecret": "=" * 40}, "signingSecret"),
        ({"customHeaders": {"X-Evil": "a\r\nHost: b"}}, "customHeaders"),
        ({"customHeaders": {"no name": "a"}}, "customHeaders"),
        ({"customHeaders": {"Svix-Id": "a"}}, "customHeaders"),
        ({"name": ""}, "name"),
        ({"type": "EMAIL"}, "type"),
    ],
)
def test_a_channel_that_could_not_be_sent_to_is_refused(api: httpx.Client, wrong: dict[str, Any], field: str) -> None:
    refused = api.post(CHANNELS, json={"type": "WEBHOOK", "name": "A", "url": "https://example.com", **wrong})
    assert (refused.status_code, field in refused.text) == (400, True)
    assert api.get(CHANNELS).json()["totalCount"] == 0


def test_a_rule_names_channels_that_there_are(api: httpx.Client) -> None:
    ids = [channel(api)["id"] for _ in range(6)]
    unknown = "01J8J2XYZ2N5WBYK09EDZFBSZM"
    for channels in ([], ids, [ids[0], ids[0]], [unknown], ["x"]):
        refused = api.post(RULES, json={"type": "invoice.created", "name": "A", "channels": channels})
        assert (refused.status_code, "channels" in refused.text) == (400, True)
    for _ in range(10):
        told = rule(api, ids[0])
    full = api.post(RULES, json={"type": "invoice.created", "name": "A", "channels": [ids[0]]})
    assert (full.status_code, "10 rules" in full.json()["detail"]) == (400, True)
    body = {"type": "invoice.created", "name": "B", "channels": [ids[0], ids[1]]}
    assert api.put(f"{RULES}/{told['id']}", json=body).status_code == 200
    assert api.put(f"{RULES}/{told['id']}", json={**body, "type": "invoice.updated"}).status_code == 400


def test_secrets_are_not_for_keys_that_may_only_read(api: httpx.Client, server: str) -> None:
    made = channel(api)
    key = api.post("/api/v1/api-keys", json={"name": "Reader", "scope": "read"})
    headers = {"Authorization": f"Bearer {key.json()['secret']}"}
    with httpx.Client(base_url=server, headers=headers) as reader:
        assert [reader.get(path).status_code for path in (CHANNELS, f"{CHANNELS}/{made['id']}")] == [403, 403]
        assert [reader.get(path).status_code for path in (RULES, EVENTS)] == [200, 200]
        assert (
            reader.post(CHANNELS, json={"type": "WEBHOOK", "name": "A", "url": "http://a.example"}).status_code == 403
        )


def test_secrets_are_not_in_the_audit_log(api: httpx.Client) -> None:
    made = channel(api)
    log = api.get("/api/v1/audit").text
    assert made["id"] in log
    assert made["signingSecret"] not in log


def test_the_sdk_names_channels_and_rules(sdk: Client) -> None:
    made = sdk.notification_channels.create({"type": "WEBHOOK", "name": "Finance", "url": "https://example.com"})
    told = sdk.notification_rules.create({"type": "invoice.created", "name": "New", "channels": [made["id"]]})
    assert sdk.notification_rules.get(told["id"])["name"] == "New"
    assert [found["id"] for found in sdk.notification_channels.list()["items"]] == [made["id"]]
    assert sdk.notification_rules.test(told["id"])["payload"]["type"] == "invoice.created"
    assert sdk.notification_events.list()["totalCount"] == 1
