"""``penstock show``: what is in a file."""

import json as js
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from penstock.cli.console import OUT, print_json, print_table, progress
from penstock.cli.inputs import check_file, mapping_texts
from penstock.cli.options import Json
from penstock.cli.run import reasons
from penstock.core.errors import DataError, DefinitionError

if TYPE_CHECKING:
    import polars as pl

    from penstock.events.source import Source


def show(  # noqa: PLR0913  (options)
    file: str,
    *,
    head: Annotated[int, Parameter(help="Rows to print.")] = 10,
    key: Annotated[
        str, Parameter(help="The key columns of a source, separated by commas.")
    ] = "symbol",
    type: Annotated[
        str | None, Parameter(help="What a row of a table is, where its columns do not say.")
    ] = None,
    map: Annotated[
        list[str] | None, Parameter(consume_multiple=True, negative="", help="As in penstock run.")
    ] = None,
    header: Annotated[
        bool, Parameter(negative="--no-header", help="A CSV's first line names the columns.")
    ] = True,
    member: Annotated[str | None, Parameter(help="Which file of a zip.")] = None,
    json: Json = False,
) -> int:
    """Show what is in a file.

    Of rows that Penstock wrote (a file or a directory): the first rows, the schema, where they come from. Of events
    (DBN, Parquet, CSV): types, rows, first and last time, bad rows by reason. Of a quarantine: its rows.

    Parameters
    ----------
    file
        The file.
    """
    path = Path(file)
    if path.is_dir():
        parts = sorted(path.glob("**/*.parquet"))
        if not parts:
            raise DefinitionError(f"{file}: a directory must hold Parquet files, got none")
        return show_rows(parts, path, head, as_json=json)
    check_file(file)
    if path.suffix == ".parquet" and written(path) is not None:
        return show_rows([path], path, head, as_json=json)
    if path.suffix in (".arrow", ".arrows", ".quarantine"):
        return show_quarantine(path, head, as_json=json)
    from penstock.events.readers import Dialect, open_source

    keys = tuple(key.split(","))
    source = open_source(
        file, type=type, mapping=mapping_texts(map or (), keys, type), key=keys,
        dialect=Dialect(header=header, member=member),
    )  # fmt: skip
    return show_events(source, keys, as_json=json)


def written(path: Path) -> dict[str, Any] | None:
    """The lineage of a file that Penstock wrote."""
    from penstock.jobs.write import read_lineage

    return read_lineage(path)


def show_rows(parts: list[Path], path: Path, head: int, *, as_json: bool) -> int:
    """Show rows that a run wrote."""
    import polars as pl
    import pyarrow.parquet as pq

    files = [pq.ParquetFile(part) for part in parts]
    first = files[0]
    lineage = next((found for part in parts if (found := written(part))), {})
    rows = sum(file.metadata.num_rows for file in files)
    frame = pl.DataFrame(
        next(first.iter_batches(max(head, 1)), first.schema_arrow.empty_table())
    ).head(head)
    schema = {
        field.name: {
            "type": str(field.type),
            "unit": (field.metadata or {}).get(b"unit", b"").decode(),
        }
        for field in first.schema_arrow
    }
    if as_json:
        shown = js.loads(frame.write_json())
        print_json(
            {
                "file": str(path),
                "files": len(parts),
                "rows": rows,
                "schema": schema,
                "head": shown,
                "lineage": lineage,
            }
        )
        return 0
    print_frame(frame)
    OUT.print(f"{rows:,} rows in {len(parts)} file{'s' * (len(parts) != 1)}\n", style="dim")
    print_table("Columns", {name: f"{f['type']} {f['unit']}".strip() for name, f in schema.items()})
    if lineage.get("complete"):
        print_lineage(lineage)
    return 0


def print_frame(frame: "pl.DataFrame") -> None:
    """Print the first rows, as wide as the terminal is."""
    import polars as pl

    columns = max(3, OUT.width // 14)
    with pl.Config(
        tbl_cols=columns, tbl_rows=50, tbl_hide_dataframe_shape=True, tbl_width_chars=OUT.width
    ):
        print(frame)


def print_lineage(lineage: dict[str, Any]) -> None:
    """Print where rows come from."""
    counts = lineage["rows"]
    print_table(
        "\nLineage",
        {
            "view": f"{lineage['view']} on {lineage['on']}, key {', '.join(lineage['key'])}",
            "rows read": f"{sum(counts['read'].values()):,}",
            "events": f"{counts['admitted']:,} admitted, {counts['late']:,} late",
            "quarantined": reasons(counts["quarantined"]),
            "penstock": lineage["penstock"],
            "platform": lineage["platform"],
        },
    )
    sources = {
        s["name"]: f"{', '.join(s['types'])}; sha256 {s['sha256'][:16]}…"
        for s in lineage["sources"]
    }
    print_table("\nSources", sources)
    features = {
        f["column"]: (f"v{f['version']} " if f["version"] else "")
        + f"{f['fingerprint']}  {f['formula']}"
        for f in lineage["features"]
    }
    print_table("\nFeatures", features)


def show_events(source: "Source", keys: tuple[str, ...], *, as_json: bool) -> int:
    """Show the events of a source: it is read to its end."""
    from penstock.events import Keys, Quarantine

    numbers, aside = Keys(keys), Quarantine()
    counts = {type_.name: 0 for type_ in source.types}
    first = last = None
    with progress("reading", show=not as_json) as update:
        for blocks in source.chunks(numbers, aside):
            for block in blocks:
                if len(block):
                    counts[block.type.name] += len(block)
                    times = block.columns["time"]
                    first = min(int(times[0]), first if first is not None else int(times[0]))
                    last = max(int(times[-1]), last if last is not None else int(times[-1]))
            if update is not None:
                update(sum(counts.values()), sum(counts.values()))
    bad = {reason: count for (_, reason), count in aside.counts.items()}
    skipped = {kind: count for (_, kind), count in aside.skipped.items()}
    found = {
        "file": source.name,
        "events": counts,
        "read": sum(aside.read.values()),
        "keys": len(numbers),
        "first": first,
        "last": last,
        "quarantined": bad,
        "skipped": skipped,
        "sha256": source.content_hash(),
    }
    if as_json:
        print_json(found)
        return 0
    some = ", ".join("/".join(name) for name in numbers.names[:8]) + (
        " …" if len(numbers) > 8 else ""
    )
    lines = {
        **{name: f"{count:,} events" for name, count in counts.items()},
        "rows read": f"{found['read']:,}",
        "keys": f"{len(numbers):,}: {some}",
        "first": moment(first),
        "last": moment(last),
        "quarantined": reasons(bad),
        "no events": reasons(skipped),
        "sha256": found["sha256"],
    }
    print_table(source.name, lines)
    return 0


def show_quarantine(path: Path, head: int, *, as_json: bool) -> int:
    """Show the rows that a run kept aside."""
    import polars as pl

    from penstock.events import read_quarantine

    try:
        frame = pl.DataFrame(read_quarantine(path))
    except OSError as error:
        raise DataError(f"{path}: must be a quarantine file, got {error}") from error
    counts = dict(frame.group_by("reason").len().sort("reason").iter_rows())
    rows = frame.head(head).with_columns(pl.col("raw").bin.encode("hex")).to_dicts()
    if as_json:
        print_json({"file": str(path), "rows": frame.height, "reasons": counts, "head": rows})
        return 0
    print_frame(frame.head(head))
    OUT.print(f"{frame.height:,} rows: {reasons(counts)}", style="dim")
    return 0


def moment(stamp: int | None) -> str:
    """A stamp as text."""
    import numpy as np

    return "-" if stamp is None else f"{np.datetime64(stamp, 'ns')} UTC"
