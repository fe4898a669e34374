"""Who may ask, how often, and for how much."""

from penstock.serve.access import NOBODY, Keys, Rates
from penstock.serve.replies import Headers
from penstock.store.registry.api_keys import ADMIN, PUSH, READ

OPEN = {"/health", "/ready"}  # for whoever looks after servers
SCOPES = {"/push": PUSH, "/reload": ADMIN}


class Gate:
    """What requests must pass.

    Parameters
    ----------
    keys, rates
        Who may ask, and how often.
    largest
        Bytes of a body, at most.
    """

    def __init__(self, keys: Keys, rates: Rates, largest: int) -> None:
        self.keys, self.rates, self.largest = keys, rates, largest

    def too_often(self, wait: float) -> tuple[int, str, Headers]:
        """That a caller must wait so many seconds."""
        after = b"%d" % max(1, round(wait + 0.5))
        return 429, f"at most {self.rates.rate:g} requests a second", [(b"retry-after", after)]

    def too_large(self) -> tuple[int, str]:
        """That a body is too large."""
        return 413, f"a body of at most {self.largest:,} bytes is needed"

    def refused(self, path: str, headers: dict[bytes, bytes]) -> tuple[int, str, Headers] | None:
        """Why a request is not answered: a status, a sentence and headers."""
        caller = NOBODY
        if self.keys.demanded and path not in OPEN:
            given = headers.get(b"authorization") or headers.get(b"x-api-key") or b""
            key = self.keys.find(given) if given else None
            if key is None:
                return (
                    401,
                    "an API key is needed: Authorization: Bearer KEY",
                    [(b"www-authenticate", b"Bearer")],
                )
            scope = SCOPES.get(path, READ)
            if not key.allows(scope):
                return 403, f"a key with the scope {scope} is needed", []
            caller = key.id
        if self.rates.rate and path not in OPEN:
            wait = self.rates.wait(caller)
            if wait:
                return self.too_often(wait)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.largest:
            return *self.too_large(), []
        return None
