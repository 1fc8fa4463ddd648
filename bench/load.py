"""Sends load from a process of its own: so many connections, each sends its next request when the last is answered.

`python -m bench.load ADDRESS KEY '{"connections": 64, …}'` prints a JSON line now and then and one at the end. What
is refused with 429 is sent again a little later; any other refusal ends the run with what was said.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import uvloop

from bench.usage import Usage

PATH = "/api/v1/events"
NO_EVENTS = b"[]"
REPORT_SECONDS = 0.5
RETRY_SECONDS = 0.05
ACCEPTED, TOO_MANY = b"204", b"429"


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: the events [first, end) out of `events`, in batches, or empty batches when `batch` is 0.

    It stops early after `seconds`, when these are given. `live` events happen when they arrive.
    """

    connections: int
    first: int
    end: int
    events: int
    batch: int = 1
    seconds: float | None = None
    live: bool = False

    def bodies(self) -> Iterator[bytes]:
        """The requests; made in advance where all of them will be sent, so that making them takes no core meanwhile."""
        if self.batch == 0:
            return (NO_EVENTS for _ in range(self.first, self.end))
        made = Usage(self.events, self.live).bodies(self.first, self.end, self.batch)
        return made if self.seconds else iter(list(made))


@dataclass(slots=True)
class Report:
    """What was acknowledged so far; both instants are of the clock that all processes of a machine share."""

    requests: int
    refused: int
    started: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.started


class Sender(asyncio.Protocol):
    """One connection that takes the next body when the one before was answered."""

    def __init__(self, bodies: Iterator[bytes], head: bytes, report: Report, until: float) -> None:
        self.bodies, self.head, self.report, self.until = bodies, head, report, until
        self.answer, self.request = b"", b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._send_next()

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, separator, body = self.answer.partition(b"\r\n\r\n")
        if not separator:
            return
        status = head[9:12]
        if status == ACCEPTED:
            self.answer = b""
            self.report.requests += 1
            self._send_next()
        elif status == TOO_MANY:
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            if len(body) >= length:
                self.answer = b""
                self.report.refused += 1
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self.transport.write, self.request)
        else:
            self.done.set_exception(RuntimeError(self.answer.decode(errors="replace")))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or RuntimeError("The server closed the connection."))

    def _send_next(self) -> None:
        body = next(self.bodies, None) if time.monotonic() < self.until else None
        if body is None:
            self.done.set_result(None)
            self.transport.close()
            return
        self.request = b"%s%d\r\n\r\n%s" % (self.head, len(body), body)
        self.transport.write(self.request)


async def send(address: str, key: str, load: Load) -> None:
    """Send everything, and print reports."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    kind = "cloudevents" if load.batch == 1 else "cloudevents-batch"
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/{kind}+json\r\nContent-Length: "
    ).encode()
    bodies = load.bodies()
    report = Report(0, 0, time.monotonic(), 0)
    until = report.started + load.seconds if load.seconds else float("inf")
    loop = asyncio.get_running_loop()
    senders = [
        (await loop.create_connection(lambda: Sender(bodies, head, report, until), host, port))[1]
        for _ in range(load.connections)
    ]
    waiting = asyncio.gather(*(sender.done for sender in senders))
    while not waiting.done():
        await asyncio.wait([waiting], timeout=REPORT_SECONDS)
        report.ended = time.monotonic()
        print(json.dumps(asdict(report)), flush=True)
    await waiting


if __name__ == "__main__":
    uvloop.run(send(sys.argv[1], sys.argv[2], Load(**json.loads(sys.argv[3]))))
