"""Why orders count otherwise than books of ten levels let infer: each cause alone, on messages written by hand.

Around 100 the asks are looked at. Messages are (seconds, action, order, side, price, size), and end their event unless
a ``+`` follows: the book is shown after it. The last trade, far away, asks what the ten seconds before it had.
"""

import numpy as np
import pytest

import penstock as ps
from penstock.events import Block, Book, Mbo, Trade
from penstock.events.books.builder import BookBuilder
from penstock.expr import columns
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.prices import Prices
from penstock.ops import AsOf, Cell, IsFinite, OrderChanges, OrderFlows, Ordinal, Spread, ZoneFlows
from penstock.streams import AnyOf, Stream

NANO = 1_000_000_000
START = 1_700_000_000 * NANO
NAMES = OrderFlows.outputs
NOTHING = (0.0, 0.0, 0.0)
RESTING = 10.0  # what two orders add at 100 before anything else happens
AT = {"tick": 0.25, "ticks": 8, "width": "10s"}
FAR = (0.0, "A", 90, "A", 120.0, 9)  # a book of one side says nothing
BASE = [
    FAR,
    (0.0, "A", 91, "B", 80.0, 9),
    (0.1, "A", 1, "A", 100.0, 5),
    (0.2, "A", 2, "A", 100.0, 5),
]
ASKED = (6.0, "T", 0, "B", 120.0, 1)


class Messages:
    """Messages of one book as a source."""

    name, types = "messages", (Mbo,)

    def __init__(self, rows):
        self.rows = rows

    def chunks(self, keys, quarantine):
        number = keys.number(("ES",))
        seconds, actions, orders, sides, prices, sizes = zip(
            *(row[:6] for row in self.rows), strict=True
        )
        yield (
            Block.of(
                Mbo, time=[START + round(s * NANO) for s in seconds], key=[number] * len(self.rows),
                action=[ord(action) for action in actions], order=orders, price=prices, size=sizes,
                side=[{"A": -1, "B": 1, "N": 0}[side] for side in sides],
                flags=[0 if row[6:] == ("+",) else 128 for row in self.rows], sequence=range(len(self.rows)),
            ),
        )  # fmt: skip

    def content_hash(self):
        return "messages"


def columns_of():
    """What orders did and what books let infer, on the ask side of 100, at each trade."""
    m, trade, book = columns(Mbo), columns(Trade), columns(Book).levels
    there = Spread(0.0 * trade.price + 100.0, members=2)
    ways = IsFinite(there)
    changes = OrderChanges(m.order, m.price, m.size, m.action, m.side, m.flags)
    exact = OrderFlows(
        *(changes[name] for name in changes.flows), there, ways, **AT, on=Stream(Trade)
    )
    every = AnyOf((Stream(Trade), Stream(Book)))
    side = Prices(Parameters()).side
    read = (book, Ordinal(book), trade.price, trade.size, side, Ordinal(trade.price))
    inferred = ZoneFlows(
        *(AsOf(x, on=every) for x in read), there, ways, **AT, ring=1 << 12, on=Stream(Trade)
    )
    return {f"{kind}_{name}": Cell(node[name], 0)
            for kind, node in (("orders", exact), ("books", inferred)) for name in NAMES}  # fmt: skip


VIEW = ps.View("both", columns_of(), on=Stream(Trade))


def counted(messages, asked=ASKED):
    """Added, cancelled and filled by orders and by books, as the last trade finds them."""
    rows = sorted([*BASE, *messages, asked], key=lambda row: row[0])
    found = ps.run(VIEW, [BookBuilder(Messages(rows), crossed="keep", orders=True)])
    last = found.row(-1, named=True)
    by = [[last[f"{kind}_{name}"] for name in NAMES] for kind in ("orders", "books")]
    return [(added - RESTING, cancelled, filled) for added, cancelled, filled in by]


def print_of(at, size, *fills, side="B", price=100.0, together=False, apart=0.000002):
    """A print and the fills of orders, each with the cancel that follows it."""
    rows = [(at, "T", 0, side, price, size)]
    rows += [(at, "F", order, "A", price, part) for order, part in fills]
    for k, (order, part) in enumerate(fills):
        row = (at + apart * (0 if together else k + 1), "C", order, "A", price, part)
        rows.append((*row, "+") if together and k < len(fills) - 1 else row)
    return rows


def test_the_two_orders_are_added_in_both():
    assert counted([]) == [NOTHING, NOTHING]


def test_one_print_takes_several_orders_and_the_book_changes_once_for_each():
    # at the first change of 5 all 10 were printed: 5 seem to be added, and then cancelled
    assert counted(print_of(1.0, 10, (1, 5), (2, 5))) == [(0.0, 0.0, 10.0), (5.0, 5.0, 10.0)]


def test_the_same_in_one_event_is_one_change_of_the_book():
    found = counted(print_of(1.0, 10, (1, 5), (2, 5), together=True))
    assert found == [(0.0, 0.0, 10.0), (0.0, 0.0, 10.0)]


def test_what_is_added_and_cancelled_between_two_books_is_in_none():
    rows = [(1.0, "A", 3, "A", 100.25, 7, "+"), (1.0, "C", 3, "A", 100.25, 7)]
    assert counted(rows) == [(7.0, 7.0, 0.0), NOTHING]
    shown = [row[:6] for row in rows]  # with a book after each both have it
    assert counted(shown) == [(7.0, 7.0, 0.0), (7.0, 7.0, 0.0)]


def test_a_print_without_a_side_fills_orders_and_no_book():
    # an auction at 100, where buyers and sellers of the book are matched; its middle is the price
    rows = [(0.5, "A", 4, "B", 100.0, 5), *print_of(1.0, 5, (1, 5), side="N")]
    assert counted(rows) == [(0.0, 0.0, 5.0), (0.0, 5.0, 0.0)]
    assert counted(print_of(1.0, 5, (1, 5), side="B")) == [(0.0, 0.0, 5.0), (0.0, 0.0, 5.0)]


def test_a_change_that_comes_after_its_print_is_not_there_before_it_comes():
    other = (1.000001, "A", 5, "A", 101.0, 2)
    rows = [*print_of(1.0, 5, (1, 5), apart=0.000005), other]
    between = (1.000003, "T", 0, "B", 120.0, 1)
    # another order's book comes first and gets the print: 5 seem to be added behind it
    assert counted(rows, between) == [(2.0, 0.0, 0.0), (7.0, 0.0, 5.0)]
    assert counted(rows) == [(2.0, 0.0, 5.0), (7.0, 5.0, 5.0)]


def test_orders_beyond_ten_levels_are_in_no_book():
    ladder = [(0.3 + k / 100, "A", 10 + k, "A", 100.25 + 0.25 * k, 1) for k in range(6)]
    inside = [(0.4 + k / 100, "A", 20 + k, "A", 98.5 + 0.25 * k, 1) for k in range(2)]
    base = [*ladder, *inside]  # nine prices, 98.50 to 98.75 and 100.00 to 101.50, and the far one
    before = counted(base)
    tenth = counted([*base, (1.0, "A", 30, "A", 101.75, 7)])
    beyond = counted([*base, (0.9, "A", 30, "A", 101.75, 7), (1.0, "A", 31, "A", 102.0, 7)])
    assert [x - y for x, y in zip(tenth[1], before[1], strict=True)] == [7.0, 0.0, 0.0]
    assert [x - y for x, y in zip(beyond[1], tenth[1], strict=True)] == [0.0, 0.0, 0.0]
    assert [x - y for x, y in zip(beyond[0], tenth[0], strict=True)] == [7.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("price", "size", "wanted"),
    [
        pytest.param(100.0, 8, (3.0, 0.0, 0.0), id="larger"),
        pytest.param(100.0, 2, (0.0, 3.0, 0.0), id="smaller"),
        pytest.param(100.5, 5, (5.0, 5.0, 0.0), id="another price"),
        pytest.param(110.0, 5, (0.0, 5.0, 0.0), id="out of the zone"),
    ],
)
def test_a_modify_is_the_same_in_both(price, size, wanted):
    assert counted([(1.0, "M", 1, "A", price, size)]) == [wanted, wanted]


def test_modifies_between_two_books_cancel_out_in_the_book_alone():
    rows = [(1.0, "M", 1, "A", 100.5, 5, "+"), (1.0, "M", 1, "A", 100.0, 5)]
    assert counted(rows) == [(10.0, 10.0, 0.0), NOTHING]


def test_what_an_iceberg_shows_again_is_seen_by_the_next_book():
    rows = [
        (1.0, "T", 0, "B", 100.0, 5),
        (1.0, "F", 1, "A", 100.0, 5),
        (1.0, "M", 1, "A", 100.0, 5),
    ]
    # the book shows the same before and after: there is none
    assert counted(rows) == [(5.0, 0.0, 5.0), NOTHING]
    later = (2.0, "A", 6, "A", 101.0, 2)
    assert counted([*rows, later]) == [(7.0, 0.0, 5.0), (7.0, 0.0, 5.0)]


@pytest.mark.parametrize("rows", [
    print_of(1.0, 10, (1, 5), (2, 5)),
    [(0.5, "A", 4, "B", 100.0, 5), *print_of(1.0, 5, (1, 5), side="N")],
    [*print_of(1.0, 5, (1, 5), apart=0.000005), (1.000001, "A", 5, "A", 101.0, 2)],
    [(1.0, "A", 3, "A", 100.25, 7, "+"), (1.0, "C", 3, "A", 100.25, 7)],
])  # fmt: skip
def test_what_the_depth_changes_by_is_the_same_in_both(rows):
    changes = [np.subtract(added, cancelled + filled) for added, cancelled, filled in counted(rows)]
    assert changes[0] == changes[1]
