"""``penstock backfill``: a registered view over recorded files into the store."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from penstock.cli.console import print_json, print_table, progress
from penstock.cli.definitions import HERE, Store
from penstock.cli.inputs import prepare
from penstock.cli.options import NOTHING, Input, Json, Policy
from penstock.cli.quality import policy_and_place
from penstock.cli.run import reasons
from penstock.core.errors import DefinitionError
from penstock.core.time import time_of

End = Annotated[
    str | None,
    Parameter(help="Make timed rows up to this time: ISO (UTC where it names no offset) or ns."),
]
Threads = Annotated[
    int | None,
    Parameter(help="Groups of keys that are computed at one time; by default one a processor."),
]


def backfill(  # noqa: PLR0913  (options)
    options: Input = NOTHING,
    *,
    store: Store = HERE,
    to: Annotated[
        Literal["online", "offline", "online_and_offline"], Parameter(help="Where rows go.")
    ] = "online_and_offline",
    end: End = None,
    shards: Annotated[
        int | None,
        Parameter(help="Groups of keys that go from day to day on their own; 4 by default."),
    ] = None,
    threads: Threads = None,
    force: Annotated[
        bool, Parameter(negative="", help="Compute days that are done over the same events too.")
    ] = False,
    quarantine: Annotated[
        Path | None, Parameter(help="Keep bad rows of the sources in this Arrow file.")
    ] = None,
    policy: Policy = "count",
    json: Json = False,
) -> int:
    """Compute a registered view over files, and bring history and the latest values to what was computed.

    Days whose events are known are not computed again; whoever was interrupted does it again and goes on. Rows that
    history has in other bits get a row beside them that is known from now on.

    Example: penstock backfill --view spreads.toml --source day1.dbn.zst day2.dbn.zst
    """
    until = None if end is None else time_of(end, "--end")
    if threads is not None and threads < 1:
        raise DefinitionError(f"--threads: at least 1 is needed, got {threads}")
    if shards is not None and shards < 1:
        raise DefinitionError(f"--shards: at least 1 is needed, got {shards}")
    rule, quarantine = policy_and_place(options, policy, quarantine)
    sources, view = prepare(options, "backfill")
    from penstock.events import Quarantine
    from penstock.jobs.backfill import SHARDS
    from penstock.jobs.backfill import backfill as fill
    from penstock.jobs.feature_store import FeatureStore

    with (
        Quarantine(quarantine, rule) as aside,  # type: ignore[arg-type]
        FeatureStore(store) as opened,
        progress("reading and computing", show=not json) as update,
    ):
        found = fill(
            opened, view, sources, end=until, to=to, shards=shards or SHARDS, threads=threads, force=force,
            quarantine=aside,
            progress=update and (lambda events, rows, chunks: update(events, rows, f", {chunks} chunks")),
        )  # fmt: skip
    bad: dict[str, int] = {}
    for (_, why), count in aside.counts.items():
        bad[why] = bad.get(why, 0) + count
    if json:
        print_json(asdict(found) | {"quarantined": bad})
        return 0
    lines = {
        "events": f"{found.events:,} on {found.days:,} days",
        "chunks": f"{found.computed:,} computed, {found.unchanged:,} done before",
        "rows": f"{found.rows:,} computed",
        "history": f"{found.fresh:,} new, {found.same:,} there already, {found.changed:,} changed, {found.gone:,} gone",
        "online": f"{found.newer:,} newer rows",
    }
    if found.refused:
        lines["refused"] = f"{found.refused:,} by the view's checks, kept aside"
    if bad:
        lines["quarantined"] = reasons(bad)
    if found.later:
        lines["away"] = f"{', '.join(found.later)}: gets the rows when it is back"
    if found.expiring:
        lines["expiring"] = (
            f"{found.expiring:,} days are older than history is kept: give the view a retention, such as "
            'retention = "3650d", and apply it'
        )
    print_table(found.view, lines)
    return 0
