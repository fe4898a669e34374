"""What users say of answers, and do with them."""

from penstock.declare import Feature
from penstock.formulas.llm import feedback

FEATURES = (
    Feature(
        "llm_feedback.user_rating",
        feedback.user_rating,
        says="Mean rating, shrunk to those before while there are few.",
        source="seed 002; FDBK_001/002 Bayesian mean",
        oracle="pandas",
        range=(1.0, 5.0),
    ),
    Feature(
        "llm_feedback.thumbs_up_ratio",
        feedback.thumbs_up_ratio,
        says="Lower bound of the share of thumbs that point up.",
        source="FDBK_003; Wilson 1927",
        oracle="statsmodels.stats.proportion.proportion_confint",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_feedback.regeneration_rate",
        feedback.regeneration_rate,
        says="Share of matured answers that were asked for again.",
        source="seed 002; FDBK_004",
        oracle="brute force over answers",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_feedback.task_completion_rate",
        feedback.task_completion_rate,
        says="Tasks that were finished for each that was begun, in the open session.",
        source="FDBK_005",
        oracle="brute force over sessions",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_feedback.user_response_time",
        feedback.user_response_time,
        says="Median time to a user's next message, in the open session.",
        source="FDBK_006",
        oracle="numpy.median",
        range=(0.0, 1800.0),
    ),
    Feature(
        "llm_feedback.copy_rate",
        feedback.copy_rate,
        says="Share of matured answers that were copied.",
        source="FDBK_007",
        oracle="brute force over answers",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_feedback.follow_up_rate",
        feedback.follow_up_rate,
        says="Share of the open session's answers that a question on the same subject followed.",
        source="FDBK_008",
        oracle="brute force over sessions",
        range=(0.0, 1.0),
    ),
    Feature(
        "llm_feedback.abandonment_rate",
        feedback.abandonment_rate,
        says="Share of sessions that were given up.",
        source="design (replaces duplicate rating window)",
        oracle="brute force over sessions",
        range=(0.0, 1.0),
    ),
)
