"""Answers as bytes: made once for each row and selection, and put together for each request.

An answer is feature by feature: ``{"values": […], "statuses": […], "event_timestamps": […]}``, one item for each
entity. Of a row the server keeps, for each selection of columns, the text of a whole answer for it alone, and the texts
of its values for answers about many. Both hold until the row is older than its view allows.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from penstock.core.time import iso_text
from penstock.declare import Schema
from penstock.jobs.feature_store.answers import null, plain
from penstock.jobs.feature_store.reading import packer_of
from penstock.store.online.memory import Entry, Memory
from penstock.store.status import NOT_FOUND, NULL_VALUE, OUTSIDE_MAX_AGE, PRESENT

FOREVER = 1 << 62
INFINITY = float("inf")
NULL = b"null"
QUOTED = {name: f'"{name}"'.encode() for name in (PRESENT, NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE)}
encode = msgspec.json.encode


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
    """The texts of a row's values under one selection.

    Attributes
    ----------
    until
        The time in ns after which the row is too old, and these are another row's.
    values, statuses
        Of each column, as JSON.
    stamp
        The row's time, as JSON.
    present
        Whether every status is PRESENT.
    """

    __slots__ = ("present", "stamp", "statuses", "until", "values")

    def __init__(
        self, values: tuple[bytes, ...], statuses: tuple[bytes, ...], stamp: bytes, until: int
    ) -> None:
        self.values, self.statuses, self.stamp, self.until = values, statuses, stamp, until
        self.present = statuses.count(QUOTED[PRESENT]) == len(statuses)

    @property
    def alone(self) -> bytes:
        """The items of an answer about this row alone, with commas."""
        if self.present and self.values:
            tail = b'],"statuses":[%b],"event_timestamps":[%b]}' % (QUOTED[PRESENT], self.stamp)
            return b'{"values":[' + (tail + b',{"values":[').join(self.values) + tail
        return b",".join(
            b'{"values":[%b],"statuses":[%b],"event_timestamps":[%b]}' % (value, status, self.stamp)
            for value, status in zip(self.values, self.statuses, strict=True)
        )

    @property
    def size(self) -> int:
        """Bytes, about."""
        return sum(map(len, self.values)) + 56 * len(self.values) + 200


class Selection:
    """Columns of one version of a view, as a request names them.

    Parameters
    ----------
    schema
        The version.
    columns
        Which, in order.
    """

    __slots__ = ("columns", "id", "numbers", "places", "schema", "whole")

    def __init__(self, schema: Schema, columns: Sequence[str]) -> None:
        self.schema, self.id = schema, schema.id
        self.places = tuple(schema.names.index(c) if c in schema.names else -1 for c in columns)
        self.columns, self.whole = len(self.places), tuple(columns) == schema.names
        self.numbers = bool(columns) and "str" not in {c.kind for c in schema.columns}

    def cells(self, entry: Entry, now: int, memory: Memory) -> Cells:
        """The texts of a row, made where they are not there or no longer hold."""
        found = entry.encoded.get(self)
        if found is not None and now <= found.until:
            return found
        made = self._made(entry, now)
        entry.encoded[self] = made
        memory.grew(entry, made.size - (found.size if found else 0))
        return made

    def alone(self, entry: Entry, now: int) -> tuple[int, bytes]:
        """Until when a row is young enough, and the items of an answer about it alone."""
        made = self._made(entry, now)
        return made.until, made.alone

    def _made(self, entry: Entry, now: int) -> Cells:
        row = None if entry.packed is None else packer_of(self.schema).unpack(entry.packed)
        if row is None or row.deleted:
            return self._all(NOT_FOUND, NULL)
        stamp = b'"%b"' % iso_text(row.event_ts).encode()
        ttl = self.schema.ttl
        if ttl is not None and now - row.event_ts > ttl:
            return self._all(OUTSIDE_MAX_AGE, stamp)
        values = row.values()
        if not self.whole:
            values = [None if place < 0 else values[place] for place in self.places]
        texts = self._texts(values)
        statuses = (QUOTED[PRESENT],) * self.columns
        if NULL in texts:
            statuses = tuple(QUOTED[NULL_VALUE if text == NULL else PRESENT] for text in texts)
        return Cells(texts, statuses, stamp, FOREVER if ttl is None else row.event_ts + ttl)

    def _texts(self, values: list[Any]) -> tuple[bytes, ...]:
        """Values as JSON; numbers at one time, which is ten times as fast as one by one."""
        if self.numbers and INFINITY not in values and -INFINITY not in values:
            return tuple(encode(values)[1:-1].split(b","))
        return tuple(NULL if null(v) else encode(plain(v)) for v in values)

    def _all(self, status: str, stamp: bytes) -> Cells:
        return Cells((NULL,) * self.columns, (QUOTED[status],) * self.columns, stamp, FOREVER)


_PRESENT: dict[int, bytes] = {}


def many(rows: Sequence[Cells]) -> bytes:
    """The items of an answer about several rows of one selection, with commas."""
    stamps = b",".join([row.stamp for row in rows])
    columns = zip(*[row.values for row in rows], strict=True)
    if all(row.present for row in rows):
        count = len(rows)
        statuses = _PRESENT.get(count)
        if statuses is None:
            statuses = _PRESENT[count] = b",".join([QUOTED[PRESENT]] * count)
        tail = b'],"statuses":[%b],"event_timestamps":[%b]}' % (statuses, stamps)
        return b'{"values":[' + (tail + b',{"values":[').join(map(b",".join, columns)) + tail
    every = zip(*[row.statuses for row in rows], strict=True)
    return b",".join(
        b'{"values":[%b],"statuses":[%b],"event_timestamps":[%b]}'
        % (b",".join(v), b",".join(s), stamps)
        for v, s in zip(columns, every, strict=True)
    )


def head(names: Sequence[str]) -> bytes:
    """What an answer begins with."""
    return b'{"metadata":{"feature_names":%b},"results":[' % encode(list(names))


def whole(answer: dict[str, Any]) -> bytes:
    """An answer that was not put together of texts."""
    return encode(answer)
