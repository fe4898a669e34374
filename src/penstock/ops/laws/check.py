"""Hold one operator to all laws."""

from collections.abc import Callable
from typing import Any

import numpy as np

from penstock.core.errors import LawError
from penstock.expr import Operator
from penstock.ops.laws import laws, text
from penstock.ops.laws.cases import LEVELS, Case, build, make

# what the class says, what holds for any data, and what holds for data made for it
SAID: tuple[Callable[[type[Operator]], None], ...] = (
    text.facts,
    text.state,
    text.counts,
    text.hot_path,
)
OF_DATA: tuple[Callable[[Operator, Case], None], ...] = (
    laws.oracle,
    laws.blocks,
    laws.recovery,
    laws.machine_code,
    laws.memory,
    laws.merging,
)
OF_OPERATOR: tuple[Callable[[Operator], None], ...] = (
    laws.warmup,
    laws.unit,
    laws.trace,
    laws.skipped,
)


def check_operator(
    operator: type[Operator], *, cases: int = 40, seed: int = 0, **parameters: Any
) -> dict[str, str]:
    """Hold an operator to the laws that Penstock's own are held to.

    Parameters
    ----------
    operator
        The class; its ``example`` gives the parameters.
    cases
        Series of hostile data: ties in time and value, silences, levels from 0 to 1e6, NaN, infinities, spikes.
    seed
        Of the data.
    **parameters
        In place of those of the example.

    Returns
    -------
    dict
        The laws that hold, each with what it says; an exempt one says why.

    Raises
    ------
    LawError
        The first law that is broken: the operator, the rule and the tick.
    """
    if not hasattr(operator, "oracle"):
        raise LawError(f"{operator.__name__}: an oracle is needed to hold a kernel to, got none")
    node = build(operator, **parameters)
    for law in SAID:
        law(operator)
    rng = np.random.default_rng(seed)
    for _ in range(0 if "kernel" in operator.exempt else cases):
        case = make(
            node,
            rng,
            int(rng.integers(1, 90)),
            level=float(rng.choice(LEVELS)),
            bad=float(rng.choice([0.0, 0.02, 0.2])),
            other=bool(rng.integers(0, 2)),
        )
        for held in OF_DATA:
            held(node, case)
    for held in OF_OPERATOR:
        if not {held.__name__, "kernel"} & operator.exempt.keys():
            held(node)
    every = (*SAID, *OF_DATA, *OF_OPERATOR)
    return {law.__name__: operator.exempt.get(law.__name__, said(law)) for law in every}


def said(law: Callable[..., None]) -> str:
    """What a law says."""
    return (law.__doc__ or "").rstrip(".")
