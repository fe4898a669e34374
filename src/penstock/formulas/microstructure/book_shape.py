"""The shape of the book: how it bends, where its weight lies, and the gaps in it."""

from functools import reduce
from operator import add
from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.expr import Expr
from penstock.formulas.columns import LEVELS
from penstock.formulas.guards import NOTHING, known, positive, square
from penstock.ops.book.book_convexity import BookConvexity
from penstock.ops.book.level import Level
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.round_half_even import RoundHalfEven
from penstock.ops.elementwise.where import Where

Half = Literal["bid", "ask"]


def order_book_convexity(*, L: int = 10, tick: float = 0.01) -> Expr:
    r"""How cumulative depth bends with distance in ticks, asks less bids, :math:`c^a - c^b`.

    .. math:: (a, b, c) = \arg\min \sum_{i \le L} \Big( \sum_{k \le i} Q_k - a - b d_i - c d_i^2 \Big)^2

    where :math:`d_i` is the distance of level i from the best price of its side.

    Notes
    -----
    Units of size per squared tick; `tick` is the instrument's price step. Least squares; where distances are counted
    from, the best price or the mid, does not change the coefficient. NaN while one of the `L` levels is missing.
    """
    return BookConvexity(LEVELS, depth=L) * (step("order_book_convexity", tick) ** 2)


def order_book_center_of_mass(*, L: int = 10) -> Expr:
    r"""Where the average of all that rests lies, from the mid, in spreads: below 0 where bids weigh more.

    .. math:: \left( \frac{\sum_i (Q^b_i P^b_i + Q^a_i P^a_i)}{\sum_i (Q^b_i + Q^a_i)} - m \right) / (P^a_1 - P^b_1)

    Notes
    -----
    NaN while the book is locked or crossed, or one of the `L` levels is missing.
    """
    bids, asks = sizes("bid", L), sizes("ask", L)
    mid, spread = mid_of_levels(), cell("ask_price", 0) - cell("bid_price", 0)
    away = [
        size * (cell(f"{side}_price", level) - mid)
        for side, found in (("bid", bids), ("ask", asks))
        for level, size in enumerate(found)
    ]
    return reduce(add, away) / positive(reduce(add, bids + asks)) / positive(spread)


def depth_concentration_hhi(*, L: int = 10) -> Expr:
    r"""How much of the size lies on few of the `2L` levels, :math:`\sum q_i^2` over both sides, from 1 / 2L to 1.

    Notes
    -----
    :math:`q_i` is a level's share of the size of all. NaN while one of the `L` levels is missing.
    """
    found = sizes("bid", L) + sizes("ask", L)
    concentration = reduce(add, map(square, found)) / square(positive(reduce(add, found)))
    last = cell("bid_price", L - 1) + cell("ask_price", L - 1)  # absent where any level is
    return Where(known(last), concentration, NOTHING)


def book_gap_average(*, L: int = 10, tick: float = 0.01) -> Expr:
    r"""Mean distance between successive levels of both sides, in ticks.

    .. math:: \frac{1}{2 (L - 1)} \sum_s \sum_{i < L} |P^s_{i+1} - P^s_i| / \text{tick}

    Notes
    -----
    `tick` is the instrument's price step. Levels of a side are in order, so the sum is the distance of its last from
    its first. NaN while one of the `L` levels is missing.
    """
    if L < 2:
        raise DefinitionError(f"book_gap_average: L must be at least 2, got {L}")
    between = [between_levels(side, 0, L - 1, tick) for side in ("bid", "ask")]
    return (between[0] + between[1]) / (2.0 * (L - 1))


def first_gap_size(*, side: Half = "ask", tick: float = 0.01) -> Expr:
    r"""Distance of the second level of a side from its best, in ticks, :math:`|P_2 - P_1| / \text{tick}`.

    Notes
    -----
    `tick` is the instrument's price step. NaN while the side has no second level.
    """
    return between_levels(side, 0, 1, tick)


def between_levels(side: str, near: int, far: int, tick: float) -> Expr:
    """The whole ticks between two levels of a side."""
    price = f"{side}_price"
    return RoundHalfEven(Abs(cell(price, far) - cell(price, near)) / step("Gaps of the book", tick))


def cell(field: str, level: int) -> Expr:
    """A price or size of the book."""
    return Level(LEVELS, level=level, field=field)


def sizes(side: str, count: int) -> list[Expr]:
    """The sizes of the first levels of a side."""
    if count < 1:
        raise DefinitionError(f"Levels of the book: L must be at least 1, got {count}")
    return [cell(f"{side}_size", level) for level in range(count)]


def mid_of_levels() -> Expr:
    """Middle of the best prices."""
    return (cell("ask_price", 0) + cell("bid_price", 0)) / 2.0


def step(who: str, tick: float) -> float:
    """The price step, refused unless positive."""
    if not tick > 0.0:
        raise DefinitionError(f"{who}: tick must be positive, got {tick}")
    return tick
