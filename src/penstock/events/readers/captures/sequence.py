"""Whether messages of depth follow one another without a gap: the rules of the exchanges, compiled.

A message brings the ids of its first and last change and, at some exchanges, the last id of the message
before. A snapshot sets a book's id; what becomes of a message after it depends on the rule:

============  =====================================================  ================================
rule          a message follows when                                 exchanges
============  =====================================================  ================================
``RANGE``     first <= id + 1 <= last                                Binance spot, Bybit v5
``LINK``      previous = id                                          Deribit
``OVERLAP``   previous = id; after a snapshot also first <= id       Binance futures
``RISING``    last > id                                              Bybit v2: its ids have gaps
``UNCHECKED`` always                                                 BitMEX: it sends none
============  =====================================================  ================================

A message whose last id is not above the book's was seen before (or is in the snapshot) and changes nothing.
One that does not follow is a gap: its book is invalid until the next snapshot. Where snapshots are asked
for apart from the stream (``kept``), messages that wait for one are kept and applied after it.
"""

from typing import Any, NamedTuple

import numpy as np

from penstock.core.jit import jit

RANGE, LINK, OVERLAP, RISING, UNCHECKED = range(5)
# cells of a message; ROW is its line in the chunk, or below 0 where it was kept from an earlier one
KEY, KIND, FIRST, LAST_ID, PREVIOUS, TIME, RECEIVE, BEGIN, END, ROW = range(10)
DIFF, SNAPSHOT, LOST = range(3)  # kinds; a lost message makes its book invalid
# cells of a book
ID, STATUS, HEAD, TAIL = range(4)
NEW, INVALID, FRESH, VALID = range(4)  # status; FRESH: nothing followed the snapshot yet
APPLIED, SEEN, GAP, BEFORE, AFTER, WAITING, OLD, EARLY, NOTED = range(9)  # verdicts
KINDS = {
    SEEN: "depth seen before",
    BEFORE: "depth before a snapshot",
    AFTER: "depth after a gap",
    WAITING: "depth before a snapshot",
    OLD: "snapshot older than the book",
    EARLY: "snapshot older than the depth kept",
}


class Judged(NamedTuple):
    """What `judge` writes."""

    verdict: np.ndarray  # i8 (n,)
    follower: np.ndarray  # i8 (n,): the next message kept for the same book
    emitted: np.ndarray  # i8 (2n, 2): message, or ~key of a gap; the message whose stamps it takes
    size: np.ndarray  # i8 (1,): rows of emitted


@jit
def relation(rule: int, book: np.ndarray, message: np.ndarray) -> int:
    """Whether a message follows a valid book: APPLIED, SEEN or GAP."""
    last = book[ID]
    if rule == UNCHECKED:
        return APPLIED
    if message[LAST_ID] <= last:
        return SEEN
    follows = rule == RISING or message[PREVIOUS] == last
    if rule == RANGE:
        follows = message[FIRST] <= last + 1
    if rule == OVERLAP and book[STATUS] == FRESH:
        follows |= message[FIRST] <= last
    return APPLIED if follows else GAP


@jit
def emit(out: Judged, message: Any, at: Any) -> None:
    """Add to what is given."""
    out.emitted[out.size[0], 0], out.emitted[out.size[0], 1] = message, at
    out.size[0] += 1


@jit
def spoil(books: np.ndarray, key: int, at: int, out: Judged) -> None:
    """Make a book invalid, and say so if it was valid."""
    if books[key, STATUS] >= FRESH:
        emit(out, ~key, at)
        books[key, STATUS] = INVALID


@jit
def keep(messages: np.ndarray, i: Any, books: np.ndarray, out: Judged) -> None:
    """Let a message wait for a snapshot."""
    book = books[messages[i, KEY]]
    if book[HEAD] < 0:
        book[HEAD] = i
    else:
        out.follower[book[TAIL]] = i
    book[TAIL] = i
    out.verdict[i] = WAITING


@jit
def follow(
    messages: np.ndarray, i: Any, at: Any, books: np.ndarray, rule: int, out: Judged
) -> None:
    """Apply a message to a valid book, if it follows."""
    key = messages[i, KEY]
    out.verdict[i] = relation(rule, books[key], messages[i])
    if out.verdict[i] == APPLIED:
        books[key, ID], books[key, STATUS] = messages[i, LAST_ID], VALID
        emit(out, i, at)
    elif out.verdict[i] == GAP:
        spoil(books, key, at, out)


@jit
def usable(messages: np.ndarray, i: int, books: np.ndarray, rule: int, out: Judged) -> bool:
    """Whether the first message kept that is newer than a snapshot follows it; none kept is well."""
    book = books[messages[i, KEY]]
    before, status, j = book[ID], book[STATUS], book[HEAD]
    book[ID], book[STATUS] = messages[i, LAST_ID], FRESH
    found = SEEN
    while j >= 0 and found == SEEN:
        found = relation(rule, book, messages[j])
        j = out.follower[j]
    book[ID], book[STATUS] = before, status
    return found != GAP


@jit
def reset(messages: np.ndarray, i: int, books: np.ndarray, rule: np.ndarray, out: Judged) -> None:
    """Begin a book anew with a snapshot, and with the messages kept for it."""
    book = books[messages[i, KEY]]
    if rule[1]:
        if book[STATUS] >= FRESH and messages[i, LAST_ID] <= book[ID]:
            out.verdict[i] = OLD
            return
        if not usable(messages, i, books, rule[0], out):
            out.verdict[i] = EARLY
            return
    book[ID], book[STATUS] = messages[i, LAST_ID], FRESH
    out.verdict[i] = APPLIED
    emit(out, i, i)
    j = book[HEAD]
    book[HEAD] = -1
    while j >= 0:
        after = out.follower[j]
        out.follower[j] = -1
        if book[STATUS] >= FRESH:
            follow(messages, j, i, books, rule[0], out)
        else:
            keep(messages, j, books, out)
        j = after


@jit
def judge(messages: np.ndarray, books: np.ndarray, rule: np.ndarray, out: Judged) -> None:
    """Judge messages in the order of the capture; ``rule`` is the rule and whether messages are kept."""
    for key in range(books.shape[0]):
        books[key, HEAD] = -1
    for i in range(messages.shape[0]):
        out.follower[i] = -1
        key, kind = messages[i, KEY], messages[i, KIND]
        if kind == SNAPSHOT:
            reset(messages, i, books, rule, out)
        elif kind == LOST:
            out.verdict[i] = NOTED
            spoil(books, key, i, out)
        elif books[key, STATUS] >= FRESH:
            follow(messages, i, i, books, rule[0], out)
        elif rule[1]:
            keep(messages, i, books, out)
        else:
            out.verdict[i] = BEFORE if books[key, STATUS] == NEW else AFTER


class DepthRows(NamedTuple):
    """Columns of the depth events that `lay` writes."""

    time: np.ndarray
    receive: np.ndarray
    key: np.ndarray
    price: np.ndarray
    size: np.ndarray
    side: np.ndarray
    flags: np.ndarray


@jit
def lay(
    messages: np.ndarray, emitted: np.ndarray, levels: np.ndarray, sides: np.ndarray, out: DepthRows
) -> int:
    """Write the rows of the messages given; one without levels is a row of flags alone."""
    row = 0
    for e in range(emitted.shape[0]):
        i, at = emitted[e, 0], emitted[e, 1]
        begin, end, flags, key = 0, 0, 4, ~i
        if i >= 0:
            begin, end, key = messages[i, BEGIN], messages[i, END], messages[i, KEY]
            flags = 32 if messages[i, KIND] == SNAPSHOT else 0
        for j in range(begin, max(end, begin + 1)):
            out.time[row], out.receive[row] = messages[at, TIME], messages[at, RECEIVE]
            out.key[row], out.flags[row] = key, flags
            if j < end:
                out.price[row], out.size[row] = levels[j, 0], levels[j, 1]
                out.side[row] = sides[j]
            else:
                out.price[row], out.size[row], out.side[row] = np.nan, 0.0, 0
            row += 1
        out.flags[row - 1] |= 128
    return row
