"""The client of `paced`, in a process of its own: run by its path, so that it starts without all of Penstock.

``python steady_client.py URL FILE KEY RATE SECONDS CONNECTIONS CORE``; the file has a body a line.
"""

import asyncio
import json
import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import uvloop

LENGTH, END = b"content-length: ", b"\r\n\r\n"
TICK = 0.001  # seconds


class Client(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, load: "Load") -> None:
        self.load, self.due, self.got = load, 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self.transport = transport
        self.load.free.append(self)

    def ask(self, request: bytes, due: float) -> None:
        """Send a request that was due at a time."""
        self.due = due
        self.transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """A part of an answer."""
        self.got = self.got + data if self.got else data
        head = self.got.find(END)
        if head < 0:
            return
        at = self.got.find(LENGTH) + len(LENGTH)
        if len(self.got) < head + len(END) + int(self.got[at : self.got.find(b"\r", at)]):
            return
        self.load.done(self, ok=self.got.startswith(b"HTTP/1.1 200"))
        self.got = b""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's name)
        """The server closed it."""
        self.load.lost += 1


class Load:
    """Requests that are due, connections that are free, and the latencies of answers."""

    def __init__(self, requests: Sequence[bytes], rate: float) -> None:
        self.requests, self.rate = requests, rate
        self.free, self.waiting = deque[Client](), deque[float]()
        self.spent: list[float] = []
        self.wrong = self.lost = self.sent = 0
        self.took = 0.0  # seconds until the last answer

    async def run(self, url: str, seconds: float, connections: int) -> None:
        """Ask for so long."""
        loop, place = asyncio.get_running_loop(), urlsplit(url)
        for _ in range(connections):
            await loop.create_connection(
                lambda: Client(self), place.hostname or "", place.port or 80
            )
        start, due = time.perf_counter(), 0
        while (now := time.perf_counter() - start) < seconds:
            while due < now * self.rate:
                self.waiting.append(start + due / self.rate)
                due += 1
            self._send()
            await asyncio.sleep(TICK)
        end = time.perf_counter() + 5
        while len(self.spent) + self.wrong < due and time.perf_counter() < end and not self.lost:
            await asyncio.sleep(TICK)
        self.took = time.perf_counter() - start
        self.lost += due - len(self.spent) - self.wrong

    def _send(self) -> None:
        while self.waiting and self.free:
            self.free.popleft().ask(
                self.requests[self.sent % len(self.requests)], self.waiting.popleft()
            )
            self.sent += 1

    def done(self, client: Client, *, ok: bool) -> None:
        """An answer is here."""
        self.free.append(client)
        if ok:
            self.spent.append(time.perf_counter() - client.due)
        else:
            self.wrong += 1
        if self.waiting:
            self._send()


def main(given: Sequence[str]) -> None:
    """Measure, and print latencies, errors and how long it took as JSON."""
    url, file, key, rate, seconds, connections, core = given
    os.sched_setaffinity(0, {int(core)})
    head = "POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {key}\r\n" if key else ""
    bodies = Path(file).read_text().splitlines()
    load = Load(
        [f"{head}Content-Length: {len(b)}\r\n\r\n{b}".encode() for b in bodies], float(rate)
    )
    uvloop.run(load.run(url, float(seconds), int(connections)))
    p50, p99 = np.percentile(np.array(load.spent or [np.inf]) * 1e3, [50, 99]).tolist()
    found = {"answered": len(load.spent), "p50_ms": p50, "p99_ms": p99}
    sys.stdout.write(json.dumps({**found, "errors": load.wrong + load.lost, "took_s": load.took}))


if __name__ == "__main__":
    main(sys.argv[1:])
