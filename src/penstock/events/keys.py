"""Numbers for the keys that events belong to."""

import threading
from collections.abc import Iterable

import numpy as np

from penstock.core.errors import DefinitionError


class Keys:
    """Numbers for composite keys, given in order of first appearance, in whichever thread.

    Examples
    --------
    >>> keys = Keys(("symbol", "venue"))
    >>> keys.number(("ES", "CME")), keys.number(("ES", "ICE")), keys.number(("ES", "CME"))
    (0, 1, 0)
    >>> keys.names[1]
    ('ES', 'ICE')
    """

    def __init__(self, columns: tuple[str, ...] = ("symbol",)) -> None:
        if not columns:
            raise DefinitionError("Keys: at least one key column is needed, got none")
        self.columns = columns
        self.names: list[tuple[str, ...]] = []
        self._numbers: dict[tuple[str, ...], int] = {}
        self._naming = threading.Lock()  # only new names take it

    def __len__(self) -> int:
        return len(self.names)

    def number(self, name: tuple[str, ...]) -> int:
        """The number of a key, new if it was never seen."""
        found = self._numbers.get(name)
        if found is not None:
            return found
        if len(name) != len(self.columns):
            raise DefinitionError(
                f"Keys: a key needs {len(self.columns)} parts ({', '.join(self.columns)}), "
                f"got {name!r}"
            )
        with self._naming:
            if name not in self._numbers:
                self.names.append(name)  # a number that is known has its name
                self._numbers[name] = len(self.names) - 1
            return self._numbers[name]

    def number_all(self, names: Iterable[tuple[str, ...]]) -> np.ndarray:
        """The numbers of many keys, as int64."""
        return np.array([self.number(name) for name in names], np.int64)
