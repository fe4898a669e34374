"""Operators that break a rule: they read ahead, depend on blocks, or on chance."""

from dataclasses import dataclass

import numpy as np

from penstock.core.jit import jit
from penstock.expr import Expr, Operator


@jit
def _next_value(out, x):
    for i in range(out.size):
        out[i] = x[i + 1] if i + 1 < out.size else x[i]


@jit
def _above_mean(out, x):
    total = 0.0
    for i in range(out.size):
        total += x[i]
    for i in range(out.size):
        out[i] = x[i] - total / out.size


@jit
def _since_block(out, x):
    total = 0.0
    for i in range(out.size):
        total += x[i]
        out[i] = total


@jit
def _chance(out, x):
    for i in range(out.size):
        out[i] = x[i] + np.random.random()  # noqa: NPY002  (what Numba knows)


@jit
def _fair(out, x, registers):
    s = registers[0]
    last = s["last"]
    for i in range(out.size):
        out[i] = last
        last = x[i]
    s["last"] = last


@dataclass(frozen=True, eq=False, repr=False)
class NextValue(Operator):
    """The value that comes next, where the block has it."""

    x: Expr
    kernel = staticmethod(_next_value)


@dataclass(frozen=True, eq=False, repr=False)
class AboveMean(Operator):
    """How much a value is above the mean of its block."""

    x: Expr
    kernel = staticmethod(_above_mean)


@dataclass(frozen=True, eq=False, repr=False)
class SinceBlock(Operator):
    """A sum that forgets what was before the block."""

    x: Expr
    kernel = staticmethod(_since_block)


@dataclass(frozen=True, eq=False, repr=False)
class Chance(Operator):
    """A value and some noise."""

    x: Expr
    kernel = staticmethod(_chance)


@dataclass(frozen=True, eq=False, repr=False)
class Fair(Operator):
    """The value before."""

    x: Expr
    registers = np.dtype([("last", "f8")])
    kernel = staticmethod(_fair)
