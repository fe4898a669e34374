"""``penstock compare``: two versions of a view side by side."""

from dataclasses import asdict

from penstock.cli.console import print_json, print_table
from penstock.cli.definitions import HERE, Store, registry_of
from penstock.cli.options import Json
from penstock.core.errors import DefinitionError


def compare(one: str, two: str, *, store: Store = HERE, json: Json = False) -> int:
    """Compare what history has of two versions of a view: rows, values, coverage, and how late rows were known.

    Example: penstock compare quotes@v1 quotes@v2
    """
    from penstock.jobs.feature_store import comparison
    from penstock.store.config import read_config
    from penstock.store.offline.lake import Lake

    with registry_of(store) as registry:
        first, second = (registry.contents().schema(ref) for ref in (one, two))
    if first.key != second.key:
        raise DefinitionError(
            f"compare: versions with one key are needed, got {', '.join(first.key)} and {', '.join(second.key)}"
        )
    lake = Lake(read_config(store).lake)
    old, new = (lake.read(schema).collect() for schema in (first, second))
    found = comparison.compare(first.id, second.id, old, new, first.key)
    if json:
        print_json(asdict(found))
        return 0
    rows = {f"rows of {name.replace('_', ' ')}": f"{count:,}" for name, count in found.rows.items()}
    lists = {"added": ", ".join(found.added), "removed": ", ".join(found.removed)}
    late = {
        f"{name} known after": f"p50 {q['p50']:,.1f} ms, p99 {q['p99']:,.1f} ms"
        for name, q in found.latency.items()
        if q
    }
    print_table(f"{found.one} and {found.two}", rows | {n: t for n, t in lists.items() if t} | late)
    if found.columns:
        print(found.to_df())
    return 0
