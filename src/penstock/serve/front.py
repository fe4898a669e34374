"""What stands before the typed application: keys, limits, counts, and the routes that are fast.

They are plain ASGI, since the layers of a framework would take most of their time. The application has the same routes,
typed, as the reference of what they answer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import partial
from typing import Any

from penstock.core.errors import PenstockError
from penstock.serve.access import Keys, Rates
from penstock.serve.counters import Counters
from penstock.serve.gate import Gate
from penstock.serve.heads import Head, head_of
from penstock.serve.hot import Buffer, HotReads, Lone
from penstock.serve.pushes import answered, understood
from penstock.serve.replies import (
    COMPRESSED_ABOVE,
    JSON,
    Headers,
    Send,
    answer,
    compressed,
    error_body,
    raw,
    route_of,
    status_of,
    wants_json,
)
from penstock.store.online.memory import Entry

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Landing = asyncio.Future[Entry]
Finish = Callable[[Landing], bytes]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ONLINE, ENTITY, ROWS = "/get-online-features", "/entities/", "/push"

HEADS, HEAD_BYTES = 1_024, 4_096  # that are kept, and of each at most
OK = ONLINE, 200


class Front:
    """The server's application.

    Parameters
    ----------
    app
        The typed application.
    hot
        What answers online reads.
    keys, rates, counters
        Who may ask, how often, and what is counted.
    largest
        Bytes of a body, at most.
    """

    def __init__(
        self, app: App, hot: HotReads, keys: Keys, rates: Rates, counters: Counters, largest: int
    ) -> None:
        self._app, self._hot, self._keys, self._rates = app, hot, keys, rates
        self._counters, self._largest = counters, largest
        self._gate = Gate(keys, rates, largest)
        self._online = counters.latency(ONLINE)
        self._tiers = hot.store.online.tiers
        self.heads: dict[bytes, Head] = {}
        counters.statuses[OK] = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        begun, path = time.perf_counter(), scope["path"]
        headers = dict(scope["headers"])
        refused = self._gate.refused(path, headers)
        if refused is not None:
            status, said, more = refused
            if kind == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 4000 + status, "reason": said})
            else:
                await answer(send, status, error_body(status, said), more)
                self._counters.add(route_of(path), status, time.perf_counter() - begun)
            return
        fast = kind == "http" and b"origin" not in headers
        if fast and path == ONLINE and scope["method"] == "POST" and wants_json(headers):
            await self._read(headers, self._hot.post, receive, send, begun)
        elif fast and path.startswith(ENTITY) and scope["method"] == "GET":
            await self._entity(scope, headers, send, begun)
        elif (
            fast and path == ROWS and scope["method"] == "POST"
            and headers.get(b"content-type") == JSON[1] and b"content-length" in headers
        ):  # fmt: skip
            await self._push(scope, receive, send, begun)
        else:
            await self._typed(scope, receive, send, begun)

    def head(self, headers: Sequence[tuple[bytes, bytes]]) -> Head | None:
        """What a head says, where an answer may be given at once to whoever sent it; else None."""
        return head_of(headers, self._keys)

    def learn(self, said: bytes, head: Head) -> None:
        """Keep what a head says, until keys change.

        The secret in it is compared only with heads of the same keyed hash, so that a guess learns nothing from the
        time that it takes.
        """
        if len(said) <= HEAD_BYTES:
            if len(self.heads) >= HEADS:
                self.heads.clear()
            self.heads[said] = head

    def quick(self, head: Head, body: bytes) -> Buffer | None:
        """The whole answer to an online read, head and all, where it can be given at once; else None.

        It says what `__call__` would say, and leaves to that all that is refused, compressed, shared with other
        origins, or not in memory.
        """
        begun = time.perf_counter()
        if len(body) > self._largest:
            return None
        for tier in self._tiers:
            if not tier.whole:
                return None
        found = self._hot.quick(body)
        if found is None or (head.accepts and len(found) > COMPRESSED_ABOVE):
            return None
        if self._rates.rate and self._rates.wait(head.caller):
            return None
        self._online.add(time.perf_counter() - begun)
        self._counters.statuses[OK] += 1
        return found

    def begin(self, head: Head, body: bytes) -> tuple[Landing, Finish] | None:
        """The read that an online read about one row waits for, and what makes the whole answer of it.

        A task for each such request would take as long as its answer; None where `later` must see to it.
        """
        begun = time.perf_counter()
        if self._rates.rate or len(body) > self._largest:
            return None
        found = self._hot.begin(body)
        if found is None:
            return None
        lone, landing = found
        return landing, partial(self._finish, head, lone, begun)

    def _finish(self, head: Head, lone: Lone, begun: float, landed: Landing) -> bytes:
        more = Headers()
        try:
            made = self._hot.about(lone, landed.result())
        except PenstockError as error:
            status, body = self._wrong(error)
        else:
            if not head.accepts and not self._hot.store.online.degraded:
                self._online.add(time.perf_counter() - begun)
                self._counters.statuses[OK] += 1
                return made.text
            status, body = 200, made.body
        body = self._shaped(body, head.accepts, more)
        self._counters.add(ONLINE, status, time.perf_counter() - begun)
        return raw(status, body, more)

    async def later(self, head: Head, body: bytes) -> bytes:
        """The whole answer to an online read that `quick` could not give."""
        begun, more = time.perf_counter(), Headers()
        wait = self._rates.wait(head.caller) if self._rates.rate else 0.0
        if wait:
            status, said, more = self._gate.too_often(wait)
            found = error_body(status, said)
        elif len(body) > self._largest:
            status, said = self._gate.too_large()
            found = error_body(status, said)
        else:
            status, found = await self._found(self._hot.post(body), head.accepts, more)
        self._counters.add(ONLINE, status, time.perf_counter() - begun)
        return raw(status, found, more)

    async def _read(
        self,
        headers: dict[bytes, bytes],
        work: Callable[[bytes], Awaitable[bytes]],
        receive: Receive,
        send: Send,
        begun: float,
    ) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._largest:
                break
        if message["type"] == "http.disconnect":
            return
        if len(body) > self._largest:
            status, said = self._gate.too_large()
            await answer(send, status, error_body(status, said), [])
            self._counters.add(ONLINE, status, time.perf_counter() - begun)
            return
        await self._answered(work(body), ONLINE, headers, send, begun)

    async def _push(self, scope: Scope, receive: Receive, send: Send, begun: float) -> None:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        if message["type"] == "http.disconnect":
            return
        asked = understood(body)
        if asked is None:
            whole = [{"type": "http.request", "body": body, "more_body": False}]

            async def again() -> MutableMapping[str, Any]:
                return whole.pop() if whole else await receive()

            await self._typed(scope, again, send, begun)
            return
        try:
            status, told = 200, await answered(self._hot.store, asked)
        except PenstockError as error:
            status, told = self._wrong(error)
        await answer(send, status, told, [])
        self._counters.add(ROWS, status, time.perf_counter() - begun)

    async def _entity(
        self, scope: Scope, headers: dict[bytes, bytes], send: Send, begun: float
    ) -> None:
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        name, _, key = path.removeprefix(ENTITY).partition("/")
        await self._answered(self._hot.get(name, key), "/entities", headers, send, begun)

    async def _answered(
        self,
        work: Awaitable[bytes],
        route: str,
        headers: dict[bytes, bytes],
        send: Send,
        begun: float,
    ) -> None:
        more = Headers()
        status, body = await self._found(work, headers.get(b"accept-encoding", b""), more)
        await answer(send, status, body, more)
        self._counters.add(route, status, time.perf_counter() - begun)

    async def _found(
        self, work: Awaitable[bytes], accepts: bytes, more: Headers
    ) -> tuple[int, bytes]:
        """A status and a body, and what there is to say besides."""
        try:
            status, body = 200, await work
        except PenstockError as error:
            status, body = self._wrong(error)
        return status, self._shaped(body, accepts, more)

    @staticmethod
    def _wrong(error: PenstockError) -> tuple[int, bytes]:
        status = status_of(error)
        return status, error_body(status, str(error))

    def _shaped(self, body: bytes, accepts: bytes, more: Headers) -> bytes:
        """A body as it is sent, with what there is to say besides."""
        degraded = self._hot.store.online.degraded
        if degraded:
            more.append((b"x-penstock-degraded", ",".join(degraded).encode()))
        return compressed(body, accepts, more) if len(body) > COMPRESSED_ABOVE else body

    async def _typed(self, scope: Scope, receive: Receive, send: Send, begun: float) -> None:
        status = 500

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            if scope["type"] == "http":
                self._counters.add(route_of(scope["path"]), status, time.perf_counter() - begun)
