"""What an order costs beyond the mid, and how far quotes and prices follow what was traded."""

from penstock.declare import Feature
from penstock.formulas.microstructure import impact

INFINITY = float("inf")

FEATURES = (
    Feature(
        "microstructure.market_order_slippage",
        impact.market_order_slippage,
        says="Price of buying or selling a notional at once beyond the mid, in basis points.",
        source="definition",
        oracle="brute force over levels",
        range=(0.0, INFINITY),
    ),
    Feature(
        "microstructure.slippage_asymmetry",
        impact.slippage_asymmetry,
        says="Slippage of buying a notional at once less that of selling it, in basis points.",
        source="definition",
        oracle="brute force over levels",
    ),
    Feature(
        "microstructure.pastor_stambaugh_gamma",
        impact.pastor_stambaugh_gamma,
        says="How far returns turn back after a bar per value traded in it, an estimate.",
        source="Pastor-Stambaugh 2003",
        oracle="statsmodels.api.OLS",
    ),
    Feature(
        "microstructure.lin_sanger_booth_lambda",
        impact.lin_sanger_booth_lambda,
        says="Share of a trade's distance from the mid by which the mid follows it, an estimate.",
        source="Lin-Sanger-Booth 1995",
        oracle="scipy.stats.linregress",
    ),
)
