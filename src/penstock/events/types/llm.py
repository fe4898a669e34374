"""What a gateway of language models says: requests, how they went, what came of them, and what it runs on.

Names (models, users, labels) are ids as ``text_id`` gives them; words never enter the stream. A completion, a piece of
feedback and an outcome carry what the request said, which their reader joins by the request's id.
"""

from penstock.core.schema import EventType, Field

LEXICONS = ("medical", "legal", "finance", "code", "science")
CAPABILITIES = (
    "tools",
    "vision",
    "json",
    "audio",
    "long_context",
    "streaming",
)  # bits, lowest first
BENCHMARKS = ("knowledge", "reasoning", "mathematics", "coding", "instructions", "vision")
OK, ERROR, TIMEOUT, RATE_LIMITED = 0, 1, 2, 3
RATING, THUMB, REGENERATION, COPY, TASK, ABANDONMENT = 1, 2, 3, 4, 5, 6
REGENERATED, COPIED, FOLLOWED, ABANDONED = 1, 2, 3, 4
DIMENSIONS = 64  # of a prompt's vector on the stream
CONTEXT = (
    ("tokens", "tokens"), ("history_tokens", "tokens"), ("characters", "1"), ("words", "1"),
    ("sentences", "1"), ("syllables", "1"), ("priority", "1"),
)  # what a reward repeats of its request  # fmt: skip

LlmModel = EventType(
    "llm_model",
    "What a registry says of a model from now on; prices and limits hold from the event's time.",
    (
        Field("context_length", "tokens"),  # NaN where unknown, as all that follow
        Field("max_output", "tokens"),
        Field("input_cost", "USD*tokens^-1"),  # of 1,000 tokens
        Field("output_cost", "USD*tokens^-1"),  # of 1,000 tokens
        *(Field(name, "1") for name in BENCHMARKS),  # percentiles of models, from 0 to 1
        Field("capabilities", "1", "i8"),  # bits as in CAPABILITIES; -1 where unknown
        Field("cutoff", "ns", "i8"),  # until when it was trained; 0 where unknown
        Field("provider", "id", "i8"),  # 0 where unknown
        Field("size", "id", "i8"),  # a label such as small; 0 where unknown
        Field("decode_rate", "tokens*s^-1"),  # as the registry has it, of one request alone
        Field("rate_limit", "s^-1"),  # requests that are taken
    ),
)

LlmBudget = EventType(
    "llm_budget",
    "What may be spent until a budget is reset, and what of it was spent before this event.",
    (
        Field("limit", "USD"),
        Field("spent", "USD"),  # of this period, up to the event
        Field("start", "ns", "i8"),  # of the period
        Field("reset", "ns", "i8"),  # its end
    ),
)

LlmQuota = EventType(
    "llm_quota",
    "What a provider leaves of its limits; NaN for a limit that there is not.",
    (
        Field("minute_requests", "1"),  # left of this minute
        Field("minute_requests_limit", "1"),
        Field("minute_tokens", "tokens"),
        Field("minute_tokens_limit", "tokens"),
        Field("day_requests", "1"),
        Field("day_requests_limit", "1"),
    ),
)

LlmProbe = EventType(
    "llm_probe",
    "Whether a model answered a probe.",
    (Field("healthy", "flag", "i8"),),  # 1 or 0
)

SystemSample = EventType(
    "system_sample",
    "What the gateway's machines had to do, every ten seconds or so.",
    (
        Field("cpu", "1"),  # share that is used
        Field("memory", "1"),  # share that is used
        Field("queue", "1"),  # requests that wait
        Field("inflight", "1"),  # requests that are worked on
        Field("region_rate", "s^-1"),  # requests of the region
        Field("region_capacity", "s^-1"),
    ),
)

LlmRequest = EventType(
    "llm_request",
    "A request as it came in; its words lie with the reader, here is what was counted.",
    (
        Field("request", "id", "i8"),
        Field("user", "id", "i8"),
        Field("session", "id", "i8"),  # 0 where the client names none
        Field("tokens", "tokens"),  # of the whole prompt
        Field("tokenizer", "id", "i8"),  # of the encoding's name; 0 where the count is approximate
        Field("history_tokens", "tokens"),  # of them the system prompt and the turns before
        Field("characters", "1"),
        Field("words", "1"),
        Field("sentences", "1"),
        Field("syllables", "1"),
        *(Field(f"{name}_words", "1") for name in LEXICONS),  # how many are of a lexicon
        Field("language", "code", "i8"),  # as in ``text``
        Field("language_share", "1"),  # how sure the language is
        Field("task", "id", "i8"),  # a label; 0 where unknown
        Field("tier", "id", "i8"),  # a label; 0 where unknown
        Field("priority", "1"),  # from 0 to 10; NaN where none is given, as all that follow
        Field("deadline", "ms"),  # from the request on
        Field("max_tokens", "tokens"),
        Field("needs", "1", "i8"),  # bits as in CAPABILITIES
        Field("offset", "1"),  # seconds that the user's clock is ahead of UTC
    ),
)

LlmPrompt = EventType(
    "llm_prompt",
    "What an encoder made of a request's prompt: a vector of length 1, known when it was made.",
    (
        Field("request", "id", "i8"),
        Field("user", "id", "i8"),
        Field("task", "id", "i8"),
        Field("encoder", "id", "i8"),  # of its name and version
        Field("vector", "1", "f8", DIMENSIONS),  # all NaN where the prompt is unknown
    ),
)

LlmDecision = EventType(
    "llm_decision",
    "A model that a request could have been given to; each decision tells all of its candidates at once.",
    (
        Field("request", "id", "i8"),
        Field("user", "id", "i8"),
        Field("model", "id", "i8"),  # the candidate
        Field("chosen", "flag", "i8"),  # 1 or 0
        Field("propensity", "1"),  # how likely the candidate was to be chosen
        Field("version", "id", "i8"),  # of the features that the context has; 0 where unknown
        Field("policy", "id", "i8"),  # who decided; 0 where unknown
    ),
)

LlmSelection = EventType(
    "llm_selection",
    "The model that a request was given to; keyed by model it is an attempt that begins.",
    (
        Field("request", "id", "i8"),
        Field("model", "id", "i8"),
        Field("propensity", "1"),  # how likely the choice was; NaN where unknown
        Field("version", "id", "i8"),  # of the features that it was made on; 0 where unknown
    ),
)

LlmFirstToken = EventType(
    "llm_first_token",
    "The first token of an answer.",
    (Field("request", "id", "i8"), Field("wait", "ms")),  # since the attempt was sent
)

LlmCompletion = EventType(
    "llm_completion",
    "The end of an attempt, good or bad.",
    (
        Field("request", "id", "i8"),
        Field("user", "id", "i8"),
        Field("model", "id", "i8"),
        Field("task", "id", "i8"),
        Field("status", "code", "i8"),  # 0 good, 1 error, 2 timeout, 3 rate limit
        Field("attempt", "1", "i8"),  # 1 is the first; a higher one is a retry
        Field("latency", "ms"),  # from sending to the end; of a timeout its bound
        Field("first_token", "ms"),  # from sending to the first token; NaN where there is none
        Field("input_tokens", "tokens"),
        Field("output_tokens", "tokens"),
        Field("cost", "USD"),
    ),
)

LlmFeedback = EventType(
    "llm_feedback",
    "What a user says of an answer, whenever that comes.",
    (
        Field("request", "id", "i8"),
        Field("user", "id", "i8"),
        Field("model", "id", "i8"),
        Field(
            "kind", "code", "i8"
        ),  # 1 rating, 2 thumb, 3 regeneration, 4 copy, 5 task, 6 abandonment
        Field(
            "value", "1"
        ),  # 1 to 5 of a rating; 1 or 0 of a thumb and a task that is done or given up
        Field("delay", "s"),  # since the answer's end; NaN where that is unknown
    ),
)

LlmOutcome = EventType(
    "llm_outcome",
    "What became of an answer or of a session, told once the time that it may take is over.",
    (
        Field("request", "id", "i8"),
        Field("user", "id", "i8"),
        Field("model", "id", "i8"),
        Field("kind", "code", "i8"),  # 1 regenerated, 2 copied, 3 followed up, 4 session abandoned
        Field("happened", "flag"),  # 1 or 0
    ),
)

LlmReply = EventType(
    "llm_reply",
    "A user's next message after an answer.",
    (
        Field("request", "id", "i8"),  # that was answered
        Field("user", "id", "i8"),
        Field("model", "id", "i8"),
        Field("after", "s"),  # from the answer's end to the message
    ),
)

LlmReward = EventType(
    "llm_reward",
    "What a decision brought, told once it is known, beside what the request said.",
    (
        Field("request", "id", "i8"),
        Field("user", "id", "i8"),
        Field("model", "id", "i8"),  # that was chosen
        Field("value", "1"),
        Field("propensity", "1"),  # of the choice; NaN where unknown
        Field("version", "id", "i8"),  # of the features that it was made on; 0 where unknown
        Field("delay", "s"),  # since the decision
        *(Field(name, unit) for name, unit in CONTEXT),  # of the request; NaN where unknown
        Field("task", "id", "i8"),
    ),
)

LlmProfile = EventType(
    "llm_profile",
    "What a user's sessions were like in the mean, told at the end of each.",
    (
        Field("request", "id", "i8"),  # the session's last
        Field("user", "id", "i8"),
        Field("sessions", "1"),  # so far
        Field("requests", "1"),  # of a session
        Field("length", "1"),  # code points of a prompt
        Field("pace", "s"),  # from a request to the next; NaN where no session has two
        Field("rated", "1"),  # ratings and thumbs of a request
        Field("again", "1"),  # share of requests that were asked for again
        Field("abandoned", "1"),  # share of sessions that were given up
    ),
)

LLM_TYPES = (
    LlmModel, LlmBudget, LlmQuota, LlmProbe, SystemSample,
    LlmRequest, LlmPrompt, LlmDecision, LlmSelection, LlmFirstToken, LlmCompletion, LlmFeedback, LlmReply, LlmOutcome,
    LlmReward, LlmProfile,
)  # fmt: skip
