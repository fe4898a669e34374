"""The connection of a client: uvicorn's, with online reads answered where they are parsed.

A read whose rows are in memory takes some microseconds, less than it takes to begin a task and to build what an
application is called with. So its body is gathered here, and answered at once if it can be; otherwise the request is
handed to the application as if it had just come.

Clients repeat themselves: the head of a request comes again, byte for byte, for as long as its body is as long. What
was found out about a head that was parsed is kept, so that the same head is not parsed again (parsing and looking at
headers is half of what a read costs).
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from penstock.serve.front import Finish, Front
from penstock.serve.heads import Head
from penstock.serve.replies import error_body, raw

URL, METHOD = b"/get-online-features", b"POST"
LARGEST = 1 << 20  # bytes of a body that is gathered here
END = b"\r\n\r\n"  # of a head
FAILED = raw(500, error_body(500, "the server failed"), [(b"connection", b"close")])


class FastProtocol(HttpToolsProtocol):
    """One connection; `front` answers a body at once, or says that the application must."""

    front: Front

    _body: bytes | None = None
    _data: bytes | None = None  # what came, where a request began with it
    _between = True  # no part of a request has come that is not complete
    _task: asyncio.Future[Any] | None = None  # that the answer to a request here waits for
    _finish: Finish | None = (
        None  # makes the answer of what the task gives; None where that is the answer
    )
    _early: tuple[bytes, ...] = ()  # what came meanwhile
    _last = False
    _used = 0.0

    def data_received(self, data: bytes) -> None:
        """Bytes are here: often a request that is whole."""
        if self._task is not None:
            self._early += (data,)
            self.flow.pause_reading()
            return
        if not self._between:
            self._data = None
            super().data_received(data)
            return
        cycle: Any = self.cycle  # none before the first request that the application got
        if (cycle is None or cycle.response_complete) and not self.flow.write_paused:
            end = data.find(END) + len(END)
            head = self.front.heads.get(data[:end])
            if head is not None and len(data) == end + head.length:
                body = data[end:]
                answer = self.front.quick(head, body)
                if answer is None:
                    self._wait(head, body)
                else:
                    self.transport.write(answer)
                    self._rest()
                return
        self._data = data
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins: what the application is called with is made when it is."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._body, self._between = None, False

    def on_headers_complete(self) -> None:
        """Its head is here."""
        parser: Any = self.parser
        cycle: Any = self.cycle
        idle = cycle is None or cycle.response_complete
        if (
            self.url == URL and idle and not self.expect_100_continue and not self.flow.write_paused
            and parser.get_method() == METHOD and not parser.should_upgrade()
        ):  # fmt: skip
            self._body = b""
            return
        self._begin()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of its body is here."""
        if self._body is None:
            super().on_body(body)
            return
        self._body += body
        if len(self._body) > LARGEST:
            self._hand_over()

    def on_message_complete(self) -> None:
        """All of it is here."""
        self._between = True
        body = self._body
        if body is None:
            super().on_message_complete()
            return
        parser: Any = self.parser
        goes_on = parser.should_keep_alive()
        head = self.front.head(self.headers)
        if head is not None and goes_on:
            self._learn(head, body)
        answer = None if head is None else self.front.quick(head, body)
        if head is None or answer is None:
            self._hand_over()
            super().on_message_complete()
            return
        self._body = None
        self.transport.write(answer)
        if self._last or not goes_on:
            self.server_state.total_requests += 1
            self.transport.close()
        else:
            self._rest()

    def shutdown(self) -> None:
        """End once the request that is coming in is answered."""
        if self._body is None and self._task is None:
            super().shutdown()
        else:
            self._last = True

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it was idle for as long as it may be."""
        left = self._used + self.timeout_keep_alive - self.loop.time()
        if self._task is not None:
            left = self.timeout_keep_alive
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )
        else:
            super().timeout_keep_alive_handler()

    def _wait(self, head: Head, body: bytes) -> None:
        """Answer a request that cannot be answered at once."""
        begun = self.front.begin(head, body)
        if begun is None:
            self._task = self.loop.create_task(self.front.later(head, body))
            waits: set[Any] = self.tasks  # until they are empty an end waits
            waits.add(self._task)
        else:  # others wait for it too: an end must not cancel it, and waits for the connection
            self._task, self._finish = begun
        self._task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Future[Any]) -> None:
        """What a request had to wait for is here, or why it is not."""
        finish, self._task, self._finish = self._finish, None, None
        self.tasks.discard(task)
        if self.transport.is_closing():
            return
        failed: BaseException | None = None
        try:
            self.transport.write(task.result() if finish is None else finish(task))
        except (Exception, asyncio.CancelledError) as error:
            failed = error
            self.logger.exception("An online read failed")
            self.transport.write(FAILED)
        if self._last or failed is not None:
            self.transport.close()
            return
        self._rest()
        early, self._early = self._early, ()
        self.flow.resume_reading()
        for data in early:
            self.data_received(data)

    def _rest(self) -> None:
        """A request was answered here: the connection may be idle from now on."""
        self.server_state.total_requests += 1
        self._used = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _learn(self, head: Head, body: bytes) -> None:
        """Keep what is known of a head, where what came was this head and this body and nothing else."""
        data = self._data
        if data is not None and head.length == len(body) and data.endswith(body):
            said = data[: len(data) - len(body)]
            if said.find(END) + len(END) == len(said):
                self.front.learn(said, head)

    def _hand_over(self) -> None:
        body, self._body = self._body or b"", None
        self._begin()
        super().on_headers_complete()
        super().on_body(body)

    def _begin(self) -> None:
        url, headers, expected = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expected
        self.headers += headers  # the list that is in the scope


def protocol_of(front: Front) -> type[FastProtocol]:
    """The connections of a server."""
    return type("ServerProtocol", (FastProtocol,), {"front": front})
