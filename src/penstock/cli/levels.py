"""``penstock levels``: touches of price levels, from a date's raw files to tables for training."""

from collections import deque
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from penstock.cli.console import OUT, print_json, print_table
from penstock.cli.levels_live import live
from penstock.cli.levels_options import (
    ALL,
    HERE,
    Book,
    Force,
    OutDir,
    Set,
    SourceDir,
    Span,
    Workers,
    parameters_of,
    positive,
)
from penstock.cli.levels_told import NOTHING, ingested, outcome, table, watching
from penstock.cli.options import Json
from penstock.core.errors import DefinitionError
from penstock.core.time import iso_text, time_of

levels = App(
    name="levels",
    help="Touches of price levels: what the market did there, and what came after.",
    result_action="return_value",
)
levels.command(live)


@levels.command
def run(  # noqa: PLR0913  (options)
    span: Span = ALL,
    *,
    source: SourceDir,
    out: OutDir = HERE,
    mode: Annotated[
        Literal["tick", "bar"] | None,
        Parameter(help="Decide at each trade, or at the end of each minute."),
    ] = None,
    preset: Annotated[
        Literal["default", "requirement"],
        Parameter(help="The parameters to begin with; those of the requirement are literal."),
    ] = "default",
    set_: Set = None,
    book: Book = None,
    dry: Annotated[
        bool,
        Parameter(
            name="--dry-run",
            negative="",
            help="Only say what would be done, and what would be null.",
        ),
    ] = False,
    workers: Workers = 1,
    force: Force = False,
    json: Json = False,
) -> int:
    """Make the gold tables of dates: a row for each touch of a level, and its labels apart.

    A date is made again only where its files, a definition, a parameter or what is carried into it changed. A bad
    date is said and the others go on; the exit status is then 1.
    """
    from penstock.jobs.levels.dates import look_ahead, run_dates
    from penstock.jobs.levels.run import task

    parameters = parameters_of(preset, mode, set_)
    asked = task(source, out, parameters, span.asked())
    asked = replace(asked, book=book, workers=positive(workers), force=force)
    if dry:
        found = look_ahead(asked)
    else:
        with watching(show=not json) as tell:
            found = run_dates(asked, tell)
    made = {str(each.date): asdict(each) | {"date": str(each.date)} for each in found}
    if json:
        print_json({"out": str(out), "dates": list(made.values())})
    else:
        print_table(str(out), {date: outcome(each) for date, each in made.items()} or NOTHING)
    return int(not all(each.is_well for each in found))


@levels.command
def demo(
    *,
    out: Annotated[Path, Parameter(help="A folder for the files and the tables.")] = Path(
        "levels-demo"
    ),
    trades: Annotated[
        int, Parameter(help="Trades of the future a date; book updates are 8 times as many.")
    ] = 30_000,
    seed: Annotated[int, Parameter(help="What is drawn.")] = 0,
    json: Json = False,
) -> int:
    """Simulate two dates of futures, their book, quotes and options as real files, and run them to gold tables."""
    import datetime as dt

    from penstock.formulas.levels.parameters import Parameters
    from penstock.jobs.levels.dates import run_dates
    from penstock.jobs.levels.run import task
    from penstock.jobs.levels.simulated import simulate_dates

    raw = out / "raw"
    dates = (dt.date(2025, 12, 16), dt.date(2025, 12, 17))
    if not json:
        OUT.print(f"simulating {len(dates)} dates into {raw}")
    simulate_dates(
        raw, dates, trades=positive(trades), books=8 * trades, options=trades // 2, seed=seed
    )
    with watching(show=not json) as tell:
        found = run_dates(task(raw, out, Parameters()), tell)
    made = {str(each.date): asdict(each) | {"date": str(each.date)} for each in found}
    if json:
        print_json({"out": str(out), "dates": list(made.values())})
    else:
        print_table(str(out), {date: outcome(each) for date, each in made.items()})
    return int(not all(each.is_well for each in found))


@levels.command
def aggregate(span: Span = ALL, *, out: OutDir = HERE, json: Json = False) -> int:
    """Join the touches of many dates with their labels into gold/research/signals_multi_day.parquet.

    The table is for training: no feature can be computed from it, since readers refuse a file that holds labels.
    """
    from penstock.jobs.levels.training import aggregate as join

    made = join(out, span.asked())
    if json:
        print_json(
            {"out": str(made.path), "rows": made.rows, "dates": [str(date) for date in made.dates]}
        )
        return 0
    count = len(made.dates)
    lines = {
        "rows": f"{made.rows:,} touches with their labels",
        "dates": f"{count}, {made.dates[0]} to {made.dates[-1]}",
    }
    print_table(str(made.path), lines)
    return 0


@levels.command
def ingest(  # noqa: PLR0913  (options)
    span: Span = ALL,
    *,
    source: SourceDir,
    out: OutDir = HERE,
    roots: Annotated[
        str | None,
        Parameter(
            help="Roots of options, separated by commas; the underlying's symbol by default."
        ),
    ] = None,
    expiries: Annotated[
        Literal["day", "all"], Parameter(help="Options that expire on the date, or all of them.")
    ] = "day",
    books: Annotated[
        bool, Parameter(negative="", help="Order books too, which are large.")
    ] = False,
    set_: Set = None,
    workers: Workers = 1,
    force: Force = False,
    json: Json = False,
) -> int:
    """Make bronze Parquet of raw files, once per date: options with strikes, expiries and aggressors, trades, quotes.

    An aggressor comes from the quotes that a trade met, else from the prices before it; the column signed_by says
    which. The exit status is 1 if a date could not be read.
    """
    from penstock.jobs.levels.choice import within
    from penstock.jobs.levels.ingest import Wanted, find_raw
    from penstock.jobs.levels.ingest import ingest as make
    from penstock.jobs.levels.workers import Failed, done

    parameters = parameters_of("default", None, set_)
    symbol = parameters.symbol
    names = tuple(root.strip() for root in (roots or symbol).split(","))
    wanted = Wanted(
        out, parameters, names, all_expiries=expiries == "all", books=books, force=force
    )
    jobs = deque(
        (raw, wanted) for raw in find_raw(source, symbol.lower()) if within(raw.date, span.asked())
    )
    if not jobs:
        raise DefinitionError(
            f"{source}: files of at least one date are needed, got none; see penstock levels ingest --help"
        )
    found: dict[str, dict[str, Any]] = {}
    bad = False
    for (raw, _), made in done(make, jobs, min(positive(workers), len(jobs)), lambda *_: None):
        date = str(raw.date)
        if isinstance(made, Failed):
            bad, found[date] = True, {"failed": made.why}
        else:
            found[date] = {"rows": made.rows, "signed": made.signed, "left": made.left}
    if json:
        print_json({"out": str(out / "bronze"), "dates": dict(sorted(found.items()))})
    else:
        print_table(str(out / "bronze"), {date: ingested(found[date]) for date in sorted(found)})
    return int(bad)


@levels.command
def state(  # noqa: PLR0913  (options)
    *,
    source: SourceDir,
    at: Annotated[str, Parameter(help="The time: ISO (UTC where it names no offset) or ns.")],
    level: Annotated[
        float | None,
        Parameter(help="The middle of the book's zone in dollars; the last price by default."),
    ] = None,
    book: Book = None,
    out: Annotated[
        Path | None, Parameter(help="Write both tables as Parquet into this directory.")
    ] = None,
    set_: Set = None,
    json: Json = False,
) -> int:
    """Say what stood at a time: what was traded at each strike, by right and aggressor, and the book around a price."""
    from penstock.jobs.levels.inputs import find
    from penstock.jobs.levels.state import state as read
    from penstock.jobs.levels.state import write_state

    parameters = parameters_of("default", None, set_)
    inputs = find(source, book=book, prefix=parameters.symbol.lower())
    found = read(inputs, time_of(at, "--at"), parameters, level)
    written = [] if out is None else [str(path) for path in write_state(out, found)]
    if json:
        tables = {"strikes": found.strikes.to_dicts(), "zone": found.zone.to_dicts()}
        known = {"spot": found.spot if found.spot == found.spot else None, "ratio": found.ratio}
        print_json({"at": found.at} | known | tables | {"written": written})
        return 0
    OUT.print(f"{iso_text(found.at)}  spot {found.spot:.2f}  ratio {found.ratio:.4f}", markup=False)
    OUT.print(table("strikes", found.strikes))
    OUT.print(table("book", found.zone))
    for path in written:
        OUT.print(path, markup=False)
    return 0


@levels.command
def show(
    event_id: Annotated[str, Parameter(help="The touch, or the beginning of its id.")],
    *,
    out: OutDir = HERE,
    picture: Annotated[
        Path | None,
        Parameter(help="The file to draw: .png, .svg or .pdf; EVENT_ID.png by default."),
    ] = None,
    json: Json = False,
) -> int:
    """Draw a touch: the price's path, the level, the book's depth, what each engine saw and what came after."""
    from penstock.jobs.levels.picture import draw, title, told
    from penstock.jobs.levels.scene import scene

    found = scene(out, event_id)
    path = picture or Path(f"{found.row['event_id']}.png")
    draw(found, path)
    if json:
        print_json({"picture": str(path), "touch": found.row, "labels": found.labels})
        return 0
    lines = {name: ", ".join(" ".join(line.split()) for line in said) for name, said in told(found)}
    print_table(title(found), lines | {"picture": str(path)})
    return 0
