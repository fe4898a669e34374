"""Who may ask, and how often."""

import hashlib
import time
from collections.abc import Callable, Mapping

from penstock.store.registry.api_keys import ApiKey, verified

NOBODY = "anonymous"


class Keys:
    """The API keys of the registry; without any demanded, everybody may do everything.

    Parameters
    ----------
    demanded
        Whether a request needs a key.
    """

    def __init__(self, *, demanded: bool) -> None:
        self.demanded = demanded
        self._known: dict[str, ApiKey] = {}
        self._seen: dict[bytes, ApiKey] = {}

    def renew(self, known: Mapping[str, ApiKey]) -> None:
        """Take the registry's keys; those that were revoked end."""
        self._known = dict(known)
        self._seen = {}

    def find(self, given: bytes) -> ApiKey | None:
        """The key that a header brings; None where it is none that holds.

        One that was verified is known again by its hash, so that no comparison depends on the secret.
        """
        name = hashlib.blake2b(given, digest_size=16).digest()
        found = self._seen.get(name)
        if found is None:
            text = given.removeprefix(b"Bearer ").decode("latin-1")
            found = verified(text, self._known)
            if found is not None:
                self._seen[name] = found
        return found


class Rates:
    """Token buckets: so many requests a second for each caller, and as many at once.

    Parameters
    ----------
    rate
        Requests a second; 0 for no limit.
    """

    def __init__(self, rate: float, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._ticks = ticks
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, caller: str) -> float:
        """Seconds until the caller may ask again; 0 where it may now."""
        now = self._ticks()
        room, last = self._buckets.get(caller, (self.rate, now))
        room = min(self.rate, room + (now - last) * self.rate)
        if room < 1.0:
            self._buckets[caller] = room, now
            return (1.0 - room) / self.rate
        if len(self._buckets) > 100_000:
            self._buckets.clear()  # callers without end: all begin anew
        self._buckets[caller] = room - 1.0, now
        return 0.0
