"""The suites by name."""

from collections.abc import Callable, Mapping
from typing import Any

from penstock.bench.accuracy import accuracy
from penstock.bench.catalogue import catalogue
from penstock.bench.engine import engine
from penstock.bench.levels import levels
from penstock.bench.llm import llm
from penstock.bench.machine import machine
from penstock.bench.microstructure import microstructure
from penstock.bench.operators import operators
from penstock.bench.read import read
from penstock.bench.serving import serving
from penstock.bench.startup import startup
from penstock.bench.store import store
from penstock.bench.texts import text
from penstock.core.errors import DefinitionError, nearest

Suite = Callable[..., list[dict[str, Any]]]

SUITES: Mapping[str, Suite] = {
    "engine": engine,
    "operators": operators,
    "catalogue": catalogue,
    "accuracy": accuracy,
    "startup": startup,
    "read": read,
    "store": store,
    "serving": serving,
    "llm": llm,
    "text": text,
    "microstructure": microstructure,
    "levels": levels,
}


def run_suite(name: str, *, quick: bool = False) -> dict[str, Any]:
    """Measure a suite.

    Parameters
    ----------
    name
        One of ``SUITES``.
    quick
        Tiny sizes: the shape of the result is right, its figures mean little.

    Returns
    -------
    dict
        ``{"machine": ..., "suite": name, "results": [{"case": ..., ...}]}``; units are in the keys.
    """
    if name not in SUITES:
        raise DefinitionError(
            f"Bench: a suite must be one of {', '.join(SUITES)}, got {name!r}{nearest(name, SUITES)}"
        )
    before = machine()
    return {"machine": before, "suite": name, "results": SUITES[name](quick=quick)}
