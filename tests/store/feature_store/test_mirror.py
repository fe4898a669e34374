"""A store whose views have tables in PostgreSQL, as settings say."""

import asyncio
import datetime as dt
import re
from pathlib import Path

import pytest

import penstock as ps
from penstock.bench.servers import PostgresServer
from penstock.cli import main
from penstock.core.errors import DefinitionError

NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
NOW = int(NOON.timestamp()) * 10**9
SIGNALS = ps.Pushed("signals", [ps.Field("vpin"), ps.Field("count", "i8")])
OTHER = ps.Pushed("other", [ps.Field("x")])


def settings(place: Path, text: str) -> Path:
    file = place / "penstock.toml"
    file.write_text(f"[offline]\n{text}\n")
    return file


def database(server: PostgresServer) -> tuple[str, str]:
    url = server.database()
    return url, url.rpartition("/")[2]


def test_what_is_pushed_is_in_the_table_of_its_view(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    url, name = database(postgres_server)
    file = settings(tmp_path, f'postgres = "{url}"\ntables = {{ signals = "trading.features" }}')
    with ps.FeatureStore(file, clock=lambda: NOW) as store:
        store.apply([SIGNALS, OTHER])
        for symbol in "ab":
            store.push(
                "signals", [{"symbol": symbol, "event_timestamp": NOON, "vpin": 0.5, "count": None}]
            )
        store.push("other", [{"symbol": "a", "event_timestamp": NOON, "x": 1.0}])
        assert store.status()["mirror"] == {}
    told = (
        "SELECT symbol, ts, created, vpin, count, event_timestamp FROM trading.features ORDER BY 1"
    )
    assert postgres_server.sql(f"SET timezone = 'UTC'; {told}", name).splitlines() == [
        f"{symbol}|{NOW}|{NOW}|0.5||2026-01-02 12:00:00+00" for symbol in "ab"
    ]
    assert postgres_server.sql("SELECT to_regclass('other') IS NULL", name) == "t"


def test_a_store_whose_mirror_is_away_works_and_says_so(tmp_path: Path) -> None:
    away = 'postgres = "postgresql://penstock@127.0.0.1:9/none"'
    file = settings(tmp_path, f'{away}\ntables = {{ signals = "features" }}')
    row = {"symbol": "a", "event_timestamp": NOON, "vpin": 0.5, "count": 1}
    with ps.FeatureStore(file, clock=lambda: NOW) as store:
        store.apply([SIGNALS])
        assert store.push("signals", [row]).accepted == 1
        store.flush()
        assert store.follow() == 0
        assert "an answer is needed" in store.status()["mirror"]["signals@v1"]
        found = store.get_historical_features(
            {"symbol": ["a"], "event_timestamp": [NOON]}, ["signals:vpin"]
        )
        assert found["vpin"].to_list() == [0.5]


def test_tables_need_a_server_and_a_name_each(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"offline\.tables must have a server"):
        ps.FeatureStore(settings(tmp_path, 'tables = { signals = "features" }'))
    both = 'postgres = "postgresql://here"\ntables = { signals = "features", other = "features" }'
    with pytest.raises(DefinitionError, match="for each view, got 'features' twice"):
        ps.FeatureStore(settings(tmp_path, both))


@pytest.mark.parametrize("rename", [False, True])
def test_teardown_removes_the_tables_too(
    tmp_path: Path,
    postgres_server: PostgresServer,
    capsys: pytest.CaptureFixture[str],
    rename: bool,
) -> None:
    url, name = database(postgres_server)
    file = settings(tmp_path, f'postgres = "{url}"\ntables = {{ signals = "trading.features" }}')
    row = {"symbol": "a", "event_timestamp": NOON, "vpin": 0.5, "count": 1}
    with ps.FeatureStore(file) as store:
        store.apply([SIGNALS, OTHER])
        store.push("signals", [row])
    words = [
        "teardown",
        "signals",
        "--store",
        str(file),
        *(["--tables", "rename"] if rename else []),
    ]
    there = "SELECT relname, n_live_tup >= 0 FROM pg_stat_user_tables WHERE schemaname = 'trading'"
    assert main(words) == 2
    verb = "rename" if rename else "drop"
    assert f"and to {verb} the tables trading.features, got none" in capsys.readouterr().err
    assert postgres_server.sql(there, name) == "features|t"
    assert main([*words, "--yes"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "removed signals"
    left = postgres_server.sql(there, name)
    if rename:
        assert re.fullmatch(r"features_until_\d{14}\|t", left)
        assert said[1] == f"trading.features is {left[:-2]} now"
    else:
        assert (left, said[1]) == ("", "trading.features is dropped")
    with ps.FeatureStore(file) as store:
        assert list(store.contents.views) == ["other"]
        store.apply([SIGNALS])
        store.push("signals", [row])
    assert postgres_server.sql("SELECT version, vpin FROM trading.features", name) == "2|0.5"


def test_a_view_keeps_its_history_for_as_long_as_it_says(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    url, name = database(postgres_server)
    tables = f'postgres = "{url}"\ntables = {{ signals = "signals", other = "other" }}'
    file = settings(tmp_path, f'{tables}\nretention = "20d"')
    short = ps.Pushed("signals", SIGNALS.fields, retention="5d")
    ages = (0, 4, 10, 30)
    with ps.FeatureStore(file, clock=lambda: NOW) as store:
        store.apply([short, OTHER])
        for days in ages:
            row = {"symbol": "a", "event_timestamp": NOON - dt.timedelta(days=days)}
            store.push("signals", [row | {"vpin": 0.5, "count": days}], to="offline")
            store.push("other", [row | {"x": float(days)}], to="offline")
        store.flush()
        store.follow()
        asyncio.run(store.inner.sweep())
        found = store.get_historical_features(
            {"symbol": ["a"] * 4, "event_timestamp": [NOON - dt.timedelta(days=d) for d in ages]},
            ["signals:count", "other:x"],
            known=False,
        )
    assert found["count"].to_list() == [0, 4, None, None]
    assert found["x"].to_list() == [0, 4, 10, None]
    assert postgres_server.sql("SELECT count FROM signals ORDER BY 1", name).split() == ["0", "4"]
    assert postgres_server.sql("SELECT x FROM other ORDER BY 1", name).split() == ["0", "4", "10"]
