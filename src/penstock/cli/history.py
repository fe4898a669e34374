"""``penstock history``: what was known of entities at their times."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from penstock.cli.console import OUT, print_json, print_table
from penstock.cli.definitions import HERE, Store
from penstock.cli.inputs import check_file
from penstock.cli.options import Json
from penstock.cli.show import print_frame
from penstock.core.errors import DataError, DefinitionError

if TYPE_CHECKING:
    import polars as pl

HEAD = 20  # rows that are printed
FORMATS = (".parquet", ".csv")


def history(  # noqa: PLR0913  (options)
    entities: Annotated[
        Path,
        Parameter(
            help="A .parquet or a .csv file: the key columns and event_timestamp (ISO, a time, or ns); other columns "
            "come back as they are, and on-demand views find their numbers there."
        ),
    ],
    *,
    features: Annotated[
        list[str] | None,
        Parameter(
            consume_multiple=True,
            negative="",
            help="view:feature, view@v2:feature or view:*, separated by spaces or commas.",
        ),
    ] = None,
    service: Annotated[
        str | None, Parameter(help="A service, in place of --features: all features of its views.")
    ] = None,
    out: Annotated[Path | None, Parameter(help="FILE.parquet or FILE.csv.")] = None,
    known: Annotated[
        bool,
        Parameter(
            help="A row counts from when it was made known; --no-known looks at event times alone, and so sees rows "
            "before they came."
        ),
    ] = True,
    statuses: Annotated[
        bool,
        Parameter(
            negative="",
            help="Add NAME__status: PRESENT, NULL_VALUE, NOT_FOUND or OUTSIDE_MAX_AGE.",
        ),
    ] = False,
    versions: Annotated[
        bool, Parameter(negative="", help="Add NAME__version: that of the view that the row is of.")
    ] = False,
    full_names: Annotated[
        bool, Parameter(negative="", help="Name features view__feature.")
    ] = False,
    store: Store = HERE,
    json: Json = False,
) -> int:
    """Read the features that entities had at their times: one row for each row asked for, in its order.

    Without --out the rows are printed, with --json as one object that holds them.

    Example: penstock history labels.csv --features trips:rate,trips:count --out training.parquet
    """
    from penstock.jobs.feature_store import FeatureStore

    asked = wanted(features, service)
    if out is not None:
        checked(out, "--out")
        if out.resolve() == entities.resolve():
            raise DefinitionError(f"{out}: --out must not be the entities, got the same file")
    checked(entities, "entities")
    check_file(str(entities), "entities", "rows")
    with FeatureStore(store) as found:
        request = found.inner.request(asked, full_feature_names=full_names)
        given = read(entities, request.key)
        started = time.perf_counter()
        frame = found.get_historical_features(
            given, asked, full_feature_names=full_names, known=known, statuses=statuses, versions=versions
        )  # fmt: skip
        seconds = time.perf_counter() - started
    names = list(request.names)
    report: dict[str, Any] = {
        "rows": frame.height,
        "features": names,
        "values": sum(frame.height - frame[name].null_count() for name in names),
        "seconds": round(seconds, 6),
    }
    if statuses:
        report["statuses"] = counted(frame, names)
    if out is not None:
        write(frame, out)
        report = {"out": str(out)} | report
    show(report, frame, out, as_json=json)
    return 0


def wanted(features: list[str] | None, service: str | None) -> list[str] | str:
    """The features, or the service, that are asked for."""
    names = [n.strip() for text in features or () for n in text.split(",") if n.strip()]
    if bool(names) == bool(service):
        got = "both" if names else "none"
        raise DefinitionError(f"history: one of --features and --service is needed, got {got}")
    return service or names


def checked(path: Path, what: str) -> None:
    """Refuse a file of another format."""
    if path.suffix not in FORMATS:
        raise DefinitionError(
            f"{path}: {what} must be a file {' or '.join(FORMATS)}, got {path.suffix or 'no extension'}"
        )


def read(path: Path, key: tuple[str, ...]) -> "pl.DataFrame":
    """The rows of a file; of a CSV the key columns are the texts that stand there, such as 007."""
    import polars as pl

    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        types = dict.fromkeys(key, pl.String)
        return pl.read_csv(path, schema_overrides=types, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).partition("\n")[0]
        raise DataError(
            f"{path}: entities must be readable as {path.suffix[1:]}, got {said}"
        ) from error


def write(frame: "pl.DataFrame", out: Path) -> None:
    """Write rows; under their name once they are whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.part")
    try:
        frame.write_parquet(beside) if out.suffix == ".parquet" else frame.write_csv(beside)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)


def counted(frame: "pl.DataFrame", names: list[str]) -> dict[str, int]:
    """How many values there are of each status."""
    from penstock.store.status import STATUSES

    made: dict[str, int] = dict.fromkeys(STATUSES, 0)
    for name in names:
        for status, count in frame[f"{name}__status"].value_counts().iter_rows():
            made[status] += count
    return made


def show(report: dict[str, Any], frame: "pl.DataFrame", out: Path | None, *, as_json: bool) -> None:
    """Print the rows where they are not written, and the summary."""
    if as_json:
        from penstock.jobs.feature_store.answers import null, plain

        columns = {
            name: [None if null(value) else plain(value) for value in series]
            for name, series in frame.to_dict().items()
        }
        print_json(report | ({} if out else {"columns": columns}))
        return
    if out is None:
        print_frame(frame.head(HEAD))
    total = report["rows"] * len(report["features"])
    lines = {
        "rows": f"{report['rows']:,} of {len(report['features'])} features in {report['seconds']:.2f} s",
        "values": f"{report['values']:,} of {total:,}",
    }
    if "statuses" in report:
        lines["statuses"] = ", ".join(f"{n:,} {name}" for name, n in report["statuses"].items())
    print_table(str(out) if out else "", lines)
    if out is None and report["rows"] > HEAD:
        OUT.print(f"the first {HEAD} are shown; --out writes all of them", style="dim")
