"""One price against another of the same underlying."""

from penstock.declare import Feature
from penstock.formulas.exchange import basis

FEATURES = (
    Feature(
        "exchange.perp_spot_basis",
        basis.perp_spot_basis,
        says="A perpetual's middle price against the spot's.",
        source="definition",
        oracle="numpy.log",
    ),
    Feature(
        "exchange.mark_last_divergence",
        basis.mark_last_divergence,
        says="The last trade against the mark price.",
        source="definition",
        oracle="numpy expr",
    ),
    Feature(
        "exchange.futures_annualized_basis",
        basis.futures_annualized_basis,
        says="What a future's price is above the spot's, for a year.",
        source="cost of carry",
        oracle="numpy.log",
    ),
    Feature(
        "exchange.term_structure_slope",
        basis.term_structure_slope,
        says="How the yearly basis rises with the time to expiry.",
        source="Schmeling-Schrimpf-Todorov 2023 carry",
        oracle="closed form",
    ),
)
