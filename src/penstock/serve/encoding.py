"""Answers as bytes: made once for each row and selection, and put together for each request.

An answer is feature by feature: ``{"values": […], "statuses": […], "event_timestamps": […]}``, one item for each
entity. Of a row the server keeps, for each request about it alone, the whole answer, and for requests about many the
texts of its values side by side, from where compiled code copies them (`serve.joining`). All hold until the row is
older than its view allows.
"""

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec
import numpy as np

from penstock.core.time import iso_text
from penstock.declare import Schema
from penstock.jobs.feature_store.answers import null, plain
from penstock.jobs.feature_store.reading import packer_of
from penstock.serve.joining import CODES
from penstock.store.online.memory import Entry, Memory
from penstock.store.status import NOT_FOUND, NULL_VALUE, OUTSIDE_MAX_AGE, PRESENT

FOREVER = 1 << 62
INFINITY = float("inf")
NULL = b"null"
PRESENT_TEXT = b'"%b"' % PRESENT.encode()
encode = msgspec.json.encode


class Texts(NamedTuple):
    """A row as JSON under one selection: values and what they are, its time, and until when that holds, in ns."""

    values: Sequence[bytes]
    statuses: Sequence[str]
    stamp: bytes
    until: int

    def alone(self) -> bytes:
        """The items of an answer about this row alone, with commas."""
        if self.values and self.statuses.count(PRESENT) == len(self.statuses):
            tail = b'],"statuses":[%b],"event_timestamps":[%b]}' % (PRESENT_TEXT, self.stamp)
            return b'{"values":[' + (tail + b',{"values":[').join(self.values) + tail
        return b",".join(
            b'{"values":[%b],"statuses":["%b"],"event_timestamps":[%b]}'
            % (value, status.encode(), self.stamp)
            for value, status in zip(self.values, self.statuses, strict=True)
        )


class Whole:
    """A whole answer about one row, head and all.

    Attributes
    ----------
    text
        What is sent.
    length
        Bytes of its body.
    until
        The time in ns after which the row is too old, and this is another answer.
    """

    __slots__ = ("length", "text", "until")

    def __init__(self, text: bytes, length: int, until: int) -> None:
        self.text, self.length, self.until = text, length, until

    @property
    def body(self) -> bytes:
        """Without its head."""
        return self.text[-self.length :]

    @property
    def size(self) -> int:
        """Bytes, about."""
        return len(self.text) + 150


class Cells:
    """A row's texts side by side, as `serve.joining` reads them.

    Attributes
    ----------
    address
        Where they begin. First come 8-byte numbers: for each value four times its place plus its status (`CODES`), the
        place where the values end and that of the row's time begins, and where that ends; then the texts.
    text_bytes
        Bytes of the values and of the time.
    until
        The time in ns after which the row is too old, and these are another row's.
    """

    __slots__ = ("_bytes", "address", "stamp_bytes", "until", "value_bytes")

    def __init__(self, texts: Texts) -> None:
        first = 8 * (len(texts.values) + 2)
        ends = list(accumulate(map(len, texts.values), initial=first))
        codes = [CODES[status] for status in texts.statuses]
        head = array("q", [4 * place + code for place, code in zip(ends, codes, strict=False)])
        head.extend((4 * ends[-1], 4 * (ends[-1] + len(texts.stamp))))
        self._bytes = b"".join((head.tobytes(), *texts.values, texts.stamp))
        self.address = int(np.frombuffer(self._bytes, np.uint8).__array_interface__["data"][0])
        self.value_bytes, self.stamp_bytes = ends[-1] - first, len(texts.stamp)
        self.until = texts.until

    @property
    def size(self) -> int:
        """Bytes, about."""
        return len(self._bytes) + 250


class Selection:
    """Columns of one version of a view, as a request names them.

    Parameters
    ----------
    schema
        The version.
    columns
        Which, in order.
    """

    __slots__ = ("_packer", "_present", "columns", "id", "numbers", "places", "schema", "whole")

    def __init__(self, schema: Schema, columns: Sequence[str]) -> None:
        self.schema, self.id = schema, schema.id
        self.places = tuple(schema.names.index(c) if c in schema.names else -1 for c in columns)
        self.columns, self.whole = len(self.places), tuple(columns) == schema.names
        self._packer, self._present = packer_of(schema), [PRESENT] * self.columns
        self.numbers = bool(columns) and "str" not in {c.kind for c in schema.columns}

    def cells(self, entry: Entry, now: int, memory: Memory) -> Cells:
        """The texts of a row, made where they are not there or no longer hold."""
        found = entry.encoded.get(self)
        if found is not None and now <= found.until:
            return found
        made = Cells(self.texts(entry, now))
        entry.encoded[self] = made
        memory.grew(entry, made.size - (found.size if found else 0))
        return made

    def texts(self, entry: Entry, now: int) -> Texts:
        """A row as JSON."""
        packed, packer = entry.packed, self._packer
        floats = None if packed is None else packer.floats(packed)
        if floats is None:
            row = None if packed is None else packer.unpack(packed)
            if row is None or row.deleted:
                return self._none(NOT_FOUND, NULL)
            event_ts, values = row.event_ts, row.values()
        else:
            event_ts, values = floats
        stamp = b'"%b"' % iso_text(event_ts).encode()
        ttl = self.schema.ttl
        if ttl is not None and now - event_ts > ttl:
            return self._none(OUTSIDE_MAX_AGE, stamp)
        if not self.whole:
            values = [None if place < 0 else values[place] for place in self.places]
        texts = self._encoded(values)
        statuses = self._present
        if NULL in texts:
            statuses = [NULL_VALUE if text == NULL else PRESENT for text in texts]
        return Texts(texts, statuses, stamp, FOREVER if ttl is None else event_ts + ttl)

    def _encoded(self, values: Sequence[Any]) -> list[bytes]:
        """Values as JSON; numbers at one time, which is ten times as fast as one by one."""
        if self.numbers and INFINITY not in values and -INFINITY not in values:
            return encode(values)[1:-1].split(b",")
        return [NULL if null(v) else encode(plain(v)) for v in values]

    def _none(self, status: str, stamp: bytes) -> Texts:
        return Texts([NULL] * self.columns, [status] * self.columns, stamp, FOREVER)


def head(names: Sequence[str]) -> bytes:
    """What an answer begins with."""
    return b'{"metadata":{"feature_names":%b},"results":[' % encode(list(names))


def whole(answer: dict[str, Any]) -> bytes:
    """An answer that was not put together of texts."""
    return encode(answer)
