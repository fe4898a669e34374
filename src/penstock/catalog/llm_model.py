"""What a registry says of a model."""

from penstock.declare import Feature
from penstock.formulas.llm import models

INF = float("inf")

FEATURES = (
    Feature(
        "llm_model.context_length",
        models.context_length,
        says="Tokens of the model's largest context, as of the row.",
        source="seed 002; MDL_001",
        oracle="a table as of each time",
        range=(0.0, INF),
    ),
    Feature(
        "llm_model.max_output_tokens",
        models.max_output_tokens,
        says="Tokens of the model's longest answer, as of the row.",
        source="design",
        oracle="a table as of each time",
        range=(0.0, INF),
    ),
    Feature(
        "llm_model.cost_per_1k_input_tokens",
        models.cost_per_1k_input_tokens,
        says="Price of 1,000 tokens of a prompt, as of the row.",
        source="seed 002 cost; MDL_002",
        oracle="a table as of each time",
        range=(0.0, INF),
    ),
    Feature(
        "llm_model.cost_per_1k_output_tokens",
        models.cost_per_1k_output_tokens,
        says="Price of 1,000 tokens of an answer, as of the row.",
        source="seed 002 cost; MDL_003",
        oracle="a table as of each time",
        range=(0.0, INF),
    ),
    Feature(
        "llm_model.capability_score",
        models.capability_score,
        says="Weighted mean of the model's percentiles in benchmarks.",
        source="MDL_004",
        oracle="numpy.average",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_model.capabilities",
        models.capabilities,
        says="Bits of what the model can do.",
        source="seed 002 capabilities; MDL_006-008",
        oracle="closed form",
        range=(0.0, 63.0),
    ),
    Feature(
        "llm_model.knowledge_cutoff_age",
        models.knowledge_cutoff_age,
        says="Days since the end of what the model was trained on.",
        source="MDL_005",
        oracle="closed form",
        range=(0.0, INF),
    ),
    Feature(
        "llm_model.provider",
        models.provider,
        says="Who serves the model, as a category.",
        source="MDL_009",
        oracle="a table as of each time",
    ),
    Feature(
        "llm_model.size_class",
        models.size_class,
        says="Size of the model, as its place in an order.",
        source="MDL_010",
        oracle="a table as of each time",
        range=(0.0, 2.0),
    ),
    Feature(
        "llm_model.nominal_decode_rate",
        models.nominal_decode_rate,
        says="Tokens per second that the registry promises of one request.",
        source="design",
        oracle="a table as of each time",
        range=(0.0, INF),
    ),
)
