"""Where compiled entries are kept: a prebuilt place that is only read, and a place of this user's own.

A place holds one directory per platform, since the bits of one are not those of another. Entries are pickles: a
directory that somebody else could write is never read.
"""

import functools
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

NAMED = "platform.txt"  # in a prebuilt directory: the platform that it is for
TEMPORARY = "penstock-"  # how the name of a temporary directory begins
_prebuilt: list[Path] = []  # at most one: a setting
_own: list[Path] = []  # at most one: where a compiler for others writes


@dataclass(frozen=True, slots=True)
class Cache:
    """The directories in use.

    Attributes
    ----------
    kind
        ``prebuilt``, ``user`` or ``temporary``: where an entry is looked for first.
    directory
        Where entries that are not found are written.
    prebuilt
        The prebuilt directory of this platform, or None.
    why
        The reason, in words.
    """

    kind: str
    directory: Path
    prebuilt: Path | None
    why: str


def use_prebuilt(place: Path | str | None) -> None:
    """Read entries from what ``penstock compile --out`` made; None goes back to the user's own.

    Parameters
    ----------
    place
        The directory that was given to ``--out``.
    """
    _prebuilt[:] = [] if place is None else [Path(place).expanduser().absolute()]
    find.cache_clear()


def write_to(place: Path | None) -> None:
    """Write entries here, for others to read; None goes back to the user's own place."""
    _own[:] = [] if place is None else [place.absolute()]
    find.cache_clear()


def folder(platform: str) -> str:
    """The name of a platform's directory."""
    return hashlib.sha256(platform.encode()).hexdigest()[:12]


@functools.cache
def find(platform: str) -> Cache:
    """The directories for a platform."""
    own, kind, why = _writable(platform)
    if not _prebuilt:
        return Cache(kind, own, None, why)
    place = _prebuilt[0] / folder(platform)
    refused = refusal(place, platform)
    if refused:
        return Cache(kind, own, None, f"{refused}; {why}")
    return Cache("prebuilt", own, place, f"it was built for this platform; what it lacks: {why}")


def refusal(place: Path, platform: str) -> str:
    """Why a prebuilt directory is not read; empty where it is."""
    if not place.parent.is_dir():
        return f"no prebuilt cache at {place.parent}"
    if not place.is_dir():
        others = [path.read_text().strip() for path in sorted(place.parent.glob(f"*/{NAMED}"))]
        return (
            f"the prebuilt cache at {place.parent} is for {' and '.join(others) or 'no platform'}, "
            f"and this is {platform}"
        )
    status = place.stat()
    if status.st_uid not in (0, os.getuid()) or status.st_mode & 0o022:
        return f"{place} belongs to user {status.st_uid} with mode {status.st_mode & 0o777:o}: others may write it"
    return ""


def _writable(platform: str) -> tuple[Path, str, str]:
    """Where entries are written, its kind, and why there."""
    wanted = (_own[0] if _own else Path.home() / ".cache" / "penstock") / folder(platform)
    try:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = wanted.stat()
    except OSError as error:
        return _temporary(f"{wanted} cannot be made: {error.strerror}")
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        return _temporary(f"{wanted} belongs to another user, or others may write it")
    if not os.access(wanted, os.W_OK):
        return _temporary(f"{wanted} cannot be written")
    return wanted, "user", "a directory of this user alone"


def _temporary(why: str) -> tuple[Path, str, str]:
    made = Path(tempfile.mkdtemp(prefix=TEMPORARY))
    return made, "temporary", f"{why}, so each process compiles anew"
