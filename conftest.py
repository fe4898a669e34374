"""What every test and every docstring example finds in place."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from penstock.ops import harness

# scripts that a process of their own runs where a peer is installed: nothing to import, no examples
collect_ignore_glob = ["src/penstock/bench/peers/*"]

# the same examples in every run, and nothing fails for being slow
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
# constants of the modules that are imported by then are examples too, which differ from worker to worker: none of them
assert callable(providers._get_local_constants)
providers._get_local_constants = providers.Constants


@pytest.fixture(autouse=True)
def _names(doctest_namespace):
    """The names that the examples of operators use: columns x, y, z, v, and `evaluate`."""
    doctest_namespace |= {
        "evaluate": harness.evaluate,
        "x": harness.X,
        "y": harness.Y,
        "z": harness.Z,
        "v": harness.V,
    }
