"""What commands of the store share: where it is, who asks, and definitions in files."""

import getpass
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from penstock.cli.inputs import read_file
from penstock.core.errors import DefinitionError

if TYPE_CHECKING:
    from penstock.store.registry.definitions import Defined
    from penstock.store.registry.diff import Diff, Step
    from penstock.store.registry.registry import Registry

Store = Annotated[
    Path,
    Parameter(help="A penstock.toml, or a directory with or without one."),
]
By = Annotated[str | None, Parameter(help="Who asks, for the log; the user by default.")]
HERE = Path()


@contextmanager
def registry_of(store: Path) -> "Generator[Registry]":
    """The registry of a store."""
    from penstock.store.config import read_config
    from penstock.store.registry.registry import Registry

    made = Registry(read_config(store).registry)
    try:
        yield made
    finally:
        made.close()


def who(by: str | None) -> dict[str, Any]:
    """Who changes something, and when."""
    return {"by": by or getpass.getuser(), "at": time.time_ns()}


def definitions_in(files: Sequence[Path]) -> "list[Defined]":
    """What files define: a TOML file its view, a Python file the objects that its module names.

    Raises
    ------
    DefinitionError
        A file is of another kind, breaks a rule, or defines nothing.
    """
    found: list[Defined] = []
    for file in files:
        made = [read_file(file).view] if file.suffix == ".toml" else _of_module(file)
        found += [one for one in made if not any(one is other for other in found)]
    return found


def _of_module(file: Path) -> "list[Defined]":
    import penstock.catalog  # noqa: F401  # pyright: ignore[reportUnusedImport]  (requests find its features)
    from penstock.declare.own_modules import own_module
    from penstock.store.registry.definitions import Defined

    if file.suffix != ".py" or not file.is_file():
        got = (
            "a directory" if file.is_dir() else "no such file" if not file.exists() else file.suffix
        )
        raise DefinitionError(f"{file}: definitions must be a .toml or a .py file, got {got}")
    made = [one for one in vars(own_module(file)).values() if isinstance(one, Defined)]
    if not made:
        raise DefinitionError(
            f"{file}: a view, a service or an entity is needed at the module's level, got none"
        )
    return made


def told(diff: "Diff") -> dict[str, Any]:
    """A diff as JSON."""
    return {
        "revision": diff.revision,
        "changes": len(diff.changes),
        "steps": [told_step(step) for step in diff.steps],
    }


def told_step(step: "Step") -> dict[str, Any]:
    """A step as JSON."""
    return {**asdict(step), "says": str(step)}
