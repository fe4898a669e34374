"""A decision's candidates."""

import math
from typing import Any

from penstock.events.readers.telemetry.forms import Event

SLACK = 1e-6  # that shares may sum to above 1


def candidates(event: Event) -> tuple[list[dict[str, Any]], str]:
    """The candidates of a decision with their contexts; or why they are none.

    Each has what the decision says of all candidates and what is said of it alone, which wins. A decision without
    candidates has one, the choice.

    Examples
    --------
    >>> candidates({"model_id": "a", "propensity": 0.5, "context": {"tokens": 9}})
    ([{'model': 'a', 'propensity': 0.5, 'context': {'tokens': 9}}], '')
    >>> candidates({"model_id": "a", "candidates": [{"model_id": "b"}]})[1]
    'choice is no candidate'
    """
    choice, shared = str(event.get("model_id") or ""), event.get("context") or {}
    given = event.get("candidates") or [{"model_id": choice, "propensity": event.get("propensity")}]
    found = []
    for item in given:
        one: dict[str, Any] = item if isinstance(item, dict) else {"model_id": item}
        name = str(one.get("model_id") or "")
        share = one.get("propensity")
        if share is None and name == choice:
            share = event.get("propensity")
        share = float(share) if isinstance(share, int | float) else math.nan
        context = {**shared, **(one.get("context") or {})}
        found.append({"model": name, "propensity": share, "context": context})
    names = [row["model"] for row in found]
    if not choice or choice not in names:
        return [], "choice is no candidate"
    if len(set(names)) < len(names) or "" in names:
        return [], "candidates are not distinct"
    shares = [row["propensity"] for row in found if not math.isnan(row["propensity"])]
    if any(not 0.0 <= share <= 1.0 for share in shares) or sum(shares) > 1.0 + SLACK:
        return [], "propensities are no shares"
    return found, ""
