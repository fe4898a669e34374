"""The rows of these families that are not built yet, and what each waits for."""

WAITING: tuple[tuple[str, str], ...] = (
    (
        "ratio.put_call_open_interest_ratio",
        "the open interest of every option contract of an underlying, which the levels pipeline keeps",
    ),
    *(
        (
            f"exchange.{name}",
            "the time at which an event was received: engines keep it, and expressions cannot read it yet",
        )
        for name in ("latency_differential", "feed_latency")
    ),
    *(
        (
            f"llm_derived.{name}",
            "prompts as vectors on the stream, from an encoder that is installed",
        )
        for name in ("prompt_embedding", "prompt_similarity_to_centroid")
    ),
    ("llm_derived.model_fit_score", "rewards that are joined to the context of their decision"),
    (
        "llm_derived.user_behavior_cluster",
        "a refit over all users, which the engine's refits do not see",
    ),
)
