"""What features must give, from other libraries and by brute force: a function for each, named as the feature.

Such a function takes the events, the times of the rows, and the parameters that a request names. Where the library
that it asks has another rule for hostile data than we have, ``NAME_by_hand`` beside it says what is wanted there. A
module also lists the requests that are checked, by what they read and so by the clock they are checked on: ``BARS``,
``TRADES``, ``QUOTES``, ``BOOKS``, and ``TIMED`` and ``QUOTED`` for what is sampled in time, the second with quotes;
``DERIVATIVES`` on bars with open interest, ``VENUES`` on all that a venue says, ``BASES`` and ``SEVERAL`` on venues in
roles, ``QUOTED_BARS`` on quotes beside bars, ``OPTIONS`` as they trade and ``OPEN_OPTIONS`` as their open interest is
published, and ``PAIRS`` of symbols; ``ASKED`` at each request of a
gateway of language models, and ``SERVED`` there every ten seconds; ``SCORED`` at each score of a text, ``TOLD`` on
scores in time, and ``MOODY`` on bars beside them; ``FEED``, ``QUOTE_FEED`` and ``TWO_FEEDS`` on events that say when
they were received. ``PIPELINE`` on a session's levels,
and ``CHANGED`` there with other parameters. ``TOLERANCE`` gives, for a feature, a bound wider than 1e-9 and why.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

MODULES = [
    importlib.import_module(f"{__name__}.{module.name}")
    for module in pkgutil.iter_modules(__path__)
]


def listed(kind: str) -> tuple[str, ...]:
    """The requests of all modules that are checked on one kind of events."""
    return tuple(request for module in MODULES for request in getattr(module, kind, ()))


def functions(suffix: str = "") -> dict[str, Callable[..., Any]]:
    """The oracles by the name of their feature."""
    return {
        name.removesuffix(suffix): value
        for module in MODULES
        for name, value in vars(module).items()
        if callable(value) and value.__module__ == module.__name__ and name.endswith(suffix)
    }


def tolerances() -> dict[str, tuple[float, str]]:
    """The wider bounds, and why."""
    return {
        name: bound
        for module in MODULES
        for name, bound in getattr(module, "TOLERANCE", {}).items()
    }
