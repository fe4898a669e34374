"""What a request's and a model's features must give, by brute force over columns."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from tests.catalog.market import DAY, SECOND, Market

from penstock.core.time import duration
from penstock.events.texts import text_id

NAN = np.nan
LEXICONS = ("medical", "legal", "finance", "code", "science")
BITS = ("tools", "vision", "json", "audio", "long_context", "streaming")
BENCHMARKS = ("knowledge", "reasoning", "mathematics", "coding", "instructions", "vision")
TASKS = (
    "classification", "generation", "extraction", "summarization", "qa", "code", "translation", "chat", "reasoning",
    "other",
)  # fmt: skip
ASKED = tuple(
    f"llm_request.{request}"
    for request in (
        "prompt_length", "prompt_length(encoding=o200k_base)", "prompt_char_count", "prompt_complexity",
        "expected_output_length", "expected_output_length(window=2h, prior=20, strength=2)", "task_type",
        "task_type(classes=code:chat)", "prompt_language", "prompt_language(share=0.95)", "prompt_domain",
        "prompt_domain(lexicons=science:finance)", "request_priority", "request_priority(range=2-6)",
        "request_hour_of_day",
        "request_hour_of_day(tz=America/New_York, wave=cos)", "request_day_of_week",
        "request_day_of_week(tz=Asia/Tokyo, wave=cos)", "request_is_weekend", "request_is_weekend(tz=UTC)",
        "session_depth", "session_depth(gap=60s, max=10m)", "user_tier", "user_tier(order=pro:trial)",
        "conversation_history_length", "conversation_history_length(encoding=o200k_base)",
        "required_capabilities", "required_capabilities(bits=audio:long_context)",
    )
)  # fmt: skip
SERVED = tuple(
    f"llm_model.{request}"
    for request in (
        "context_length", "max_output_tokens", "cost_per_1k_input_tokens", "cost_per_1k_output_tokens",
        "capability_score", "capability_score(benchmarks=0:1:0:2.5:0:0)", "capabilities",
        "capabilities(bits=vision:tools)", "knowledge_cutoff_age", "provider", "size_class",
        "size_class(order=large:small)", "nominal_decode_rate",
    )
)  # fmt: skip
TOLERANCE = {"llm_model.provider": (1e-15, "tighter: an id")}


def asked(m: Market) -> dict[str, np.ndarray]:
    """The requests; the rows are theirs."""
    return m.gateway["llm_request"]


def encoded(m: Market, name: str, encoding: str) -> np.ndarray:
    mine = asked(m)
    if encoding == "any":
        return mine[name]
    return np.where(mine["tokenizer"] == text_id(encoding), mine[name], NAN)


def prompt_length(m: Market, at: np.ndarray, encoding: str = "any") -> np.ndarray:
    return encoded(m, "tokens", encoding)


def conversation_history_length(m: Market, at: np.ndarray, encoding: str = "any") -> np.ndarray:
    return encoded(m, "history_tokens", encoding)


def prompt_char_count(m: Market, at: np.ndarray) -> np.ndarray:
    return asked(m)["characters"]


def prompt_complexity(m: Market, at: np.ndarray) -> np.ndarray:
    r = asked(m)
    out = np.full(len(at), NAN)
    for i, (w, s, y) in enumerate(zip(r["words"], r["sentences"], r["syllables"], strict=True)):
        if w > 0 and s > 0 and r["language"][i] == 256 * ord("e") + ord("n"):
            out[i] = (
                min(max((100 - (206.835 - 1.015 * w / s - 84.6 * y / w)) / 100, 0), 1)
                if y == y
                else NAN
            )
    return out


def expected_output_length(
    m: Market, at: np.ndarray, window: int = 7 * DAY, prior: float = 256.0, strength: float = 5.0
) -> np.ndarray:
    r, c = asked(m), m.gateway["llm_completion"]
    named = [text_id(task) for task in TASKS]
    group = lambda tasks: np.array([named.index(t) if t in named else -1 for t in tasks.tolist()])  # noqa: E731
    mine, theirs = group(r["task"]), group(c["task"])
    usable = (c["status"] == 0) & np.isfinite(c["output_tokens"])
    out = np.empty(len(at))
    for i, t in enumerate(at):
        past = usable & (c["time"] < t) & (c["time"] > t - duration(window)) & (theirs == mine[i])
        lengths = np.log(1 + c["output_tokens"][past])
        out[i] = (lengths.sum() + strength * np.log(1 + prior)) / (len(lengths) + strength)
        if np.isfinite(r["max_tokens"][i]):
            out[i] = min(out[i], np.log(1 + r["max_tokens"][i]))
    return out


def place(labels: np.ndarray, names: tuple[str, ...], other: float = NAN) -> np.ndarray:
    table = {text_id(name): float(i) for i, name in enumerate(names)}
    return np.array([table.get(label, other) for label in labels.tolist()])


def task_type(m: Market, at: np.ndarray, classes: tuple[str, ...] = TASKS) -> np.ndarray:
    return place(asked(m)["task"], classes, 9.0 if classes is TASKS else NAN)


def user_tier(
    m: Market, at: np.ndarray, order: tuple[str, ...] = ("free", "pro", "enterprise")
) -> np.ndarray:
    return place(asked(m)["tier"], order)


def prompt_language(m: Market, at: np.ndarray, share: float = 0.8) -> np.ndarray:
    r = asked(m)
    return np.array(
        [
            float(c) if p >= share else 0.0
            for c, p in zip(r["language"], r["language_share"], strict=True)
        ]
    )


def prompt_domain(m: Market, at: np.ndarray, lexicons: tuple[str, ...] = LEXICONS) -> np.ndarray:
    r = asked(m)
    out = np.full(len(at), NAN)
    for i, words in enumerate(r["words"]):
        if words > 0:
            density = [np.nan_to_num(r[f"{name}_words"][i]) / words for name in lexicons]
            out[i] = 1 + int(np.argmax(density)) if max(density) * 100 >= 0.5 else 0
    return out


def request_priority(m: Market, at: np.ndarray, range: str = "0-10") -> np.ndarray:
    p = asked(m)["priority"]
    low, high = map(float, range.split("-"))
    return np.where(np.isnan(p), 0.5, (np.minimum(np.maximum(p, low), high) - low) / (high - low))


def users_clocks(m: Market, at: np.ndarray, tz: str) -> list[tuple[float, int]]:
    """Hour of the day with its fraction, and weekday, of each request."""
    found = []
    for t, offset in zip(at.tolist(), asked(m)["offset"].tolist(), strict=True):
        utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=t // SECOND)
        ahead = timedelta(seconds=0.0 if offset != offset else offset)
        when = utc + ahead if tz == "user" else utc.astimezone(ZoneInfo(tz))
        seconds = when.hour * 3600 + when.minute * 60 + when.second + t % SECOND / 1e9
        found.append((seconds / 3600, when.weekday()))
    return found


def circle(share: np.ndarray, wave: str) -> np.ndarray:
    return getattr(np, wave)(2 * np.pi * share)


def request_hour_of_day(
    m: Market, at: np.ndarray, tz: str = "user", wave: str = "sin"
) -> np.ndarray:
    return circle(np.array([hour for hour, _ in users_clocks(m, at, tz)]) / 24, wave)


def request_day_of_week(
    m: Market, at: np.ndarray, tz: str = "user", wave: str = "sin"
) -> np.ndarray:
    return circle(np.array([day for _, day in users_clocks(m, at, tz)]) / 7, wave)


def request_is_weekend(m: Market, at: np.ndarray, tz: str = "user") -> np.ndarray:
    return np.array([float(day >= 5) for _, day in users_clocks(m, at, tz)])


def session_depth(m: Market, at: np.ndarray, gap: object = "30m", max: object = "4h") -> np.ndarray:
    out, begin, last, depth = [], None, None, 0
    for t in at.tolist():
        if begin is None or t - last >= duration(gap) or t - begin >= duration(max):
            begin, depth = t, 0
        out.append(float(depth))
        last, depth = t, depth + 1
    return np.array(out)


def masked(masks: list[set[str] | None], bits: tuple[str, ...]) -> np.ndarray:
    return np.array(
        [
            NAN if s is None else float(sum(2**i for i, b in enumerate(bits) if b in s))
            for s in masks
        ]
    )


def names_of(mask: int) -> set[str]:
    return {name for i, name in enumerate(BITS) if mask >> i & 1}


def required_capabilities(m: Market, at: np.ndarray, bits: tuple[str, ...] = BITS) -> np.ndarray:
    r = asked(m)
    long = r["tokens"] > 32_000
    needs = [
        names_of(n) | ({"long_context"} if x else set())
        for n, x in zip(r["needs"].tolist(), long, strict=True)
    ]
    return masked(needs, bits)


def listed(m: Market, at: np.ndarray) -> np.ndarray:
    """The entry of the registry that holds at each row, by bisection; rows are timed, before the events of a time."""
    return np.searchsorted(m.gateway["llm_model"]["time"], at, side="left") - 1


def told(m: Market, at: np.ndarray, name: str) -> np.ndarray:
    return m.gateway["llm_model"][name][listed(m, at)]


def context_length(m: Market, at: np.ndarray) -> np.ndarray:
    return told(m, at, "context_length")


def max_output_tokens(m: Market, at: np.ndarray) -> np.ndarray:
    return told(m, at, "max_output")


def cost_per_1k_input_tokens(m: Market, at: np.ndarray) -> np.ndarray:
    return told(m, at, "input_cost")


def cost_per_1k_output_tokens(m: Market, at: np.ndarray) -> np.ndarray:
    return told(m, at, "output_cost")


def nominal_decode_rate(m: Market, at: np.ndarray) -> np.ndarray:
    return told(m, at, "decode_rate")


def capability_score(
    m: Market, at: np.ndarray, benchmarks: tuple[float, ...] = (1.0,) * 6
) -> np.ndarray:
    scores = np.stack([told(m, at, name) for name in BENCHMARKS], axis=1)
    out = np.full(len(at), NAN)
    for i, row in enumerate(scores):
        known = np.isfinite(row)
        if known.any() and np.array(benchmarks)[known].sum() > 0:
            out[i] = np.average(row[known], weights=np.array(benchmarks)[known])
    return out


def capabilities(m: Market, at: np.ndarray, bits: tuple[str, ...] = BITS) -> np.ndarray:
    return masked(
        [None if n < 0 else names_of(n) for n in told(m, at, "capabilities").tolist()], bits
    )


def knowledge_cutoff_age(m: Market, at: np.ndarray) -> np.ndarray:
    cutoff = told(m, at, "cutoff")
    return np.where(cutoff > 0, (at - cutoff) / 1e9 / 86_400, NAN)


def provider(m: Market, at: np.ndarray) -> np.ndarray:
    found = told(m, at, "provider").astype(float)
    return np.where(found == 0, NAN, found)


def size_class(
    m: Market, at: np.ndarray, order: tuple[str, ...] = ("small", "medium", "large")
) -> np.ndarray:
    return place(told(m, at, "size"), order)
