"""One connection to Redis: commands go out as they come, and their replies are handed back in order.

Many calls share a connection, so nobody waits for a free one, and who gives up waiting leaves it usable. Parsing and
packing is hiredis's.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import hiredis

from penstock.core.errors import DefinitionError
from penstock.store.online.shared import UNREAD

Command = tuple[str | bytes | int, ...]
W = TypeVar("W", bound="Wire")


@dataclass(frozen=True, slots=True)
class Login:
    """How each node is reached, from ``redis://user:password@host:port/database``.

    ``rediss://`` is TLS; ``?ca=PATH`` names the certificates to trust.
    """

    host: str
    port: int
    database: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @staticmethod
    def of(url: str) -> "Login":
        """The login of a URL.

        Raises
        ------
        DefinitionError
            It is no URL of Redis.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
            # without what it says of a user
            raise DefinitionError(
                f"Redis: redis://HOST:PORT/DATABASE is needed, got {_public(parts)!r}"
            )
        database = parts.path.strip("/") or "0"
        if not database.isdigit():
            raise DefinitionError(f"Redis: a database is a number, got {database!r}")
        tls = None
        if parts.scheme == "rediss":
            tls = ssl.create_default_context(cafile=parse_qs(parts.query).get("ca", [None])[0])
        return Login(
            parts.hostname, parts.port or 6379, int(database),
            unquote(parts.username or ""), unquote(parts.password or ""), tls,
        )  # fmt: skip


def _public(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


@dataclass(slots=True)
class _Call:
    """Commands that were sent together, and the replies that came so far."""

    count: int
    done: asyncio.Future[list[Any]]
    replies: list[Any] = field(default_factory=list)


class Wire(asyncio.Protocol):
    """One connection, for calls; `connect` makes one."""

    def __init__(self) -> None:
        self._reader = hiredis.Reader()
        self._calls = deque[_Call]()
        self._transport: asyncio.WriteTransport | None = None

    @property
    def is_open(self) -> bool:
        """Whether more can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for a reply."""
        return all(call.done.done() for call in self._calls)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # what TCP gives; that of uvloop has its methods and not its class
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                self.replied(reply)
        except hiredis.ProtocolError as error:
            self.lost(ConnectionError(f"replies of Redis are needed, got {error}"))
            self.close()

    def replied(self, reply: Any) -> None:
        """Take one reply."""
        if not self._calls:
            raise hiredis.ProtocolError("a reply that nobody asked for")
        call = self._calls[0]
        call.replies.append(reply)
        if len(call.replies) == call.count:
            self._calls.popleft()
            if not call.done.done():  # who asked may have given up
                call.done.set_result(call.replies)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.lost(ConnectionError(f"the connection ended: {exc or 'closed by the server'}"))

    def lost(self, error: ConnectionError) -> None:
        """Tell all who wait."""
        while self._calls:
            call = self._calls.popleft()
            if not call.done.done():
                call.done.set_exception(error)

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()

    def send(self, commands: Sequence[Command]) -> None:
        """Send commands without waiting for replies."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("the connection is closed")
        packed = [hiredis.pack_command(cast(Any, command)) for command in commands]
        self._transport.write(b"".join(packed))

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to commands; an error of the server is one of `hiredis.ReplyError`.

        Raises
        ------
        ConnectionError
            The connection ended.
        """
        if not commands:
            return []
        done: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self.send(commands)
        self._calls.append(_Call(len(commands), done))
        return await done


class Listener(Wire):
    """One connection that listens to a channel: messages wait in `messages` until taken, None is its end."""

    def __init__(self) -> None:
        super().__init__()
        self.messages = asyncio.Queue[bytes | None]()
        self.is_listening = False

    def replied(self, reply: Any) -> None:
        if not self.is_listening:
            super().replied(reply)
            # a message may come in one packet with the word that it listens
            self.is_listening = isinstance(reply, list) and reply[0] == b"subscribe"
        elif self.messages.qsize() > UNREAD:
            self.close()  # what nobody reads is lost, and the reader told so
        else:
            # what is no message is a pong, which says that it still hears
            self.messages.put_nowait(reply[2] if reply[0] == b"message" else b"")

    def lost(self, error: ConnectionError) -> None:
        super().lost(error)
        self.messages.put_nowait(None)

    async def listen(self, channel: bytes) -> None:
        """Begin to listen."""
        await self.ask([("SUBSCRIBE", channel)])


async def connect(login: Login, host: str, port: int, kind: type[W]) -> W:
    """A connection to a node, logged in.

    Raises
    ------
    OSError
        The node cannot be reached, or refuses the login.
    """
    _, wire = await asyncio.get_running_loop().create_connection(kind, host, port, ssl=login.tls)
    first = list[Command]()
    if login.password:
        first.append(("AUTH", *((login.user,) if login.user else ()), login.password))
    if login.database:
        first.append(("SELECT", login.database))
    try:
        for reply in await wire.ask(first) if first else ():
            if isinstance(reply, hiredis.ReplyError):
                raise ConnectionError(str(reply))  # noqa: TRY301
    except BaseException:
        wire.close()
        raise
    return wire
