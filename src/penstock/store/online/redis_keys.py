"""Keys in Redis: ``prefix:{entity}view``, the entity as the hash tag, so that a cluster keeps its views together."""

import struct
from binascii import crc_hqx
from collections.abc import Iterator

from penstock.core.errors import DefinitionError
from penstock.store.online.tier import Change

SLOTS = 16384
WRITER_BYTES = 8
_STAMP = struct.Struct("<qq")
_LENGTH = struct.Struct("<I")


class RedisKeys:
    """The keys below a prefix.

    In an entity's bytes ``}`` is written ``%7D``, for a tag ends at the first one, and ``%`` is ``%25``. No bytes at
    all are a lone ``%``, for Redis takes an empty tag for none; ``{}`` stands for a whole view.

    Examples
    --------
    >>> keys = RedisKeys("ps")
    >>> keys.join("signals@v2", b"4:ES{}"), keys.split(b"ps:{4:ES{%7D}signals@v2")
    (b'ps:{4:ES{%7D}signals@v2', ('signals@v2', b'4:ES{}'))
    """

    def __init__(self, prefix: str) -> None:
        if "{" in prefix or "}" in prefix:
            raise DefinitionError(f"Redis: a prefix has no braces, got {prefix!r}")
        self.start = prefix.encode() + b":{"
        self.channel = prefix.encode() + b":changes"

    def join(self, view: str, key: bytes) -> bytes:
        """The key in Redis of a view's entity."""
        if b"%" in key or b"}" in key:
            key = key.replace(b"%", b"%25").replace(b"}", b"%7D")
        return b"%b%b}%b" % (self.start, key or b"%", view.encode())

    def split(self, data: bytes) -> tuple[str, bytes | None]:
        """The view and the entity of a key in Redis; no entity where it stands for the whole view."""
        tag, _, view = data.removeprefix(self.start).partition(b"}")
        if not tag:
            return view.decode(), None
        if tag == b"%":
            return view.decode(), b""
        return view.decode(), tag.replace(b"%7D", b"}").replace(b"%25", b"%")

    def whole(self, view: str) -> bytes:
        """What stands for a whole view."""
        return b"%b}%b" % (self.start, view.encode())

    def pattern(self, view: str | None = None) -> bytes:
        """What all keys below the prefix match, or those of a view."""
        end = b"" if view is None else b"}" + _literal(view.encode())
        return _literal(self.start) + b"*" + end

    def news(self, message: bytes, own: bytes) -> Iterator[Change]:
        """The changes in a message on the channel, unless it is one's own.

        A message is the writer, then for each change the length of a key in Redis, the key, and its stamp.
        """
        if message.startswith(own):
            return
        at = WRITER_BYTES
        while at < len(message):
            end = at + _LENGTH.size + _LENGTH.unpack_from(message, at)[0]
            view, key = self.split(message[at + _LENGTH.size : end])
            yield Change(view, key, _STAMP.unpack_from(message, end))
            at = end + _STAMP.size

    def tell_whole(self, view: str, writer: bytes, at: int) -> bytes:
        """The message that a view changed as a whole at a time in ns."""
        name = self.whole(view)
        return writer + _LENGTH.pack(len(name)) + name + _STAMP.pack(at, at)


def _literal(text: bytes) -> bytes:
    """A pattern that matches a text alone."""
    return b"".join(b"\\%c" % c if c in b"\\*?[]^-" else b"%c" % c for c in text)


def slot(key: bytes) -> int:
    """The slot of a cluster that a key is in: CRC16 (XMODEM) of its hash tag.

    Examples
    --------
    >>> slot(b"123456789"), slot(b"ps:{123456789}a@v1")
    (12739, 12739)
    """
    start = key.find(b"{") + 1
    end = key.find(b"}", start) if start else -1
    return crc_hqx(key[start:end] if end > start else key, 0) % SLOTS
