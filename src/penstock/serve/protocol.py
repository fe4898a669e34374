"""The connection of a client: uvicorn's, with online reads answered where they are parsed.

A read whose rows are in memory takes some microseconds, less than it takes to begin a task and to build what an
application is called with. So its body is gathered here, and answered at once if it can be; otherwise the request is
handed to the application as if it had just come.
"""

from collections.abc import Callable, Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Quick = Callable[[Sequence[tuple[bytes, bytes]], bytes], bytes | None]
URL, METHOD = b"/get-online-features", b"POST"
LARGEST = 1 << 20  # bytes of a body that is gathered here


class FastProtocol(HttpToolsProtocol):
    """One connection; `quick` gives the answer to a body, or None where the application must."""

    quick: Quick

    _body: bytes | None = None
    _last = False

    def on_message_begin(self) -> None:
        """A request begins: what the application is called with is made when it is."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._body = None

    def on_headers_complete(self) -> None:
        """Its head is here."""
        parser: Any = self.parser
        cycle: Any = self.cycle  # none before the first request that the application got
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
        if self._body is None:
            super().on_message_complete()
            return
        answer = self.quick(self.headers, self._body)
        if answer is None:
            self._hand_over()
            super().on_message_complete()
            return
        self._body = None
        self.transport.write(answer)
        parser: Any = self.parser
        if self._last or not parser.should_keep_alive():
            self.server_state.total_requests += 1
            self.transport.close()
        else:
            self.on_response_complete()

    def shutdown(self) -> None:
        """End once the request that is coming in is answered."""
        if self._body is None:
            super().shutdown()
        else:
            self._last = True

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


def protocol_of(quick: Quick) -> type[FastProtocol]:
    """The connections of a server."""
    made: dict[str, Any] = {"quick": staticmethod(quick)}
    return type("ServerProtocol", (FastProtocol,), made)
