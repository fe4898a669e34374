"""What a gateway runs on: load, budget, quota."""

from penstock.declare import Feature
from penstock.formulas.llm import context

INF = float("inf")

FEATURES = (
    Feature(
        "llm_context.cpu_load",
        context.cpu_load,
        says="Utilisation of the processors, with fading memory.",
        source="seed 002; CTX_001",
        oracle="pandas.Series.ewm",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_context.memory_load",
        context.memory_load,
        says="Share of the memory that is used.",
        source="CTX_002",
        oracle="NumPy",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_context.queue_depth",
        context.queue_depth,
        says="Requests that wait.",
        source="seed 002; CTX_003",
        oracle="NumPy",
        range=(0.0, INF),
    ),
    Feature(
        "llm_context.concurrent_requests",
        context.concurrent_requests,
        says="Attempts that have begun and not ended.",
        source="CTX_004",
        oracle="brute force",
        range=(0.0, INF),
    ),
    Feature(
        "llm_context.budget_remaining_ratio",
        context.budget_remaining_ratio,
        says="Share of the budget that is left; below 0 where it is overspent.",
        source="seed 002 budget; CTX_005",
        oracle="brute force over completions",
        range=(-INF, 1.0),
    ),
    Feature(
        "llm_context.budget_burn_rate",
        context.budget_burn_rate,
        says="Share of the budget that is spent against the share of the period that has gone.",
        source="design (SRE burn rate)",
        oracle="brute force over completions",
        range=(0.0, INF),
    ),
    Feature(
        "llm_context.seconds_until_budget_reset",
        context.seconds_until_budget_reset,
        says="Seconds until the budget's period ends.",
        source="CTX_006",
        oracle="datetime.datetime",
        range=(0.0, INF),
    ),
    Feature(
        "llm_context.model_availability",
        context.model_availability,
        says="Share of the last W in which probes found the model healthy.",
        source="CTX_007",
        oracle="brute force over probes",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_context.api_quota_remaining",
        context.api_quota_remaining,
        says="What is left of the tightest limit of a provider.",
        source="CTX_009",
        oracle="numpy.nanmin",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_context.region_load",
        context.region_load,
        says="Requests of the region against its capacity.",
        source="CTX_010",
        oracle="pandas",
        range=(0.0, INF),
    ),
)
