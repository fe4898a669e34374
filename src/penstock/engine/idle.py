"""Which keys stay in memory: those that were silent for too long, or longest where there are too many, are evicted.

How long a key has been silent is event time since its last event. Evicted, a key's state is spilled where there is a
store for it, and comes back with its next event; without one it is dropped, and the key begins anew.
"""

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.engine.due import FOREVER
from penstock.engine.spill import Spill, Store

SHARE = (
    16  # of too many keys, one in so many is evicted at once: looking for them takes a look at all
)
FEWEST = 64  # keys before it is worth to look for silent ones


class Idle:
    """What decides which keys stay.

    Parameters
    ----------
    ttl
        Event time after which a silent key is evicted; None: never.
    maximum_keys
        Keys in memory, at most; None: any number.
    on_keys
        Above that: ``refuse`` events of new keys and count them, or ``evict`` the keys that were silent longest.
    spill
        Where states of evicted keys go; None: they are dropped.
    """

    def __init__(
        self,
        ttl: Duration | str | int | None = None,
        maximum_keys: int | None = None,
        on_keys: str = "refuse",
        spill: Store | None = None,
    ) -> None:
        if ttl is not None and duration(ttl) <= 0:
            raise DefinitionError(f"Engine: ttl must be positive, got {ttl!r}")
        if maximum_keys is not None and maximum_keys < 1:
            raise DefinitionError(f"Engine: maximum_keys must be at least 1, got {maximum_keys}")
        if on_keys not in ("refuse", "evict"):
            raise DefinitionError(f"Engine: on_keys must be 'refuse' or 'evict', got {on_keys!r}")
        self.ttl = FOREVER if ttl is None else int(duration(ttl))
        self.maximum, self.on_keys = maximum_keys, on_keys
        self.spill = None if spill is None else Spill(spill)
        self.evicted = self.restored = self.refused = 0
        self.now = -FOREVER  # no event before it is to come
        self._look_at = FEWEST

    def state(self) -> list[int]:
        """What was counted, and when the next look is; with the keys this is all that decides who goes."""
        return [self.evicted, self.restored, self.refused, self._look_at]

    def resume(self, state: list[int]) -> None:
        """Go on from a state."""
        self.evicted, self.restored, self.refused, self._look_at = state

    @property
    def active(self) -> bool:
        """Whether any key is ever evicted or refused."""
        return self.ttl < FOREVER or self.maximum is not None

    @property
    def forgets(self) -> int | None:
        """The silence after which a key begins anew; None where it never does for that."""
        return None if self.gap == FOREVER else self.gap

    @property
    def gap(self) -> int:
        """The silence after which a key's next event finds a new key; spilled keys come back as they were."""
        return FOREVER if self.spill is not None else self.ttl

    def silent(self, seen: np.ndarray) -> np.ndarray:
        """Which keys have been silent too long before another is let in; ``seen`` are their last events' times."""
        found = np.zeros(seen.size, bool)
        if self.ttl < FOREVER and seen.size >= self._look_at:
            found = seen < self.now - self.ttl
            self._look_at = max(FEWEST, 2 * int(seen.size - np.count_nonzero(found)))
        left = seen.size - int(np.count_nonzero(found))
        if self.on_keys == "evict" and self.maximum is not None and left >= self.maximum:
            few = left - self.maximum + max(1, self.maximum // SHARE)
            order = np.argsort(np.where(found, FOREVER, seen), kind="stable")
            found[order[:few]] = True
        return found

    def looks(self, keys: int) -> bool:
        """Whether it is time to look for silent keys."""
        too_long = self.ttl < FOREVER and keys >= self._look_at
        return too_long or (self.maximum is not None and keys >= self.maximum)
