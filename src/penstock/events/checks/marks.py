"""The bad rows of a chunk, and what a source declares about its market."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from penstock.events.quarantine import Quarantine


@dataclass(frozen=True, slots=True)
class Rules:
    """What a source declares about its market, where a check would be wrong.

    Attributes
    ----------
    negative_prices
        Prices may be zero or below: futures spreads, power, rates.
    crossed
        Books may be crossed or locked: auctions and consolidated quotes.
    symbols
        Those that there are; a row of another one is kept aside.
    since, until
        The span that stamps lie in, ns UTC: milliseconds taken for nanoseconds are of 1970.
    """

    negative_prices: bool = False
    crossed: bool = False
    symbols: frozenset[str] | None = None
    since: int = 0
    until: int = 2**62  # the year 2116


class Marks:
    """The bad rows of a chunk, each under its first reason."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.bad: np.ndarray | None = None
        self.found: list[tuple[str, np.ndarray, list[str]]] = []

    def mark(self, reason: str, rows: np.ndarray, values: np.ndarray) -> None:
        """Mark rows by position, with the values that are bad."""
        if self.bad is None:
            self.bad = np.zeros(self.size, bool)
        fresh = ~self.bad[rows]
        rows = rows[fresh]
        if rows.size:
            self.bad[rows] = True
            texts = [str(value) for value in values[fresh].tolist()]
            self.found.append((reason, rows, texts))

    def leave(self, rows: np.ndarray) -> int:
        """Leave rows out that are no events, and say how many."""
        if self.bad is None and rows.size:
            self.bad = np.zeros(self.size, bool)
        if self.bad is not None:
            rows = rows[~self.bad[rows]]
            self.bad[rows] = True
        return int(rows.size)

    @property
    def good(self) -> np.ndarray | None:
        """The mask of the good rows; None when all are good."""
        return None if self.bad is None or not self.bad.any() else ~self.bad

    def report(
        self,
        quarantine: Quarantine,
        name: str,
        number: Callable[[int], int],
        raw: Callable[[int], bytes],
    ) -> None:
        """Give the rows to the quarantine: by position, their number and their bytes."""
        for reason, rows, values in self.found:
            places = rows.tolist()
            quarantine.add(
                name, reason, [number(r) for r in places], [raw(r) for r in places], values
            )
