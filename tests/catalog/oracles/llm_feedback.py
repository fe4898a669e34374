"""What users' feedback and a gateway's context must give, by brute force over events."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import scipy.stats
from statsmodels.stats.proportion import proportion_confint
from tests.catalog.market import SECOND, Market

from penstock.core.time import duration

NAN = np.nan
GAP, LONGEST = 1_800 * SECOND, 14_400 * SECOND
SERVED = (
    *(
        f"llm_feedback.{request}"
        for request in (
            "user_rating", "user_rating(window=1h, m=2, prior=3.5)", "thumbs_up_ratio",
            "thumbs_up_ratio(window=5m, z=1)", "regeneration_rate", "regeneration_rate(window=10m)",
            "task_completion_rate", "task_completion_rate(window=1h)", "user_response_time",
            "user_response_time(window=10m)", "copy_rate", "copy_rate(window=10m)", "follow_up_rate",
            "follow_up_rate(window=1h)", "abandonment_rate", "abandonment_rate(window=10m)",
        )
    ),
    *(
        f"llm_context.{request}"
        for request in (
            "cpu_load", "cpu_load(sample=60s, halflife=5m)", "memory_load", "memory_load(sample=60s)", "queue_depth",
            "concurrent_requests", "budget_remaining_ratio", "budget_remaining_ratio(period=event)",
            "budget_remaining_ratio(tz=Asia/Tokyo)", "budget_burn_rate", "budget_burn_rate(period=event)",
            "seconds_until_budget_reset", "seconds_until_budget_reset(period=event)",
            "seconds_until_budget_reset(tz=Asia/Tokyo)", "model_availability", "model_availability(window=5m)",
            "api_quota_remaining", "region_load", "region_load(window=10m)",
        )
    ),
)  # fmt: skip


def spans(time: np.ndarray, at: np.ndarray, window: object) -> list[slice]:
    """The events of [T - w, T) of each row."""
    begin = np.searchsorted(time, at - duration(window), side="left")
    return [
        slice(b, e) for b, e in zip(begin.tolist(), np.searchsorted(time, at).tolist(), strict=True)
    ]


def beginnings(m: Market, at: np.ndarray) -> np.ndarray:
    """When the session began that is open at each row, or that a next request would begin."""
    times, starts, ends = m.gateway["llm_request"]["time"].tolist(), [], []
    for t in times:
        if not starts or t >= ends[-1]:
            starts.append(t)
            ends.append(t + GAP)
        else:
            ends[-1] = min(t + GAP, starts[-1] + LONGEST)
    bounds = np.array(ends)
    # what comes after a session's end belongs to what follows it
    passed = np.searchsorted(bounds, at, side="right")
    return np.concatenate([[0], bounds])[passed]


def inside(m: Market, at: np.ndarray, stream: str, window: object) -> list[slice]:
    """The events of a window or of the open session."""
    time = m.gateway[stream]["time"]
    if window != "session":
        return spans(time, at, window)
    begin = np.searchsorted(time, beginnings(m, at), side="left")
    return [
        slice(b, e) for b, e in zip(begin.tolist(), np.searchsorted(time, at).tolist(), strict=True)
    ]


def user_rating(
    events: Market,
    at: np.ndarray,
    window: object = "session",
    m: float = 5.0,
    prior: object = "global mean",
) -> np.ndarray:
    f = events.gateway["llm_feedback"]
    rated, out = f["kind"] == 1, []
    ever = spans(f["time"], at, 10**6 * SECOND)
    for span, all_ in zip(inside(events, at, "llm_feedback", window), ever, strict=True):
        stars, past = f["value"][span][rated[span]], f["value"][all_][rated[all_]]
        mean = prior if isinstance(prior, float) else past.mean() if len(past) else NAN
        out.append((stars.sum() + m * mean) / (len(stars) + m))
    return np.array(out)


def thumbs_up_ratio(
    m: Market, at: np.ndarray, window: object = "1h", z: float = 1.96
) -> np.ndarray:

    f, out = m.gateway["llm_feedback"], []
    for span in spans(f["time"], at, window):
        thumbs = f["value"][span][f["kind"][span] == 2]
        alpha = 2.0 * scipy.stats.norm.sf(z)
        low = (
            proportion_confint(thumbs.sum(), len(thumbs), alpha, "wilson")[0]
            if len(thumbs)
            else NAN
        )
        out.append(low)
    return np.clip(np.array(out), 0.0, 1.0)


def outcome_share(m: Market, at: np.ndarray, kind: int, window: object) -> np.ndarray:
    o, out = m.gateway["llm_outcome"], []
    for span in inside(m, at, "llm_outcome", window):
        mine = o["happened"][span][o["kind"][span] == kind]
        out.append(mine.mean() if len(mine) else NAN)
    return np.array(out)


def regeneration_rate(m: Market, at: np.ndarray, window: object = "1h") -> np.ndarray:
    return outcome_share(m, at, 1, window)


def copy_rate(m: Market, at: np.ndarray, window: object = "1h") -> np.ndarray:
    return outcome_share(m, at, 2, window)


def follow_up_rate(m: Market, at: np.ndarray, window: object = "session") -> np.ndarray:
    return outcome_share(m, at, 3, window)


def abandonment_rate(m: Market, at: np.ndarray, window: object = "1h") -> np.ndarray:
    return outcome_share(m, at, 4, window)


def task_completion_rate(m: Market, at: np.ndarray, window: object = "session") -> np.ndarray:
    f, r, out = m.gateway["llm_feedback"], m.gateway["llm_request"], []
    pairs = zip(
        inside(m, at, "llm_feedback", window), inside(m, at, "llm_request", window), strict=True
    )
    for told, asked in pairs:
        done = ((f["kind"][told] == 5) & (f["value"][told] == 1)).sum()
        begun = (r["history_tokens"][asked] == 0).sum()
        out.append(min(1.0, done / begun) if begun else NAN)
    return np.array(out)


def user_response_time(m: Market, at: np.ndarray, window: object = "session") -> np.ndarray:
    a = np.minimum(m.gateway["llm_reply"]["after"], 1_800.0)
    return np.array(
        [np.median(a[s]) if s.stop > s.start else NAN for s in inside(m, at, "llm_reply", window)]
    )


def latest(m: Market, at: np.ndarray, stream: str) -> np.ndarray:
    """The last event before each row; -1 where there is none."""
    return np.searchsorted(m.gateway[stream]["time"], at) - 1


def sampled(m: Market, at: np.ndarray, values: np.ndarray, sample: object) -> np.ndarray:
    last, time = latest(m, at, "system_sample"), m.gateway["system_sample"]["time"]
    age = at - time[last]
    return np.where((last >= 0) & (age <= 3 * duration(sample)), values[last], NAN)


def cpu_load(
    m: Market, at: np.ndarray, sample: object = "10s", halflife: object = "30s"
) -> np.ndarray:
    s = m.gateway["system_sample"]
    times = pd.to_datetime(s["time"])
    smooth = (
        pd.Series(s["cpu"]).ewm(halflife=pd.Timedelta(duration(halflife), "ns"), times=times).mean()
    )
    return sampled(m, at, smooth.to_numpy(), sample)


def memory_load(m: Market, at: np.ndarray, sample: object = "10s") -> np.ndarray:
    return sampled(m, at, m.gateway["system_sample"]["memory"], sample)


def queue_depth(m: Market, at: np.ndarray, sample: object = "10s") -> np.ndarray:
    return sampled(m, at, m.gateway["system_sample"]["queue"], sample)


def concurrent_requests(m: Market, at: np.ndarray) -> np.ndarray:
    begun = [int((m.gateway["llm_selection"]["time"] < t).sum()) for t in at]
    done = [int((m.gateway["llm_completion"]["time"] < t).sum()) for t in at]
    return np.maximum(np.array(begun) - np.array(done), 0).astype(float)


def local_month(t: int, tz: str) -> tuple[datetime, datetime, datetime]:
    """A time by the clock of a zone, and the beginning of its month and of the next, as they stand on the wall."""
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t // 1_000)
    now = now.astimezone(ZoneInfo(tz)).replace(tzinfo=None)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return now, first, (first + timedelta(days=32)).replace(day=1)


def spent(m: Market, at: np.ndarray, period: str, tz: str) -> np.ndarray:
    """Share of the budget that is spent at each row; NaN where the last event is of another period."""
    b, c, out = m.gateway["llm_budget"], m.gateway["llm_completion"], []
    for t, row in zip(at.tolist(), latest(m, at, "llm_budget").tolist(), strict=True):
        told = int(b["time"][row])
        good = (
            t < b["reset"][row]
            if period == "event"
            else local_month(t, tz)[1] == local_month(told, tz)[1]
        )
        since = c["cost"][(c["time"] >= told) & (c["time"] < t)]
        out.append(
            (b["spent"][row] + np.nansum(since)) / b["limit"][row] if row >= 0 and good else NAN
        )
    return np.array(out)


def gone(m: Market, at: np.ndarray, period: str, tz: str) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of the period that have gone and that are left."""
    b, rows = m.gateway["llm_budget"], []
    for t, row in zip(at.tolist(), latest(m, at, "llm_budget").tolist(), strict=True):
        if period == "event":
            rows.append(((t - int(b["start"][row])) / 1e9, (int(b["reset"][row]) - t) / 1e9))
        else:
            now, first, following = local_month(t, tz)
            rows.append(((now - first).total_seconds(), (following - now).total_seconds()))
    found = np.array(rows)
    return found[:, 0], found[:, 1]


def budget_remaining_ratio(
    m: Market, at: np.ndarray, period: str = "month", tz: str = "UTC"
) -> np.ndarray:
    return 1.0 - spent(m, at, period, tz)


def budget_burn_rate(
    m: Market, at: np.ndarray, period: str = "month", tz: str = "UTC"
) -> np.ndarray:
    past, left = gone(m, at, period, tz)
    return np.where(past > 0, spent(m, at, period, tz) / (past / (past + left)), NAN)


def seconds_until_budget_reset(
    m: Market, at: np.ndarray, period: str = "month", tz: str = "UTC"
) -> np.ndarray:
    left = gone(m, at, period, tz)[1]
    return np.where(left > 0, left, NAN)


def model_availability(m: Market, at: np.ndarray, window: object = "1h") -> np.ndarray:
    p, out, width = m.gateway["llm_probe"], [], duration(window)
    for t, last in zip(at.tolist(), latest(m, at, "llm_probe").tolist(), strict=True):
        begin, healthy = max(t - width, int(p["time"][0])), 0
        first = max(int(np.searchsorted(p["time"], begin, side="right")) - 1, 0)
        for i in range(first, last + 1):
            stop = int(p["time"][i + 1]) if i < last else t
            healthy += int(p["healthy"][i]) * max(0, stop - max(int(p["time"][i]), begin))
        out.append(
            NAN if last < 0 else healthy / (t - begin) if t > begin else float(p["healthy"][last])
        )
    return np.array(out)


def api_quota_remaining(m: Market, at: np.ndarray) -> np.ndarray:
    q, last = m.gateway["llm_quota"], latest(m, at, "llm_quota")
    names = ("minute_requests", "minute_tokens", "day_requests")
    shares = np.stack([q[name] / q[f"{name}_limit"] for name in names])
    tightest = np.array([np.nanmin(col) if np.isfinite(col).any() else NAN for col in shares.T])
    return np.where(last >= 0, tightest[last], NAN)


def region_load(m: Market, at: np.ndarray, window: object = "1m") -> np.ndarray:
    s = m.gateway["system_sample"]
    told = np.isfinite(s["region_rate"]) & np.isfinite(s["region_capacity"])
    rate, capacity = s["region_rate"][told], s["region_capacity"][told]
    found = spans(s["time"][told], at, window)
    return np.array([rate[f].sum() / capacity[f].sum() if f.stop > f.start else NAN for f in found])
