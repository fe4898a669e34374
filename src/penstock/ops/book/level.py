"""One price or size of the order book."""

from dataclasses import dataclass
from typing import ClassVar

from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.expr import Expr, Operator
from penstock.ops.book import FIELDS, LEVELS, MIXED, require_choice


@jit
def _kernel(out: F8, book: F8, cell: int) -> None:
    for i in range(out.size):
        out[i] = book[i, cell]


def _oracle(book: F8, level: int, field: str) -> F8:
    return book.reshape(len(book), -1, 4)[:, level, FIELDS.index(field)]


@dataclass(frozen=True, eq=False, repr=False)
class Level(Operator):
    r"""Price or size at a level of the order book.

    .. math:: y_t = P^b_{l,t}, \; Q^b_{l,t}, \; P^a_{l,t} \text{ or } Q^a_{l,t}

    Notes
    -----
    Seed: none. NaN: the price of an absent level; its size is 0. Warm-up: 1. Unit: price or size,
    as `field` says. Level 0 is the best.

    References
    ----------
    Gould, M. D., Porter, M. A., Williams, S., et al. (2013). Limit order books. Quantitative
    Finance 13(11), 1709-1742.

    Examples
    --------
    >>> evaluate(Level(LEVELS, level=0, field="ask_price"), book=[[99.0, 5.0, 101.0, 7.0]])
    [101.0]
    """

    book: Expr
    level: int
    field: str

    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"book": LEVELS, "level": 1, "field": "bid_size"}
    exempt: ClassVar = {"unit": MIXED}

    def check(self) -> None:
        levels = self.book.cells // 4
        self.require(f"level must be from 0 to {levels - 1}", 0 <= self.level < levels, self.level)
        require_choice(self, "field", self.field, FIELDS)

    @property
    def cell(self) -> int:
        """The cell of the book that is read."""
        return 4 * self.level + FIELDS.index(self.field)

    @property
    def unit(self) -> str:
        return self.field.rpartition("_")[2]
