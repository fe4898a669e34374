"""How a model did of late."""

from penstock.declare import Feature
from penstock.formulas.llm import performance

INF = float("inf")

FEATURES = (
    Feature(
        "llm_performance.latency_p50",
        performance.latency_p50,
        says="Median latency of the model's answers in the last W.",
        source="seed 004; PERF_001/004",
        oracle="numpy.quantile",
        range=(0.0, INF),
    ),
    Feature(
        "llm_performance.latency_p95",
        performance.latency_p95,
        says="95th percentile of the latency of the model's answers in the last W.",
        source="seed 002; PERF_002/005",
        oracle="numpy.quantile",
        range=(0.0, INF),
    ),
    Feature(
        "llm_performance.latency_p99",
        performance.latency_p99,
        says="99th percentile of the latency of the model's answers in the last W.",
        source="PERF_003",
        oracle="numpy.quantile",
        range=(0.0, INF),
    ),
    Feature(
        "llm_performance.time_to_first_token_p50",
        performance.time_to_first_token_p50,
        says="Median wait for the first token in the last W.",
        source="design (streaming UX)",
        oracle="numpy.quantile",
        range=(0.0, INF),
    ),
    Feature(
        "llm_performance.tokens_per_second",
        performance.tokens_per_second,
        says="Tokens per second from the first to the last token, over the last W.",
        source="design",
        oracle="pandas",
        range=(0.0, INF),
    ),
    Feature(
        "llm_performance.success_rate",
        performance.success_rate,
        says="Share of attempts of the last W that were answered, by Laplace's rule.",
        source="seed 002; PERF_006/007",
        oracle="pandas",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_performance.timeout_rate",
        performance.timeout_rate,
        says="Share of attempts of the last W that timed out.",
        source="CTX_008 moved here",
        oracle="pandas",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_performance.rate_limit_rate",
        performance.rate_limit_rate,
        says="Share of attempts of the last W that were refused for a limit.",
        source="design",
        oracle="pandas",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_performance.retry_rate",
        performance.retry_rate,
        says="Repeated attempts for each first one of the last W.",
        source="PERF_012",
        oracle="pandas",
        range=(0.0, INF),
    ),
    Feature(
        "llm_performance.avg_cost_per_request",
        performance.avg_cost_per_request,
        says="Mean cost of an attempt of the last W.",
        source="PERF_009",
        oracle="pandas",
        range=(0.0, INF),
    ),
    Feature(
        "llm_performance.throughput",
        performance.throughput,
        says="Answers per second in the last W.",
        source="seed 002; PERF_010",
        oracle="pandas",
        range=(0.0, INF),
    ),
    Feature(
        "llm_performance.token_efficiency",
        performance.token_efficiency,
        says="Tokens of answers for each token of their prompts in the last W.",
        source="PERF_011",
        oracle="pandas",
        range=(0.0, INF),
    ),
)
