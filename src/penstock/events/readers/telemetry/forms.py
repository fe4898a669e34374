"""The forms that a gateway logs in, each turned into the events of one schema.

An event is a dict with ``type``, ``ts`` in ns UTC and ``request_id``; ``../shared/catalog/llm.md`` has its other names.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from penstock.core.errors import DataError

Event = dict[str, Any]
LIMITED = {"429", "rate_limit", "ratelimiterror", "rate_limit_exceeded", "too_many_requests"}
LATE = {"408", "504", "timeout", "timeouterror", "deadline_exceeded", "apitimeouterror"}
STATUS = {"ok": 0, "success": 0, "error": 1, "failure": 1, "timeout": 2, "429": 3, "rate_limit": 3}
TYPES = {
    "request_received", "model_selected", "first_token", "completed", "feedback", "system_sample", "budget_event",
    "quota_event", "registry_update", "probe", "decision", "reward",
}  # fmt: skip
CALLS = ("chat", "text_completion", "generate_content")


def stamp(value: Any) -> int:
    """A time in ns UTC, of whole nanoseconds, of seconds with a fraction, or of RFC 3339.

    Examples
    --------
    >>> stamp("2026-01-02T00:00:00Z"), stamp(1767312000.5), stamp("1767312000000000000")
    (1767312000000000000, 1767312000500000000, 1767312000000000000)
    """
    if isinstance(value, bool) or value is None:
        raise DataError(f"Telemetry: a time is needed, got {value!r}")
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return round(value * 1e6) * 1_000
    if str(value).isdecimal():
        return int(value)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise DataError(f"Telemetry: a time is needed, got {value!r}") from error
    if found.tzinfo is None:
        raise DataError(f"Telemetry: a time needs its offset from UTC, got {value!r}")
    whole = int(found.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + found.microsecond * 1_000


def own(record: Any) -> Iterable[Event]:
    """An event of this schema as it is, with its time as a number."""
    if not isinstance(record, dict) or record.get("type") not in TYPES:
        kind = record.get("type") if isinstance(record, dict) else record
        raise DataError(f"Telemetry: type must be one of {', '.join(sorted(TYPES))}, got {kind!r}")
    at = record.get("ts")
    if type(at) is not int:
        record["ts"] = stamp(at)
    return (record,)


def state(error: Any, *, failed: bool) -> int:
    """The status of a call that ended with an error, by the error's name or code."""
    text = str(error or "").lower()
    if text in LIMITED:
        return 3
    if text in LATE:
        return 2
    return 1 if failed or text else 0


def access_log(record: Any) -> Iterator[Event]:
    """A line of LiteLLM's access log (``StandardLoggingPayload``): one call from its start to its end.

    References
    ----------
    https://docs.litellm.ai/docs/proxy/logging_spec
    """
    if not isinstance(record, dict) or "startTime" not in record or "endTime" not in record:
        raise DataError("Telemetry: a call needs startTime and endTime, got none")
    begin, end = stamp(float(record["startTime"])), stamp(float(record["endTime"]))
    told = record.get("error_information") or {}
    failed = record.get("status") != "success"
    status = state(told.get("error_code") or told.get("error_class"), failed=failed)
    meta = record.get("metadata") or {}
    who = {
        "request_id": record.get("id"),
        "user_id": record.get("end_user") or meta.get("user_api_key_user_id"),
        "model_id": record.get("model"),
    }
    messages = record.get("messages")
    texts = (
        [m.get("content") for m in messages if isinstance(m, dict)]
        if isinstance(messages, list)
        else []
    )
    said = [text for text in texts if isinstance(text, str)]
    asked = {"prompt": said[-1], "history": said[:-1]} if said else {}
    limit = (record.get("model_parameters") or {}).get("max_tokens")
    yield {
        "type": "request_received", "ts": begin, **who, **asked,
        "in_tokens": record.get("prompt_tokens"), "max_tokens": limit,
    }  # fmt: skip
    yield {"type": "model_selected", "ts": begin, **who}
    first = record.get("completionStartTime")
    if not failed and first is not None and begin < stamp(float(first)) < end:
        yield {"type": "first_token", "ts": stamp(float(first)), **who}
    yield {
        "type": "completed", "ts": end, **who, "status": status, "in_tokens": record.get("prompt_tokens"),
        "out_tokens": record.get("completion_tokens"), "cost_usd": record.get("response_cost"),
    }  # fmt: skip


def spans(record: Any) -> Iterator[Event]:
    """Spans of OpenTelemetry's conventions for generative AI, as OTLP has them in JSON; other spans are passed over.

    References
    ----------
    https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans
    """
    if not isinstance(record, dict) or "resourceSpans" not in record:
        raise DataError("Telemetry: an export of traces needs resourceSpans, got none")
    for resource in record["resourceSpans"]:
        for scope in resource.get("scopeSpans", ()):
            for span in scope.get("spans", ()):
                yield from _span(span)


def _span(span: Event) -> Iterator[Event]:
    told = _attributes(span)
    if told.get("gen_ai.operation.name") not in CALLS:
        return
    begin, end = stamp(span["startTimeUnixNano"]), stamp(span["endTimeUnixNano"])
    who = {
        "request_id": f"{span['traceId']}/{span['spanId']}",
        "user_id": told.get("user.id") or told.get("enduser.id"),
        "session_id": told.get("gen_ai.conversation.id"),
        "model_id": told.get("gen_ai.response.model") or told.get("gen_ai.request.model"),
    }
    tokens = told.get("gen_ai.usage.input_tokens")
    yield {
        "type": "request_received", "ts": begin, **who, "in_tokens": tokens,
        "max_tokens": told.get("gen_ai.request.max_tokens"),
    }  # fmt: skip
    yield {"type": "model_selected", "ts": begin, **who}
    wait = told.get("gen_ai.response.time_to_first_chunk")  # seconds
    if wait is not None:
        yield {"type": "first_token", "ts": begin + round(wait * 1e9), **who}
    failed = (span.get("status") or {}).get("code") in (2, "STATUS_CODE_ERROR")
    yield {
        "type": "completed", "ts": end, **who, "status": state(told.get("error.type"), failed=failed),
        "in_tokens": tokens, "out_tokens": told.get("gen_ai.usage.output_tokens"),
    }  # fmt: skip
    for event in span.get("events", ()):
        score = _attributes(event).get("gen_ai.evaluation.score.value")
        if event.get("name") == "gen_ai.evaluation.result" and score is not None:
            at = stamp(event["timeUnixNano"])
            yield {"type": "feedback", "ts": at, **who, "kind": "rating", "value": score}


def _attributes(of: Event) -> Event:
    """Attributes by name; OTLP writes whole numbers as texts."""
    found = {}
    for item in of.get("attributes", ()):
        ((kind, value),) = item["value"].items()
        found[item["key"]] = int(value) if kind == "intValue" else value
    return found


FORMS: dict[str, Callable[[Any], Iterable[Event]]] = {
    "events": own,
    "otlp": spans,
    "litellm": access_log,
}
