"""Point-in-time joins of a request: stored views from the lake, on-demand ones computed over them."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from penstock.core.errors import DataError
from penstock.jobs.feature_store.answers import null
from penstock.jobs.feature_store.reading import Demand, Request, asked_numbers, numbers
from penstock.jobs.feature_store.tables import STAMPS, Data, columns_of, keys_of, stamps_of
from penstock.store.offline.history import AT, Wanted, read_history
from penstock.store.offline.lake import Lake
from penstock.store.registry.contents import Choice
from penstock.store.status import NOT_FOUND, NULL_VALUE, PRESENT


def history_of(
    lake: Lake,
    request: Request,
    entities: Data,
    *,
    known: bool,
    statuses: bool,
    versions: bool = False,
) -> pl.DataFrame:
    """The columns of the entities, then the features of each at its time.

    Raises
    ------
    DataError
        A key column or the times are missing, or a row has none.
    """
    given = columns_of(entities)
    frame = keyed(given, request)
    wanted = [wanted_of(choice) for choice in request.stored]
    all_of_it = bool(request.demands) or statuses
    found = read_history(lake, frame, wanted, known=known, statuses=all_of_it, versions=versions)
    made = found.to_dict()
    for demand in request.demands:
        made |= computed(demand, request, given, frame.height, made)
    more = ["", *(["__status"] if statuses else []), *(["__version"] if versions else [])]
    kept = [f"{name}{end}" for name in request.names for end in more]
    back = pl.DataFrame(given, strict=False)
    return back.hstack(pl.DataFrame({name: made[name] for name in kept}))


def keyed(given: Mapping[str, Any], request: Request) -> pl.DataFrame:
    """The keys of the entities as texts, and their times in ns."""
    stamp = next((name for name in STAMPS if name in given), None)
    missing = [name for name in request.key if name not in given]
    if stamp is None or missing:
        needed = ", ".join((*request.key, STAMPS[0]))
        raise DataError(f"Entities: the columns {needed} are needed, got {', '.join(given)}")
    wrong: dict[int, str] = {}
    columns = {name: keys_of(given[name], name, wrong) for name in request.key}
    columns[AT] = stamps_of(given[stamp], stamp, wrong)
    if wrong:
        row, why = next(iter(sorted(wrong.items())))
        raise DataError(f"Entities: row {row}: {why}")
    return pl.DataFrame(columns)


def wanted_of(choice: Choice) -> Wanted:
    """What is read of a view: its version, and where none is named also older ones, for what is defined alike."""
    schema = choice.view.schema(choice.pinned)
    older = sorted((n for n in choice.view.versions if n < schema.version), reverse=True)
    schemas = (
        (schema,)
        if choice.pinned is not None
        else (schema, *(choice.view.schema(n) for n in older))
    )
    return Wanted(schemas, choice.columns, choice.names, schema.ttl)


def computed(
    demand: Demand,
    request: Request,
    given: Mapping[str, Any],
    size: int,
    found: Mapping[str, pl.Series],
) -> dict[str, pl.Series]:
    """The columns of an on-demand view."""
    inputs = {name: numbers(found[request.hidden[ref]].to_list()) for name, ref in demand.reads}
    rows = [{name: given[name][i] for name in demand.definition.request} for i in range(size)]
    for name in demand.definition.request:
        inputs[name] = asked_numbers(demand.definition, name, rows)
    ages = [found[f"{request.hidden[ref]}__status"].to_list() for _, ref in demand.reads]
    worst = [worst_of([age[i] for age in ages]) for i in range(size)]
    values = demand.compute.compute(inputs)
    made: dict[str, pl.Series] = {}
    for column, name in zip(demand.columns, demand.names, strict=True):
        cells = values[:, demand.compute.names.index(column)].tolist()
        shown = [
            v if s == PRESENT and not null(v) else None for v, s in zip(cells, worst, strict=True)
        ]
        said = [
            s if s != PRESENT or v is not None else NULL_VALUE
            for v, s in zip(shown, worst, strict=True)
        ]
        made[name] = pl.Series(name, shown, dtype=pl.Float64)
        made[f"{name}__status"] = pl.Series(said, dtype=pl.String)
        made[f"{name}__version"] = pl.Series([demand.version], dtype=pl.Int64).new_from_index(
            0, size
        )
    return made


def worst_of(statuses: list[str]) -> str:
    """What a value is that is computed of others: there if all of them are; a null is a number that is none."""
    bad = [status for status in statuses if status not in (PRESENT, NULL_VALUE)]
    return NOT_FOUND if NOT_FOUND in bad else bad[0] if bad else PRESENT
