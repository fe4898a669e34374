"""Models and their fits on a window of values; libraries of the ``fits`` extra load at the first fit."""

import functools

from penstock.core.model import Model, later
from penstock.fits.autoregression import autoregression
from penstock.fits.dfa import DFA
from penstock.fits.har import har
from penstock.fits.microprice import microprice

GARCH = Model("garch(1,1) normal constant v1", 6, later("penstock.fits.garch", "fit_garch", "fits"))
ACD = Model("acd(1,1) exponential v1", 6, later("penstock.fits.acd", "fit_acd", "fits"))
FAMILY = "penstock.fits.garch_family"
GJR = Model("gjr-garch(1,1,1) normal constant v1", 8, later(FAMILY, "fit_gjr", "fits"))
APARCH = Model("aparch(1,1,1) normal constant v1", 8, later(FAMILY, "fit_aparch", "fits"))
EGARCH = Model("egarch(1,1,1) normal constant v1", 7, later(FAMILY, "fit_egarch", "fits"))
STUDENT = Model("garch(1,1) t constant dof v1", 1, later(FAMILY, "fit_student", "fits"))
HAWKES = Model("hawkes exponential v1", 3, later("penstock.fits.hawkes", "fit_hawkes", "fits"))
SIDES = Model(
    "hawkes bivariate exponential v1",
    7,
    later("penstock.fits.hawkes_sides", "fit_hawkes_sides", "fits"),
)
PIN = Model("pin v1", 6, later("penstock.fits.pin", "fit_pin", "fits"))


def figarch(terms: int) -> Model:
    """A fractionally integrated GARCH whose sum has so many terms."""
    fit = functools.partial(later(FAMILY, "fit_figarch", "fits"), terms=terms)
    return Model(f"figarch {terms} v1", 7, fit)


__all__ = [
    "ACD", "APARCH", "DFA", "EGARCH", "GARCH", "GJR", "HAWKES", "PIN", "SIDES", "STUDENT", "autoregression", "figarch",
    "har", "microprice",
]  # fmt: skip
