"""Microstructure: spreads, depth, price impact, and the rhythm of quotes and trades."""

from penstock.catalog.microstructure import (
    book_shape,
    depth,
    estimates,
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
    *estimates.FEATURES,
    *depth.FEATURES,
    *book_shape.FEATURES,
    *rhythm.FEATURES,
    *moves.FEATURES,
    *prints.FEATURES,
    *impact.FEATURES,
    *revisions.FEATURES,
    *fitted.FEATURES,
)
