"""Order messages that are consistent however often they are repeated.

A day leaves orders in its books that were not there at its start. Messages that undo the difference
follow each repetition, so that every cancel of the next one finds its order.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from penstock.bench.recordings import Repeated, gathered, joined, picked
from penstock.events import Block, Mbo, Source
from penstock.events.readers import DbnSource
from penstock.events.readers.layouts import LAST, SNAPSHOT
from penstock.events.simulator import Simulator

# a recorded day of the E-mini S&P 500 future; it stands beside a checkout and not in it
RECORDED = (
    Path(__file__).resolve().parents[4]
    / "shared/data/futures_dbn/esh4-glbx-mdp3-20231225.mbo.dbn.zst"
)
ADD, CANCEL, MODIFY, CLEAR = (ord(letter) for letter in "ACMR")


Name = tuple[int, int]  # an order's instrument and its number there


class Order(NamedTuple):
    """An order in a book."""

    price: float
    size: float
    side: int


def recorded(path: Path = RECORDED) -> Source:
    """The recorded day where it is there, else a simulated one."""
    return DbnSource(path) if path.is_file() else Simulator(seconds=3_600, rate=12.0)


def repeated(source: Source, messages: int) -> Repeated:
    """A source's day at least once, and as often as makes about so many messages."""
    day, names = gathered(source, Mbo)
    opening = np.flatnonzero(day.columns["flags"] & SNAPSHOT)
    begins = int(opening[-1]) + 1 if opening.size else 0
    before = resting(picked(day, slice(0, begins)), {})
    after = resting(picked(day, slice(begins, None)), before)
    undo = undone(day, before, after)
    first, again = joined(day, undo), joined(picked(day, slice(begins, None)), undo)
    return Repeated(source.name, names, first, again, max(1, round(messages / len(first))))


def resting(block: Block, orders: dict[Name, Order]) -> dict[Name, Order]:
    """The orders that are in the books after some messages."""
    names = ("action", "key", "order", "price", "size", "side")
    orders = dict(orders)
    for action, key, number, *values in zip(
        *(block.columns[name].tolist() for name in names), strict=True
    ):
        order, name = Order(*values), (key, number)
        if action == CLEAR:
            orders = {n: o for n, o in orders.items() if n[0] != key}
        elif action in (ADD, MODIFY):
            orders[name] = order
        elif action == CANCEL:
            was = orders.pop(name)
            if was.size > order.size:
                orders[name] = was._replace(size=was.size - order.size)
    return orders


def undone(day: Block, before: dict[Name, Order], after: dict[Name, Order]) -> Block:
    """The messages, of one time, that lead from the orders after a day to those before it."""
    changes = [(CANCEL, n, o) for n, o in after.items() if n not in before]
    changes += [(ADD, n, o) for n, o in before.items() if n not in after]
    changes += [(MODIFY, n, o) for n, o in before.items() if n in after and after[n] != o]
    changes.sort(key=lambda change: change[1][0])  # a group is of one instrument
    count, last = len(changes), day.columns["time"][-1]
    keys = np.array([key for _, (key, _), _ in changes], np.int64)
    return Block.of(
        Mbo,
        time=np.full(count, last + 1),
        receive=np.full(count, last + 1),
        key=keys,
        order=[number for _, (_, number), _ in changes],
        price=[order.price for _, _, order in changes],
        size=[order.size for _, _, order in changes],
        action=[action for action, _, _ in changes],
        side=[order.side for _, _, order in changes],
        flags=np.where(np.append(np.diff(keys) != 0, True), LAST, 0)[:count],
        sequence=np.full(count, day.columns["sequence"][-1]),
    )
