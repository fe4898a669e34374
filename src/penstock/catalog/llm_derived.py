"""What requests and models say together, for each model that a request may go to."""

from penstock.catalog import llm_refits
from penstock.declare import Feature
from penstock.formulas.llm import derived, prompts

INF = float("inf")

FEATURES = (
    Feature(
        "llm_derived.cost_latency_score",
        derived.cost_latency_score,
        says="Rank of a model among the eligible by what a request would cost and how long it may take.",
        source="seed 002 scores; DRV_002",
        oracle="scipy.stats.rankdata",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_derived.quality_cost_ratio",
        derived.quality_cost_ratio,
        says="Quality of a model against what the request would cost.",
        source="seed 002 ratios; DRV_003",
        oracle="brute force",
        range=(0.0, INF),
    ),
    Feature(
        "llm_derived.time_pressure",
        derived.time_pressure,
        says="Priority of a request times how close the model comes to its deadline.",
        source="DRV_007 corrected",
        oracle="brute force",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_derived.load_adjusted_latency",
        derived.load_adjusted_latency,
        says="Median latency of a model and what the queue adds to it.",
        source="DRV_008 corrected; Little 1961",
        oracle="brute force",
        range=(0.0, INF),
    ),
    Feature(
        "llm_derived.model_usage_saturation",
        derived.model_usage_saturation,
        says="Attempts per second with fading memory against the model's limit.",
        source="DRV_009 (fatigue)",
        oracle="brute force",
        range=(0.0, INF),
    ),
    Feature(
        "llm_derived.pareto_efficiency_score",
        derived.pareto_efficiency_score,
        says="1 where no eligible model is better in cost, latency and quality, less where some are.",
        source="DRV_010; Deb 2002 rank",
        oracle="brute force over pairs",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_derived.prompt_embedding",
        llm_refits.prompt_embedding,
        says="A principal component of the last prompt's vector, on a basis of the prompts before.",
        source="seed 002 embeddings; DRV_001",
        oracle="numpy.linalg.eigh of the covariance",
    ),
    Feature(
        "llm_derived.prompt_similarity_to_centroid",
        prompts.prompt_similarity_to_centroid,
        says="Cosine of the last prompt and the fading mean of those of its task before it.",
        source="DRV_004",
        oracle="brute force over prompts",
        range=(-1.0, 1.0),
    ),
    Feature(
        "llm_derived.model_fit_score",
        llm_refits.model_fit_score,
        says="Reward that a model may bring for the request, by a linear model of the rewards that it brought.",
        source="DRV_005 replaced; Li-Chu-Langford-Schapire 2010",
        oracle="numpy.linalg.lstsq of the augmented system",
    ),
    Feature(
        "llm_derived.user_behavior_cluster",
        llm_refits.user_behavior_cluster,
        says="Group of users that the user whose session ended last is in, as a category.",
        source="DRV_006; Lloyd 1982",
        oracle="scipy.cluster.vq.kmeans2",
        range=(0.0, 7.0),
    ),
)
