"""The latest accepted rows of a view, which new ones are compared with."""

import numpy as np

from penstock.core.arrays import F8

SCALE = 1.4826  # of a median absolute deviation to a standard deviation, for normal values
FEWEST = 30  # rows below which nothing stands out


class Reference:
    """The last `window` accepted rows and their statistics by column.

    Statistics of a column are renewed in turn, one column a row, so that no single row pays for all: they are at most
    as many rows old as there are columns.
    """

    def __init__(self, columns: int, window: int) -> None:
        self._rows = np.full((window, columns), np.nan)
        self._accepted, self._turn = 0, 0
        self._mean, self._std = np.full(columns, np.nan), np.full(columns, np.nan)
        self._median, self._mad = np.full(columns, np.nan), np.full(columns, np.nan)
        self._last = np.full(columns, np.nan)

    def accept(self, rows: F8) -> None:
        """Take rows in."""
        if not len(rows):
            return
        window, columns = self._rows.shape
        latest = rows[-window:]
        places = (self._accepted + len(rows) - len(latest) + np.arange(len(latest))) % window
        self._rows[places] = latest
        self._accepted += len(rows)
        known = ~np.isnan(rows)
        for i in np.flatnonzero(known.any(axis=0)).tolist() if len(rows) > 1 else ():
            self._last[i] = rows[known[:, i], i][-1]
        if len(rows) == 1:
            np.copyto(self._last, rows[0], where=known[0])
        if self._accepted < FEWEST:
            return
        fresh = np.isnan(self._median).all()
        for _ in range(columns if fresh else min(len(rows), columns)):
            self._renew(self._turn)
            self._turn = (self._turn + 1) % columns

    def _renew(self, column: int) -> None:
        values = np.sort(self._rows[:, column])
        values = values[np.searchsorted(values, -np.inf, "right") : np.searchsorted(values, np.inf)]
        if values.size < FEWEST:
            return
        mean, median = np.add.reduce(values) / values.size, middle_of(values)
        away = values - mean
        self._mean[column], self._median[column] = mean, median
        self._std[column] = (np.dot(away, away) / (values.size - 1)) ** 0.5
        self._mad[column] = middle_of(np.sort(np.abs(values - median)))

    def value(self, how: str, column: int) -> float:
        """The ``last``, ``mean`` or ``median`` of a column; NaN while it is not known."""
        return float({"last": self._last, "mean": self._mean, "median": self._median}[how][column])

    def deviations(self, rows: F8) -> F8:
        """How many standard deviations values are from the mean; NaN while that is not known or nothing varies."""
        return distance(rows, self._mean, self._std)

    def robust(self, rows: F8) -> F8:
        """How many scaled median deviations values are from the median."""
        return distance(rows, self._median, SCALE * self._mad)


def middle_of(ordered: F8) -> float:
    """The median of values in order; NumPy's takes ten times as long on so few."""
    half = ordered.size // 2
    return float(ordered[half] if ordered.size % 2 else (ordered[half - 1] + ordered[half]) / 2)


def distance(rows: F8, middle: F8, width: F8) -> F8:
    """Distances in units of a width; NaN where there is no width."""
    return np.abs(rows - middle) / np.where(width > 0, width, np.nan)
