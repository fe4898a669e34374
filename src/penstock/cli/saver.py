"""The state of ``penstock live`` in a file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.core.errors import DataError

if TYPE_CHECKING:
    from penstock.jobs.live import Live

MAGIC, OLD = b"penstock live 2\n", b"penstock live 1\n"


class Saver:
    """Writes the state every so many events, when what must be kept before it is."""

    def __init__(
        self, path: Path | None, every: int, before: Callable[[], None] | None = None
    ) -> None:
        self.path, self.every, self._before = path, every, before

    def saw(self, engine: "Live") -> None:
        """Save where the engine has taken so many events more."""
        if self.path is not None and engine.offered % self.every == 0:
            self.save(engine)

    def save(self, engine: "Live") -> None:
        """Replace the file at once, so that it is always whole."""
        if self._before is not None:
            self._before()
        if self.path is not None:
            scratch = self.path.with_name(f".{self.path.name}.new")
            scratch.write_bytes(MAGIC + engine.snapshot())
            scratch.replace(self.path)


def restored(path: Path | None) -> bytes | None:
    """The state in a file; none where there is no file yet."""
    if path is None or not path.exists():
        return None
    data = path.read_bytes()
    if data.startswith(OLD):  # the events that it had seen, then the engine's state
        return data[len(OLD) :]
    if not data.startswith(MAGIC):
        raise DataError(
            f"{path}: --snapshot must be a file that penstock live wrote, got another; name a new one"
        )
    return data[len(MAGIC) :]
