"""Requests at a steady rate, whatever the server does: latencies count from when a request was due.

A client that waits for answers asks less while a server is slow, and so measures its best moments (coordinated
omission: Tene, How not to measure latency, 2013). Here requests are due every so often, in groups of a millisecond, and
wait for a free connection if need be. Run as ``python -m penstock.bench.serving.paced URL FILE KEY RATE SECONDS
CONNECTIONS``; the file has a body a line.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import uvloop

from penstock.bench.serving.place import cores
from penstock.bench.timing import figures

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


def paced(
    url: str, bodies: Sequence[str], *, rate: float, seconds: float, key: str, connections: int = 64
) -> dict[str, Any]:
    """Figures of requests at a steady rate, from a process on the clients' core."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(bodies))
        file.flush()
        given = [url, file.name, key, str(rate), str(seconds), str(connections)]
        done = subprocess.run(  # noqa: S603  (our own module)
            [sys.executable, "-m", __name__, *given], capture_output=True, check=True, text=True,
            timeout=seconds + 60,
        )  # fmt: skip
    return json.loads(done.stdout)


def main(url: str, file: str, key: str, rate: str, seconds: str, connections: str) -> None:
    """Measure, and print the figures as JSON."""
    os.sched_setaffinity(0, {cores()[0]})
    head = "POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {key}\r\n" if key else ""
    bodies = Path(file).read_text().splitlines()
    load = Load(
        [f"{head}Content-Length: {len(b)}\r\n\r\n{b}".encode() for b in bodies], float(rate)
    )
    uvloop.run(load.run(url, float(seconds), int(connections)))
    p50, p99 = np.percentile(np.array(load.spent or [np.inf]) * 1e3, [50, 99])
    found = {
        "asked_per_second": float(rate),
        "answered_per_second": figures(len(load.spent) / float(seconds)),
        "p50_ms": figures(p50),
        "p99_ms": figures(p99),
        "errors": load.wrong + load.lost,
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
