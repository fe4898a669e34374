"""From a request to pairs that the online store reads, and from what it has to an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penstock.core.arrays import F8
from penstock.core.errors import DefinitionError
from penstock.declare import OnDemand, Schema
from penstock.declare.stored import outside_age
from penstock.jobs.feature_store.answers import Answer
from penstock.jobs.feature_store.exposures import Exposures
from penstock.jobs.feature_store.stateless import Stateless
from penstock.store.entity import encode_key, entity_key
from penstock.store.online.memory import Entry, Pair
from penstock.store.online.packed import Packer
from penstock.store.registry.contents import Choice, Contents, ViewEntry, version_of
from penstock.store.registry.definitions import ON_DEMAND
from penstock.store.status import NOT_FOUND, OUTSIDE_MAX_AGE, PRESENT

Row = Mapping[str, Any]
Column = tuple[
    list[Any], list[int | None], list[str]
]  # values, stamps, and what each entity's row is


_PACKERS: dict[tuple[str, str], Packer] = {}


def packer_of(schema: Schema) -> Packer:
    """What packs and unpacks the rows of a version."""
    name = schema.id, schema.fingerprint
    found = _PACKERS.get(name)
    if found is None:
        found = _PACKERS[name] = Packer(schema)
    return found


@dataclass(frozen=True, slots=True)
class Demand:
    """An on-demand view of a request: what it reads, what it is computed with, and what is asked for."""

    definition: OnDemand
    version: int
    reads: tuple[tuple[str, str], ...]  # name, and view:feature
    compute: Stateless
    columns: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What a request reads: stored views, on-demand views over them, and the names of the answer in order."""

    stored: tuple[Choice, ...]
    demands: tuple[Demand, ...]
    names: tuple[str, ...]
    hidden: Mapping[str, str] = field(
        default_factory=dict
    )  # view:feature to the name it is read under

    @property
    def key(self) -> tuple[str, ...]:
        """The key columns of all views that are read."""
        found = dict.fromkeys(n for c in self.stored for schema in c.schemas for n in schema.key)
        return tuple(found)


def request_of(
    contents: Contents, features: Sequence[str] | str, *, full_feature_names: bool = False
) -> Request:
    """What a request reads."""
    choices = contents.choices(features, full_feature_names=full_feature_names)
    stored = [choice for choice in choices if choice.view.kind != ON_DEMAND]
    names = in_order(features, choices)
    demands = tuple(
        demand_of(contents, choice.view, choice)
        for choice in choices
        if choice.view.kind == ON_DEMAND
    )
    hidden: dict[str, str] = {}
    for choice in stored:
        if choice.pinned is None:
            hidden |= {
                f"{choice.view.name}:{c}": n
                for c, n in zip(choice.columns, choice.names, strict=True)
            }
    for demand in demands:
        for _, ref in demand.reads:
            if ref not in hidden:
                (extra,) = contents.choices([ref])
                hidden[ref] = f"\0{ref}"
                stored.append(Choice(extra.view, extra.pinned, extra.columns, (hidden[ref],)))
    return Request(tuple(stored), demands, names, hidden)


def in_order(features: Sequence[str] | str, choices: Sequence[Choice]) -> tuple[str, ...]:
    """The names of an answer, in the order of the request."""
    if isinstance(features, str):
        return tuple(name for choice in choices for name in choice.names)
    by_view = {(c.view.name, c.pinned): dict(zip(c.columns, c.names, strict=True)) for c in choices}
    names: dict[str, None] = {}
    for text in features:
        ref, _, column = text.partition(":")
        columns = by_view[version_of(ref)]
        names |= dict.fromkeys(columns.values()) if column == "*" else {columns[column]: None}
    return tuple(names)


def demand_of(contents: Contents, entry: ViewEntry, choice: Choice) -> Demand:
    """An on-demand view, compiled over the units of what it reads."""
    schema = choice.schema(b"")
    body = entry.definitions[schema.version]
    definition = OnDemand(entry.name, body["columns"], reads=body["reads"], request=body["request"])
    units: dict[str, str] = {}
    for name, ref in definition.reads.items():
        view, _, feature = ref.partition(":")
        found = {c.name: c for c in contents.schema(view).columns}
        if feature not in found or found[feature].kind == "str":
            raise DefinitionError(
                f"{entry.name}: it reads numbers of a view that is defined, got {ref!r}"
            )
        units[name] = found[feature].unit
    return Demand(
        definition,
        schema.version,
        tuple(definition.reads.items()),
        compiled(definition, units),
        choice.columns,
        choice.names,
    )


_COMPILED: dict[tuple[Any, ...], Stateless] = {}


def compiled(definition: OnDemand, units: Mapping[str, str]) -> Stateless:
    """The engine of an on-demand view; one for each definition, since making it takes milliseconds."""
    parts = (definition.columns, definition.reads, definition.request, units)
    name = (definition.name, *(tuple(part.items()) for part in parts))
    if name not in _COMPILED:
        _COMPILED[name] = Stateless(definition.expressions(units), definition.stream(units))
    return _COMPILED[name]


def pairs_of(
    request: Request, entities: Sequence[Row], exposures: Exposures, now: int
) -> list[tuple[Schema, Pair]]:
    """What is read of each stored view for each entity, view by view; where reads are split that is noted."""
    made: list[tuple[Schema, Pair]] = []
    for choice in request.stored:
        key = choice.schemas[0].key
        for row in entities:
            data = encode_key(entity_key(row, key))
            schema = choice.schema(data)
            if choice.split:
                exposures.note(now, schema.view, schema.version, data)
            made.append((schema, (schema.id, data)))
    return made


def answer_of(
    request: Request,
    entities: Sequence[Row],
    pairs: Sequence[tuple[Schema, Pair]],
    entries: Sequence[Entry],
    now: int,
) -> Answer:
    """The answer to a request, of the rows that were read for it."""
    found: dict[str, Column] = {}
    size = len(entities)
    for place, choice in enumerate(request.stored):
        part = slice(place * size, (place + 1) * size)
        found |= columns_of(choice, pairs[part], entries[part], now)
    for demand in request.demands:
        found |= computed(demand, request, entities, found)
    answer = Answer([dict(row) for row in entities])
    for name in request.names:
        answer.add(name, *found[name])
    return answer


def columns_of(
    choice: Choice, pairs: Sequence[tuple[Schema, Pair]], entries: Sequence[Entry], now: int
) -> dict[str, Column]:
    """The columns of one view."""
    rows = [row_of(schema, entry, now) for (schema, _), entry in zip(pairs, entries, strict=True)]
    stamps = [stamp for _, stamp, _ in rows]
    ages = [age for _, _, age in rows]
    return {
        name: ([values.get(column) for values, _, _ in rows], stamps, ages)
        for column, name in zip(choice.columns, choice.names, strict=True)
    }


def row_of(schema: Schema, entry: Entry, now: int) -> tuple[dict[str, Any], int | None, str]:
    """The values of a row by column, its event time, and whether it is there and young enough."""
    if entry.packed is None:
        return {}, None, NOT_FOUND
    row = packer_of(schema).unpack(entry.packed)
    if row.deleted:
        return {}, None, NOT_FOUND
    if outside_age(schema.ttl, row.event_ts, now):
        return {}, row.event_ts, OUTSIDE_MAX_AGE
    return dict(zip(schema.names, row.values(), strict=True)), row.event_ts, PRESENT


def computed(
    demand: Demand, request: Request, entities: Sequence[Row], found: Mapping[str, Column]
) -> dict[str, Column]:
    """The columns of an on-demand view: as old as the oldest that it reads, and there if all of it is."""
    size = len(entities)
    inputs: dict[str, F8] = {}
    worst, stamps = [PRESENT] * size, list[int | None]([None] * size)
    for name, ref in demand.reads:
        values, times, ages = found[request.hidden[ref]]
        inputs[name] = numbers(values)
        for i, (at, age) in enumerate(zip(times, ages, strict=True)):
            if age != PRESENT and worst[i] != NOT_FOUND:
                worst[i] = age
            before = stamps[i]
            stamps[i] = at if before is None or (at is not None and at < before) else before
    for name in demand.definition.request:
        inputs[name] = asked_numbers(demand.definition, name, entities)
    made = demand.compute.compute(inputs)
    places = {name: i for i, name in enumerate(demand.compute.names)}
    return {
        name: (made[:, places[column]].tolist(), stamps, worst)
        for column, name in zip(demand.columns, demand.names, strict=True)
    }


def numbers(values: Sequence[Any]) -> F8:
    """Values as numbers, NaN where there is none."""
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def asked_numbers(definition: OnDemand, name: str, entities: Sequence[Row]) -> F8:
    """A number that comes with each entity of a request."""
    try:
        return np.array([float(row[name]) for row in entities], np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise DefinitionError(
            f"{definition.name}: the request must bring the number {name} with each entity, got {error!r}"
        ) from error
