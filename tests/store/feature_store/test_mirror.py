"""A store whose views have tables in PostgreSQL, as settings say."""

import datetime as dt
from pathlib import Path

import pytest

import penstock as ps
from penstock.bench.servers import PostgresServer
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


def test_tables_need_a_server(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"offline\.tables must have a server"):
        ps.FeatureStore(settings(tmp_path, 'tables = { signals = "features" }'))
