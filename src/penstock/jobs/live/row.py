"""A row of a live view."""

from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class Row:
    """A row of a live view; ``values`` may be a view of the engine's memory, valid until the next row.

    Attributes
    ----------
    key, ts
        Whose and when.
    values
        One number per column; NaN where the row is withdrawn.
    revision
        0, and one more each time that a late event changes the row (``on_late="rebuild"``).
    number
        Which of the key's rows of this time it is, counted where rows may be revised: a revised row takes the place
        of the one with the same key, time and number.
    withdrawn
        Whether there is no such row any more.
    """

    key: tuple[str, ...]
    ts: int
    values: np.ndarray
    revision: int = 0
    number: int = 0
    withdrawn: bool = False

    def copy(self) -> "Row":
        """The row with values of its own."""
        return Row(
            self.key, self.ts, self.values.copy(), self.revision, self.number, self.withdrawn
        )
