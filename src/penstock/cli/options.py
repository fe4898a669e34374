"""The options that commands share."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

KEY = "symbol"  # what names a key where nothing else is said

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON object.")]
Lateness = Annotated[
    str | None, Parameter(help="Event time to wait for stragglers: 2s. By default none.")
]
IdleAfter = Annotated[
    str | None,
    Parameter(help="Event time after which a silent stream does not hold the others: 10s."),
]
Aside = Annotated[Path | None, Parameter(help="Keep bad rows in this Arrow file.")]
Policy = Annotated[str, Parameter(help="What bad rows do: count, stop, or a rate.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Input:
    """What is computed on which files."""

    features: Annotated[
        list[str],
        Parameter(
            negative="",
            help="Features of the catalogue, separated by commas: NAME or NAME(param=value). A column is named as "
            "asked for. `penstock catalog` lists them.",
        ),
    ] = field(default_factory=list)
    view: Annotated[
        Path | None,
        Parameter(
            help="A view in a TOML file, in place of --features, --on, --key and, where it names them, --source."
        ),
    ] = None
    source: Annotated[
        list[str],
        Parameter(
            consume_multiple=True,
            negative="",
            help="Files to read: DBN (.dbn), Parquet, Arrow IPC (.arrow), JSON lines (.jsonl), CSV (.csv, .tsv, .zip) "
            "and LOBSTER; DBN and texts also as .gz or .zst.",
        ),
    ] = field(default_factory=list)
    format: Annotated[
        Literal["dbn", "parquet", "arrow", "jsonl", "csv", "lobster", "gateway", "otlp", "litellm"]
        | None,
        Parameter(help="What the files are; by their extension if left out."),
    ] = None
    type: Annotated[
        str | None,
        Parameter(
            help="What a row of a table is, such as trade, quote, book, bar, funding, open_interest, liquidation or "
            "option_trade; by its columns if left out."
        ),
    ] = None
    map: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            negative="",
            help="COLUMN=FIELD for each column of a table that is not named as its field: px=price, px=price*1e-4, "
            "data.p=price (a path in JSON), "
            "ts=time:ms:UTC, t=time:ms:America/New_York:2013-10-07 (since that midnight). symbol==SPY gives all rows "
            "one key. interval=1m: bars are stamped at their start. absent=0: numbers that stand for no price. "
            "where=COLUMN:VALUE,VALUE: the rows that are events.",
        ),
    ] = None
    header: Annotated[
        bool,
        Parameter(
            negative="--no-header",
            help="A CSV's first line names the columns; else they are 0, 1, …",
        ),
    ] = True
    separator: Annotated[
        str | None, Parameter(help="Between a CSV's cells: a comma, a tab in a .tsv, if left out.")
    ] = None
    member: Annotated[
        str | None, Parameter(help="Which file of a zip, where it holds several.")
    ] = None
    order: Annotated[
        Literal["event", "receive"],
        Parameter(
            help="Which stamp of a DBN file or a capture is an event's time: the exchange's, or when it was received."
        ),
    ] = "receive"
    key: Annotated[str, Parameter(help="The key columns, separated by commas.")] = KEY
    on: Annotated[
        str | None,
        Parameter(
            help="When there is a row: every:1s, bar:1m, tick:100, volume:1000, dollar:1e6, trade, quote, book, bar or "
            "any(trade,book). By default at each event of the first of trade, quote, book, bar that the features read "
            "and the files have; bar:1m where a feature reads bars and the files have only trades.",
        ),
    ] = None
    routes: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            negative="",
            help="Keys whose events others see in a role that the --view reads: 'benchmark(SPY)', 'pair(ES, NQ)', "
            "'benchmark(SPY, role=index)', in place of those of the file.",
        ),
    ] = None
    negative_prices: Annotated[
        bool, Parameter(negative="", help="Prices may be zero or below: spreads, power, rates.")
    ] = False
    crossed: Annotated[
        bool,
        Parameter(
            negative="", help="Books may be crossed or locked: auctions, consolidated quotes."
        ),
    ] = False
    symbols: Annotated[
        str | None,
        Parameter(help="The symbols that there are, separated by commas: rows of others are bad."),
    ] = None
    since: Annotated[
        str | None,
        Parameter(
            help="Rows stamped before this time are bad: ISO (UTC where it names no offset) or ns. By default 1970."
        ),
    ] = None
    until: Annotated[
        str | None, Parameter(help="Rows stamped at this time or later are bad. By default 2116.")
    ] = None


NOTHING = Input()  # where nothing is given
