"""Signed webhooks, sent one after another from a thread of their own, as Stripe sends them beside the API's answers."""

import copy
import itertools
import json
import queue
import threading
import time
from typing import Any

import httpx
import stripe


class Webhooks:
    """The endpoint that is told, the events so far, and how delivery went."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.url: str | None = None
        self.events: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.held = False
        self._numbers = itertools.count(1)
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._thread.start()

    def announce(self, kind: str, subject: dict[str, Any]) -> None:
        """Make an event of what happened and send it, unless events are being held back."""
        event = {
            "id": f"evt_fake{next(self._numbers):08d}",
            "object": "event",
            "type": kind,
            "created": int(time.time()),
            "livemode": False,
            "data": {"object": copy.deepcopy(subject)},
        }
        self.events.append(event)
        if not self.held:
            self.send(event)

    def send(self, event: dict[str, Any]) -> None:
        """Deliver an event, perhaps again."""
        self._queue.put(event)

    def settle(self) -> None:
        """Wait until everything is delivered."""
        self._queue.join()

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(10)

    def signed(self, event: dict[str, Any], timestamp: int | None = None) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a delivery."""
        body = json.dumps(event)
        signature = stripe.WebhookSignature.generate_signature_header(body, self.secret, timestamp)
        return body.encode(), {"Stripe-Signature": signature, "Content-Type": "application/json"}

    def _deliver(self) -> None:
        with httpx.Client(timeout=30) as client:
            while (event := self._queue.get()) is not None:
                if self.url is not None:
                    body, headers = self.signed(event)
                    self.answers.append(client.post(self.url, content=body, headers=headers).status_code)
                self._queue.task_done()
