"""A prebuilt cache: entries compiled into a directory that others only read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from penstock.core import cache
from penstock.core.errors import DefinitionError
from penstock.core.native import REASON, available, platform_text
from penstock.jobs.warm import Task, warm

READABLE_DIRECTORY, READABLE_FILE = 0o755, 0o644


@dataclass(frozen=True, slots=True)
class Prebuilt:
    """What was built: the directory of this platform, its entries, those that were new, and bytes."""

    directory: Path
    platform: str
    entries: int
    compiled: int
    bytes: int


def prebuild(
    todo: Iterable[Task], out: Path, *, step: Callable[[], None] = lambda: None
) -> Prebuilt:
    """Compile tasks into ``out``; what is there already is kept.

    Parameters
    ----------
    todo
        What to compile.
    out
        The directory to give to ``use_prebuilt``; each platform has a directory of its own in it.
    step
        Called after each task.

    Raises
    ------
    DefinitionError
        Nothing compiles here, or ``out`` cannot be written.
    """
    if not available():
        raise DefinitionError(f"penstock compile: a working compiler is needed, got {REASON}")
    place = out.absolute() / cache.folder(platform_text())
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DefinitionError(
            f"--out: a directory that can be made is needed, got {out} ({error.strerror})"
        ) from error
    # in place from the start: with it an entry's machine code is beside it, wherever Numba may write
    (place / "__pycache__").mkdir(exist_ok=True)
    (place / cache.NAMED).write_text(platform_text() + "\n")
    compiled = warm(todo, step=step, into=out)
    for lock in place.glob("*.lock"):
        lock.unlink()
    files = [path for path in place.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(READABLE_FILE)
    for folder in (out, place, place / "__pycache__"):
        folder.chmod(READABLE_DIRECTORY)
    return Prebuilt(
        directory=place,
        platform=platform_text(),
        entries=sum(path.suffix == ".py" for path in files),
        compiled=compiled,
        bytes=sum(path.stat().st_size for path in files),
    )
