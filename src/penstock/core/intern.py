"""Interning: a definition written twice is one object.

Structural hashing of a shared graph is exponential in its depth, so equality is decided once, when a node is
made: its children are interned already and compare by identity.
"""

import dataclasses
import weakref
from typing import Any

NODES: weakref.WeakValueDictionary[tuple[object, ...], object] = weakref.WeakValueDictionary()


class Interned(type):
    """Metaclass of immutable dataclasses: the same constructor call returns the same object.

    It takes and gives ``Any``, because what is written, such as ``"30s"`` or ``2.0``, is not yet what the fields hold.
    """

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        node = super().__call__(*args, **kwargs)
        values = (getattr(node, field.name) for field in dataclasses.fields(node))
        # the type is part of the key because 1 == 1.0 == True; a float's bits because 0.0 == -0.0
        key = (cls, *((type(v), v.hex() if isinstance(v, float) else v) for v in values))
        return NODES.setdefault(key, node)
