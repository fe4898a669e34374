"""Rewrite ``catalog.lock``: ``python -m penstock.catalog``."""

from pathlib import Path

from penstock.catalog import FEATURES
from penstock.declare.lock import lock, read_lock, renewed, write_lock

LOCK = Path(__file__).with_name("catalog.lock")


def main() -> None:
    """Write the lock, unless a feature changed without a new version."""
    old = read_lock(LOCK.read_text()) if LOCK.exists() else {}
    LOCK.write_text(write_lock(renewed(old, lock(FEATURES))))


if __name__ == "__main__":
    main()
