"""API keys: shown once, kept as hashes, with scopes."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from penstock.core.errors import DefinitionError, nearest

READ, PUSH, ADMIN = SCOPES = ("read", "push", "admin")
PREFIX = "pk"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret."""

    id: str
    says: str
    scopes: tuple[str, ...]
    created: int
    revoked: int | None
    digest: str

    def allows(self, scope: str) -> bool:
        """Whether it may be used for something; ``admin`` may do all."""
        return self.revoked is None and (scope in self.scopes or ADMIN in self.scopes)


def new_key(scopes: Sequence[str]) -> tuple[str, str, str]:
    """A key's id, the text that is shown once, and the hash that is kept.

    A secret of 256 random bits needs no slow hash: it cannot be guessed.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise DefinitionError(
                f"API key: a scope must be one of {', '.join(SCOPES)}, got {scope!r}{nearest(scope, SCOPES)}"
            )
    if not scopes:
        raise DefinitionError(
            f"API key: at least one scope of {', '.join(SCOPES)} is needed, got none"
        )
    name, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return name, f"{PREFIX}_{name}_{secret}", digest(secret)


def digest(secret: str) -> str:
    """The hash of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def verified(text: str, known: dict[str, ApiKey]) -> ApiKey | None:
    """The key that a text is; None where it is none, or revoked. The time taken does not depend on the secret."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != PREFIX:
        return None
    found = known.get(parts[1])
    kept = found.digest if found else "0" * 64
    same = hmac.compare_digest(digest(parts[2]), kept)
    return found if found is not None and same and found.revoked is None else None
