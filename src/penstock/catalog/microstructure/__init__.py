"""Microstructure: spreads, depth, price impact, and the rhythm of quotes and trades."""

from penstock.catalog.microstructure import (
    depth,
    fitted,
    impact,
    moves,
    prints,
    revisions,
    rhythm,
    spreads,
)

FEATURES = (
    *spreads.FEATURES,
    *depth.FEATURES,
    *rhythm.FEATURES,
    *moves.FEATURES,
    *prints.FEATURES,
    *impact.FEATURES,
    *revisions.FEATURES,
    *fitted.FEATURES,
)
