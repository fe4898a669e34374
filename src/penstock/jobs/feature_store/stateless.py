"""Expressions over the columns of single rows, computed by the engine: no state, no clock."""

import threading
from collections.abc import Mapping

import numpy as np

from penstock.core.arrays import F8
from penstock.engine import Engine
from penstock.events import Block
from penstock.expr import Expr
from penstock.plan import build
from penstock.streams import Stream

ROWS = 1_024  # that the engine takes at one time, at most


class Stateless:
    """Columns that depend on one row of numbers alone; for any thread.

    Parameters
    ----------
    columns
        By name, expressions over the columns of `stream`.
    stream
        Whose fields are the inputs.

    Examples
    --------
    >>> from penstock.declare.on_demand import OnDemand
    >>> made = OnDemand("risk", {"share": "amount / 4"}, request={"amount": "1"})
    >>> Stateless(made.expressions({}), made.stream({})).compute({"amount": np.array([1.0, 2.0])})
    array([[0.25],
           [0.5 ]])
    """

    def __init__(self, columns: Mapping[str, Expr], stream: Stream) -> None:
        self.names = tuple(columns)
        self.inputs = tuple(field.name for field in stream.type.fields)
        self._stream = stream
        self._engine = Engine(build(columns, stream, (stream,)), capacity=ROWS)
        self._lock = threading.Lock()  # one engine has one writer

    def compute(self, inputs: Mapping[str, F8]) -> F8:
        """The columns of each row, shape (rows, columns); a null is NaN."""
        size = len(next(iter(inputs.values())))
        if not size:
            return np.empty((0, len(self.names)))
        columns = {name: np.ascontiguousarray(inputs[name], np.float64) for name in self.inputs}
        block = Block.of(self._stream.type, time=np.zeros(size, np.int64), **columns)
        with self._lock:
            return self._engine.push_block(block, self._stream).values()
