"""One day of trades in every format gives one set of features, to the bit."""

import numpy as np
import polars as pl
import pytest

from penstock.events.readers import open_source
from penstock.events.writers import write_arrow, write_dbn, write_parquet

FEATURE = "price.simple_return(k=3)"
MAPPED = ("data.px=price", "data.qty=size", "data.ts=time:ns:UTC", "data.sym=symbol")


def written(folder, trades, name: str):
    """The trades of a CSV in another format, and the options that its columns need."""
    path, source = folder / name, open_source(trades)
    if name == "t.jsonl":
        table = pl.read_csv(trades)
        renamed = table.select(px="price", qty="size", ts="time", sym="symbol", side="side")
        pl.DataFrame({"data": renamed.to_struct()}).write_ndjson(path)
        return path, ["--map", *MAPPED, "data.side=side", "--type", "trade"]
    if name == "t.tsv":
        pl.read_csv(trades).write_csv(path, separator="\t")
    elif name == "t.dbn":
        write_dbn(path, source, schema="trades")
    else:
        (write_arrow if name == "t.arrow" else write_parquet)(path, source)
    return path, []


@pytest.mark.parametrize("name", ["t.jsonl", "t.tsv", "t.arrow", "t.parquet", "t.dbn"])
def test_a_format_changes_no_bit(penstock, trades, tmp_path, name):
    frames = []
    for path, options in ((trades, []), written(tmp_path, trades, name)):
        out = tmp_path / f"{path.name}.out.parquet"
        arguments = ["--features", FEATURE, "--on", "every:5s", "--source", path, *options]
        said = penstock("run", *arguments, "--out", out)
        assert said.status == 0, said.err
        frames.append(pl.read_parquet(out))
    ours, theirs = frames
    assert ours["ts"].equals(theirs["ts"])
    assert ours["symbol"].equals(theirs["symbol"])
    column = ours.columns[-1]
    np.testing.assert_array_equal(
        ours[column].to_numpy().view(np.int64), theirs[column].to_numpy().view(np.int64)
    )


def test_the_stamp_that_orders_a_file_is_chosen(penstock, trades, tmp_path):
    late, path, out = 1_500_000, tmp_path / "t.dbn", tmp_path / "out.parquet"
    table = pl.read_csv(trades)
    table.with_columns(receive=pl.col("time") + late).write_csv(tmp_path / "late.csv")
    write_dbn(path, open_source(tmp_path / "late.csv"), schema="trades")
    for order, latency, moved in (("event", late / 1e6, 0), ("receive", np.nan, late)):
        arguments = ["--features", "exchange.feed_latency", "--on", "trade", "--source", path]
        said = penstock("run", *arguments, "--order", order, "--out", out)
        assert said.status == 0, said.err
        frame = pl.read_parquet(out)
        assert frame["ts"].to_list() == (table["time"] + moved).to_list()
        np.testing.assert_allclose(frame["exchange.feed_latency"], latency, rtol=1e-12)
        out.unlink()
