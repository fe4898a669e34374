"""A circuit breaker: a stream that turns bad is left out until it is good again."""

from collections import deque

from penstock.core.errors import DefinitionError

REASON = "circuit open"  # what good rows are counted under that an open circuit leaves out


class Circuit:
    """Judges a stream by the share of bad rows among its latest ones.

    Closed, rows are delivered. Once more than ``rate`` of the last ``over`` rows are bad it opens: what follows is
    watched and not delivered. It closes when at most half of that rate of ``over`` rows watched since were bad.

    Parameters
    ----------
    rate
        The share of bad rows that a stream may have, between 0 and 1.
    over
        Rows that it is judged by.

    Attributes
    ----------
    open
        Whether the stream is left out.
    opened
        How often it was opened.

    Examples
    --------
    >>> circuit = Circuit(rate=0.5, over=4)
    >>> [circuit.saw(1, bad) for bad in (0, 1, 1, 1, 0, 0, 0, 0)]
    [False, False, False, True, True, True, True, False]
    """

    def __init__(self, rate: float, over: int = 1_000) -> None:
        if not 0.0 < rate < 1.0:
            raise DefinitionError(
                f"Circuit: rate must be between 0 and 1, both excluded, got {rate!r}"
            )
        if over < 1:
            raise DefinitionError(f"Circuit: over must be at least 1 row, got {over!r}")
        self.rate, self.over = rate, over
        self.open, self.opened = False, 0
        self._latest: deque[tuple[int, int]] = deque()  # (rows, bad), the oldest first
        self._rows = self._bad = 0

    def saw(self, rows: int, bad: int) -> bool:
        """Take in the next rows; returns whether they are to be left out."""
        self._latest.append((rows, bad))
        self._rows += rows
        self._bad += bad
        while self._rows - self._latest[0][0] >= self.over:
            oldest = self._latest.popleft()
            self._rows -= oldest[0]
            self._bad -= oldest[1]
        if self._rows >= self.over:
            if not self.open and self._bad > self.rate * self._rows:
                self.opened += 1
                self._turn(now_open=True)
                return True
            if self.open and self._bad <= self.rate / 2 * self._rows:
                self._turn(now_open=False)
        return self.open

    def _turn(self, *, now_open: bool) -> None:
        self.open = now_open
        self._latest.clear()
        self._rows = self._bad = 0
