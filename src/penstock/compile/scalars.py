"""The live wrapper of many kernels: a list of (code, steps) for operators that cost less than a call.

A batch costs 12 to 20 ns of a live event beside its steps: a call through an address into code that has left the
processor's caches. Steps of one float a tick need no code of their own: one wrapper, the same for every plan, walks
runs of them and calls the kernel of each run's code.
"""

from functools import cache
from itertools import groupby
from typing import Any

from penstock.compile import machine
from penstock.compile.layout import Layout
from penstock.compile.steps import float_bits
from penstock.core import native
from penstock.expr import Constant, Operator, operand_names
from penstock.expr.operator import arguments
from penstock.ops.scalars import SCALARS
from penstock.plan import value

CODES = {cls.kernel: code for code, cls in enumerate(SCALARS)}

HEADER = '''"""Wrapper of the operators that are cheaper to compute than to call."""
from numba import njit
from penstock.core import memory
from penstock.core.native import dispatcher
load, as_float = dispatcher(memory.load), dispatcher(memory.as_float)
column, f8_view = dispatcher(memory.column), dispatcher(memory.f8_view)
'''

BODY = """
{mark}
def wrapper(arena, descriptor, ticks):
    d = descriptor + 8
    for run in range(load(descriptor)):
        code, steps = load(d), load(d + 8)
        d += 16
"""

RUN = """        {word} code == {code}:
            for step in range(steps):
                kernel_{code}({arguments})
                d += {stride}
"""


def _arguments(cls: type[Operator]) -> tuple[str, int]:
    """The arguments of a kernel as expressions that read the fields of a step, and how many fields it has."""
    shown, fields = [], 0
    for name in arguments(cls.kernel):
        at = 8 * fields
        if name in cls.outputs or name in operand_names(cls):
            shown.append(f"f8_view(column(arena, d + {at}, 1), 1)")
            fields += 2
        else:
            shown.append(f"as_float(load(d + {at}))")
            fields += 1
    return ", ".join(shown), fields


def source() -> str:
    """The source of the wrapper."""
    imports, runs = [], []
    for code, cls in enumerate(SCALARS):
        imports.append(f"{native.reference(cls.kernel)}\nkernel_{code} = dispatcher(function)\n")
        shown, fields = _arguments(cls)
        word = "elif" if code else "if"
        runs.append(RUN.format(word=word, code=code, arguments=shown, stride=8 * fields))
    return HEADER + "".join(imports) + BODY.format(mark=machine.MARK) + "".join(runs)


@cache
def _wrapper() -> tuple[int, Any]:
    kernels = [cls.kernel for cls in SCALARS]
    return machine.made(
        "scalars", source(), lambda: "\n".join(native.code_hash(kernel) for kernel in kernels)
    )


def batch(nodes: list[Operator], made: Layout) -> tuple[int, list[int]]:
    """The wrapper and the descriptor of steps that run in this order."""
    runs = [
        (code, list(steps)) for code, steps in groupby(nodes, lambda node: CODES[type(node).kernel])
    ]
    descriptor = [len(runs)]
    for code, steps in runs:
        descriptor += [code, len(steps)]
        for node in steps:
            descriptor += _fields(node, made)
    return _wrapper()[0], descriptor


def _fields(node: Operator, made: Layout) -> list[int]:
    """Per column the cell of its cursor and that of its value; parameters as they are."""
    operands = dict(zip(operand_names(type(node)), node.operands, strict=True))
    fields: list[int] = []
    for name in node.kernel_arguments:
        if name in operands or name in node.outputs:
            operand = operands.get(name)
            place = made.places[(node, name) if operand is None else value(operand)]
            ago = 0 if operand is None or isinstance(operand, Constant) else node.lookback
            fields += [place.cursor, place.base - ago]
        else:
            fields.append(float_bits(getattr(node, name)))
    return fields
