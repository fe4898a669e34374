"""A view's file through the commands."""

import json

import numpy as np
import polars as pl
import pytest

COLUMNS = ["microstructure.mid_price", "volume.volume", "gap"]
TEXT = """
[view]
name = "spreads"
on = "every:1s"
features = ["microstructure.mid_price", "volume.volume"]

[columns]
gap = "AsOf(trade.price, on=view) - AsOf(feature('microstructure.mid_price'), on=view)"

[[source]]
file = "market.mbp-10.dbn.zst"

[quality]
quarantine = "bad.arrow"
policy = 0.5
"""


@pytest.fixture
def file(market, tmp_path):
    (tmp_path / market.name).symlink_to(market)
    path = tmp_path / "view.toml"
    path.write_text(TEXT)
    return path


def bits(frame):
    values = frame.sort("symbol", "ts").select(COLUMNS).to_numpy()
    return np.where(np.isnan(values), np.nan, values).tobytes()


def test_a_view_in_a_file_runs_with_the_bits_of_the_view_in_python(
    penstock, file, market, tmp_path
):
    import penstock as ps
    from penstock.declare.view_file import read_view

    out = tmp_path / "out.parquet"
    said = penstock("run", "--view", file, "--out", out, "--json")
    assert said.status == 0, said.err
    assert json.loads(said.out)["read"] > 0
    stored = pl.read_parquet(out).with_columns(pl.col("symbol").cast(pl.String))
    assert bits(stored) == bits(ps.run(read_view(file).view, market))


def test_a_view_in_a_file_is_planned_profiled_and_live(penstock, file):
    said = penstock("explain", "--view", file)
    assert said.status == 0, said.err
    for shown in ("gap = ", "warm-up", "memory of one key", "live: ", "blocks: "):
        assert shown in said.out
    found = json.loads(penstock("explain", "--view", file, "--json").out)
    assert [one["column"] for one in found["outputs"]] == COLUMNS
    assert found["bytes_per_key"]["live"]["output row"] == 8 * len(COLUMNS)
    found = json.loads(penstock("profile", "--view", file, "--json").out)
    assert {one["name"] for one in found["features"]} == set(COLUMNS)
    rows = penstock("live", "--view", file, "--json")
    assert rows.status == 0, rows.err
    assert set(json.loads(rows.out.splitlines()[0])) == {"symbol", "ts", *COLUMNS}


def test_a_source_on_the_command_line_stands_in_for_that_of_the_file(
    penstock, file, trades, tmp_path
):
    file.write_text('[view]\non = "trade"\nfeatures = ["volume.trade_count"]\n')
    out = tmp_path / "out.parquet"
    assert penstock("run", "--view", file, "--source", trades, "--out", out).status == 0
    assert pl.read_parquet(out).height > 0
    said = penstock("run", "--view", file, "--out", out)
    assert said.status == 2
    assert "at least one file is needed, here or in the file of --view" in said.err


def test_a_plan_needs_no_source(penstock, file):
    file.write_text('[view]\non = "trade"\n[columns]\nx = "Lag(trade.price, ticks=3)"\n')
    said = penstock("explain", "--view", file)
    assert said.status == 0, said.err
    assert "x: 4 ticks" in said.out


def test_roles_bind_streams_to_sources(penstock, trades, tmp_path):
    file = tmp_path / "pair.toml"
    file.write_text(
        '[view]\non = "AnyOf((spot, perp))"\n[roles]\nspot = "trade"\nperp = "trade"\n'
        '[columns]\nbasis = "AsOf(perp.price, on=view) - AsOf(spot.price, on=view)"\n'
        f'[[source]]\nfile = "{trades}"\nrole = "spot"\n[[source]]\nfile = "{trades}"\nrole = "perp"\n'
    )
    out = tmp_path / "out.parquet"
    said = penstock("run", "--view", file, "--out", out)
    assert said.status == 0, said.err
    history = pl.read_parquet(out)
    assert history.group_by("symbol").last()["basis"].to_list() == [0.0, 0.0]
    said = penstock("live", "--view", file, "--json")
    assert said.status == 0, said.err
    live = pl.DataFrame([json.loads(line) for line in said.out.splitlines()])
    by_key = [frame.sort("symbol", "ts", maintain_order=True)["basis"] for frame in (live, history)]
    assert by_key[0].fill_null(float("nan")).equals(by_key[1])


def test_a_view_is_checked(penstock, file):
    said = penstock("view", "check", file)
    assert said.status == 0
    assert "is good: view spreads of 3 columns" in said.out
    found = json.loads(penstock("view", "check", file, "--json").out)
    assert [one["column"] for one in found["columns"]] == COLUMNS
    assert all(one["fingerprint"] for one in found["columns"])


@pytest.mark.parametrize(
    "command",
    [("run", "--out", "x"), ("live",), ("explain",), ("profile",), ("compile", "--out", "x")],
)
def test_an_error_in_a_file_is_one_line_with_its_place(penstock, file, command, monkeypatch):
    monkeypatch.chdir(file.parent)
    file.write_text(TEXT.replace("volume.volume", "volume.volum"))
    said = penstock(*command, "--view", file)
    assert said.status == 2
    assert said.err.startswith(f"error: {file}:5: ")
    assert "did you mean 'volume.volume'?" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--features", "volume.volume"), "--features: --view stands in its place, got both"),
        (("--on", "trade"), "--on: --view stands in its place, got both"),
    ],
)
def test_a_file_and_its_options_are_not_mixed(penstock, file, more, says):
    said = penstock("explain", "--view", file, *more)
    assert said.status == 2
    assert says in said.err


def test_every_command_that_a_program_may_read_has_json(penstock):
    for words in (
        ("run",), ("live",), ("explain",), ("profile",), ("compile",), ("doctor",), ("bench",), ("show",), ("check",),
        ("demo",), ("catalog", "list"), ("catalog", "search"), ("catalog", "show"), ("view", "check"),
    ):  # fmt: skip
        said = penstock(*words, "--help")
        assert said.status == 0
        assert "--json" in said.out, words


def test_every_command_without_what_it_needs_says_what(penstock):
    for words, says in (
        (("run", "--out", "x"), "--features: at least one feature, or --view FILE, is needed"),
        (("explain",), "--features: at least one feature, or --view FILE, is needed"),
        (("profile",), "--features: at least one feature, or --view FILE, is needed"),
        (("live",), "--features: at least one feature, or --view FILE, is needed"),
        (("check",), "--features: at least one feature, or --view FILE, is needed"),
        (("compile", "--out", "x"), "one of --features, --view and --all is needed"),
        (("view", "check", "absent.toml"), "a view must be a file, got no such file"),
        (("view", "chek"), 'Did you mean "check"?'),
        (("profil",), 'Did you mean "profile"?'),
    ):
        said = penstock(*words)
        assert said.status == 2, words
        assert says in said.err, said.err


def test_a_feature_in_the_place_of_an_expression_is_told_where_it_belongs(penstock, tmp_path):
    path = tmp_path / "v.toml"
    path.write_text(
        '[view]\nname = "v"\non = "quote"\n\n[columns]\nmid = "microstructure.mid_price"\n'
    )
    said = penstock("view", "check", path)
    assert said.status == 2
    assert "got the feature microstructure.mid_price" in said.err
    assert "features = [...] in [view]" in said.err
