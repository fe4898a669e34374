"""Hostile data for operators, drawn by Hypothesis."""

import numpy as np
from hypothesis import strategies as st

from penstock.expr import Operator
from penstock.ops.laws.cases import LEVELS, Case, make


@st.composite
def cases(draw: st.DrawFn, node: Operator) -> Case:
    """Hostile data: any level, ties in time and value, values that are not finite, spikes."""
    return make(
        node,
        np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed")),
        draw(st.integers(1, 90), label="size"),
        level=draw(st.sampled_from(LEVELS), label="level"),
        bad=draw(st.sampled_from((0.0, 0.02, 0.2)), label="share of bad values"),
        other=draw(st.booleans(), label="another clock"),
    )
