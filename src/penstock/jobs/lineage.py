"""Where rows come from: definitions, sources, what was read and left out, and the platform of their bits."""

from typing import Any

import penstock
from penstock.core.native import platform_text
from penstock.declare import Definition
from penstock.jobs.run import History
from penstock.jobs.wiring import named
from penstock.plan.text import numbered


def content_hashes(history: History) -> dict[str, str]:
    """The hashes of what a run reads, by source."""
    return {source.name: source.content_hash() for _, source in named(history.sources)}


def lineage(history: History, sums: dict[str, str]) -> dict[str, Any]:
    """The lineage of a run that has ended, as JSON knows it; ``sums`` are the ``content_hashes``."""
    view, plan = history.view, history.plan
    return {
        "complete": True,
        "penstock": penstock.__version__,
        "platform": platform_text(),
        "view": view.name,
        "key": list(view.key),
        "on": plan.on.text,
        "streams": [stream.text for stream in plan.streams],
        "features": [_feature(item) | {"unit": item.expr.unit} for item in view.definitions],
        "sources": [
            {
                "name": source.name,
                "role": role,
                "types": [type_.name for type_ in source.types],
                "sha256": sums[source.name],
            }
            for role, source in named(history.sources)
        ],
        "rows": counts(history),
        "plan": numbered(plan),
    }


def counts(history: History) -> dict[str, Any]:
    """Rows read by source, events admitted, and what was left out with the reason; columns that nothing asked for."""
    quarantine, checked = history.quarantine, history.checked
    broken = checked.counts if checked is not None else {}
    return {
        "read": dict(quarantine.read),
        "admitted": history.events - history.engine.late,
        "late": history.engine.late,
        "quarantined": _by_kind(quarantine.counts),
        "skipped": _by_kind(quarantine.skipped),
        "unread": {
            source: list(columns) for source, columns in quarantine.unread.items() if columns
        },
        "outside": history.ranges.counts,
        "inconsistent": {f"{rule}: {what}": count for (rule, what), count in broken.items()},
    }


def _by_kind(found: dict[tuple[str, str], int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for (_, kind), count in found.items():
        total[kind] = total.get(kind, 0) + count
    return total


def _feature(item: Definition) -> dict[str, Any]:
    feature = item.feature
    return {
        "column": item.column,
        "feature": feature.name if feature else None,
        "version": feature.version if feature else None,
        "params": dict(item.params),
        "fingerprint": item.expr.fingerprint,
        "formula": item.expr.text,
    }
