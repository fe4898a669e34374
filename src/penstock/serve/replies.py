"""Answers of HTTP: statuses, errors, and bodies made smaller."""

import gzip
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec
import zstandard

from penstock.core.errors import DataError, DefinitionError, PenstockError, StoreError, StoreFull

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

JSON = (b"content-type", b"application/json")
COMPRESSED_ABOVE = 8_192  # bytes
STATUSES: tuple[tuple[type[PenstockError], int], ...] = (
    (StoreFull, 507), (StoreError, 503), (DataError, 400), (DefinitionError, 422),
)  # fmt: skip


def wants_json(headers: dict[bytes, bytes]) -> bool:
    """Whether the answer may be JSON."""
    return b"arrow" not in headers.get(b"accept", b"")


def route_of(path: str) -> str:
    """The first part of a path, so that paths without end are counted as one."""
    return "/" + path.split("/", 2)[1] if path.count("/") else path


def status_of(error: PenstockError) -> int:
    """The status of an error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def error_body(status: int, said: str) -> bytes:
    """What an error is told with."""
    return msgspec.json.encode({"status_code": status, "detail": said})


def compressed(body: bytes, accepted: bytes, headers: Headers) -> bytes:
    """A body as the client likes it smaller."""
    if b"zstd" in accepted:
        headers.append((b"content-encoding", b"zstd"))
        return zstandard.ZstdCompressor(level=1).compress(body)
    if b"gzip" in accepted:
        headers.append((b"content-encoding", b"gzip"))
        return gzip.compress(body, compresslevel=1)
    return body


async def answer(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Send an answer of JSON."""
    length = (b"content-length", b"%d" % len(body))
    await send(
        {"type": "http.response.start", "status": status, "headers": [JSON, length, *headers]}
    )
    await send({"type": "http.response.body", "body": body})


def raw(status: int, body: bytes, headers: Headers) -> bytes:
    """An answer of JSON as it is sent."""
    length = (b"content-length", b"%d" % len(body))
    lines = b"".join(b"%b: %b\r\n" % header for header in (JSON, length, *headers))
    phrase = HTTPStatus(status).phrase.encode()
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (status, phrase, lines, body)
