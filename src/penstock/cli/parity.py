"""``penstock parity``: what a store served, against a replay."""

from dataclasses import asdict

from penstock.cli.backfill import End, Threads
from penstock.cli.console import finite, print_json
from penstock.cli.definitions import HERE, Store
from penstock.cli.inputs import prepare
from penstock.cli.options import NOTHING, Input, Json
from penstock.core.time import time_of


def parity(
    options: Input = NOTHING,
    *,
    store: Store = HERE,
    end: End = None,
    threads: Threads = None,
    json: Json = False,
) -> int:
    """Compare what a store has of a view, in history and online, with a replay of its events, in bits.

    Exit status 1 where a value that stands differs, or stands though no replay gives it. Rows that were corrected since
    are told too, as are rows that history does not have.

    Example: penstock parity --view spreads.toml --source day1.dbn.zst day2.dbn.zst
    """
    until = None if end is None else time_of(end, "--end")
    sources, view = prepare(options, "parity")
    from penstock.jobs.backfill import served_parity
    from penstock.jobs.feature_store import FeatureStore

    with FeatureStore(store) as opened:
        found = served_parity(opened, view, sources, end=until, threads=threads)
    if json:
        told = asdict(found)
        for one in told["mismatches"]:
            one |= {name: finite(one[name]) for name in ("served", "computed")}
        print_json(told | {"equal": bool(found)})
    else:
        print(found)
        for one in found.mismatches:
            print(one)
    return 0 if found else 1
