"""The lock: a definition or a kernel that changed needs a new version.

A line of ``catalog.lock`` reads ``name v<version> <fingerprint> <hash of the kernels' source>``.
"""

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from penstock.core.errors import DefinitionError
from penstock.core.native import reached
from penstock.declare import facts
from penstock.declare.feature import Feature


def lock_entry(feature: Feature) -> str:
    """What the lock keeps of a feature at its defaults."""
    kernels = {type(node).kernel for node in facts.operators(feature.expr())}
    texts = sorted({text for kernel in kernels for text in code(kernel)})
    source = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    return f"v{feature.version} {feature.fingerprint} {source}"


@cache
def code(function: Callable[..., Any]) -> tuple[str, ...]:
    """The code of a kernel and of every marked function it reaches, without comments, docstrings and layout."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    body = tree.body[0].body  # type: ignore[attr-defined]
    if ast.get_docstring(tree.body[0]) is not None:  # type: ignore[arg-type]
        del body[0]
    inner = [text for _, _, callee in reached(function) for text in code(callee)]
    return (ast.unparse(tree), *inner)


def lock(features: Iterable[Feature]) -> dict[str, str]:
    """The lock of these features by name."""
    return {
        feature.name: lock_entry(feature)
        for feature in sorted(features, key=lambda feature: feature.name)
    }


def read_lock(text: str) -> dict[str, str]:
    """The entries of a lock file."""
    return {
        name: entry
        for name, _, entry in (line.partition(" ") for line in text.splitlines() if line)
    }


def write_lock(entries: Mapping[str, str]) -> str:
    """The text of a lock file."""
    return "".join(f"{name} {entry}\n" for name, entry in entries.items())


def broken(locked: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The features that changed without a new version."""
    return [
        name
        for name, entry in now.items()
        if name in locked and entry != locked[name] and entry.split()[0] == locked[name].split()[0]
    ]


def renewed(locked: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """The lock to write; raises where a change has no new version."""
    changed = broken(locked, now)
    if changed:
        raise DefinitionError(
            f"catalog.lock: a changed feature needs a new version, got {', '.join(changed)}"
        )
    return dict(now)
