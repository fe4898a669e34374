"""``penstock catalog``: what features there are."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from rich.table import Table
from rich.text import Text

from penstock.cli.console import OUT, finite, print_json, print_table
from penstock.cli.options import Json
from penstock.core.errors import DefinitionError, nearest

if TYPE_CHECKING:
    from penstock.declare import Feature

WIDE = 110  # columns from which there is room for units

catalog = App(
    name="catalog", help="List, search and explain the features.", result_action="return_value"
)


@catalog.command(name="list")
def list_(
    *,
    family: Annotated[str | None, Parameter(help="Only one family, such as price.")] = None,
    json: Json = False,
) -> int:
    """List every feature: its id, its unit and what it says.

    Those that wait for something not built yet are marked with what they wait for.
    """
    from penstock.catalog import FEATURES, WAITING

    families = sorted(
        {name.partition(".")[0] for name in (*(f.name for f in FEATURES), *(n for n, _ in WAITING))}
    )
    if family is not None and family not in families:
        raise DefinitionError(
            f"--family: one of {', '.join(families)} is needed, got {family!r}{nearest(family, families)}"
        )
    found = [feature for feature in FEATURES if family in (None, feature.family)]
    waiting = [(name, why) for name, why in WAITING if family in (None, name.partition(".")[0])]
    if json:
        print_json({"features": [*map(facts, found), *(waits(*item) for item in waiting)]})
    else:
        listing(found, waiting)
    return 0


@catalog.command
def search(*words: str, json: Json = False) -> int:
    """Find features whose name, sentence or tags hold every word.

    Parameters
    ----------
    words
        Such as: spread bps
    """
    from penstock.catalog import WAITING
    from penstock.catalog import search as matching

    if not words:
        raise DefinitionError("penstock catalog search: at least one word is needed, got none")
    found = list(matching(" ".join(words)))
    waiting = [(name, why) for name, why in WAITING if all(word.lower() in name for word in words)]
    if json:
        print_json({"features": [*map(facts, found), *(waits(*item) for item in waiting)]})
    elif found or waiting:
        listing(found, waiting)
    else:
        OUT.print(
            f"No feature holds {' '.join(words)!r}; try fewer words, or: penstock catalog list"
        )
    return 0


@catalog.command
def show(id: str, *, json: Json = False) -> int:
    """Explain a feature: formula, parameters, unit, range, inputs, warm-up.

    Parameters
    ----------
    id
        Such as price.simple_return, or with parameters: price.simple_return(k=5)
    """
    from penstock.catalog import WAITING
    from penstock.declare import parse_request

    waiting = dict(WAITING)
    if id in waiting:
        if json:
            print_json(waits(id, waiting[id]))
        else:
            OUT.print(f"{id} is not built yet: it waits for {waiting[id]}.")
        return 0
    feature, params, _ = parse_request(id)
    found = facts(feature, params)
    if json:
        print_json(found)
        return 0
    parameters = (
        ", ".join(f"{p['name']}={p['default']} ({p['type']})" for p in found["parameters"])
        or "none"
    )
    lines = {
        "version": found["version"],
        "unit": found["unit"],
        "range": span(feature),
        "reads": ", ".join(found["inputs"]),
        "warm-up": f"{found['warmup']} ticks",
        "cost": found["incremental"],
        "parameters": f"{parameters}; and a timeframe, tf=M5",
        "definition": found["formula"]["definition"],
        "formula": found["formula"]["text"],
        "LaTeX": found["formula"]["latex"],
        "source": found["source"],
        "checked against": found["oracle"],
        "fingerprint": found["fingerprint"],
    }
    lines = {name: value for name, value in lines.items() if value}
    OUT.print(f"[bold]{feature.name}[/bold]  {feature.says}", highlight=False)
    print_table("", lines)
    OUT.print(
        f"\nTry: penstock run --features '{id}' --source FILE --out FILE.parquet", markup=False
    )
    return 0


def listing(found: "list[Feature]", waiting: list[tuple[str, str]]) -> None:
    """Print features, one a row."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column("feature", no_wrap=True)
    made.add_column("says")
    wide = OUT.width >= WIDE
    if wide:
        made.add_column("unit", no_wrap=True, style="dim")
    for feature in found:
        made.add_row(feature.name, feature.says, *([feature.unit] if wide else []))
    for name, why in waiting:
        made.add_row(Text(name, style="dim"), Text(f"waits for {why}", style="dim"))
    OUT.print(made)
    OUT.print(
        f"\n{len(found)} features" + (f", {len(waiting)} waiting" if waiting else ""), style="dim"
    )


def facts(feature: "Feature", params: dict[str, Any] | None = None) -> dict[str, Any]:
    """A feature as JSON knows it."""
    from penstock.declare import facts as of

    expr = feature.expr(**(params or {}))
    return {
        "id": feature.name,
        "name": feature.name.partition(".")[2],
        "family": feature.family,
        "version": feature.version,
        "says": feature.says,
        "formula": {"definition": feature.formula, "text": expr.text, "latex": expr.latex},
        "unit": expr.unit,
        "range": [finite(bound) for bound in feature.range],
        "warmup": of.warmup(expr),
        "inputs": list(of.inputs(expr)),
        "incremental": of.incremental(expr),
        "source": feature.source,
        "oracle": feature.oracle,
        "parameters": [
            {"name": p.name, "type": p.kind, "default": p.text, "choices": list(p.choices)}
            for p in feature.parameters.values()
        ],
        "fingerprint": expr.fingerprint,
        "tags": list(feature.tags),
        "waiting": None,
    }


def waits(name: str, why: str) -> dict[str, Any]:
    """A feature that is not built yet, as JSON knows it."""
    family, _, short = name.partition(".")
    return {"id": name, "name": short, "family": family, "waiting": why}


def span(feature: "Feature") -> str:
    """The promised range in words."""
    low, high = feature.range
    return f"{low:g} to {high:g}".replace("inf", "infinity")
