"""Models and their fits on a window of values; libraries of the ``fits`` extra load at the first fit."""

from penstock.core.model import Model, later
from penstock.fits.autoregression import autoregression
from penstock.fits.microprice import microprice

GARCH = Model("garch(1,1) normal constant v1", 6, later("penstock.fits.garch", "fit_garch", "fits"))
HAWKES = Model("hawkes exponential v1", 3, later("penstock.fits.hawkes", "fit_hawkes", "fits"))

__all__ = ["GARCH", "HAWKES", "autoregression", "microprice"]
