"""History through the commands: read at the times of a file's rows, and looked after."""

import datetime as dt
import json
import time

import polars as pl
import pytest

import penstock as ps

NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
FIELDS = [ps.Field("rate"), ps.Field("count", "i8")]
RISK = ps.OnDemand(
    "risk", {"share": "count / capacity"}, reads={"count": "trips:count"}, request={"capacity": "1"}
)
CSV = """driver,event_timestamp,capacity,label
007,2026-01-05T12:06:00Z,10,yes
007,2026-01-05T12:04:00Z,10,
7,2026-01-05T12:06:00Z,10,no
007,2026-01-05T14:00:00Z,10,no
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A store whose row of noon was known five minutes later, and a file that asks for it."""
    monkeypatch.chdir(tmp_path)
    trips = ps.Pushed("trips", FIELDS, key="driver", ttl="1h", retention="10d")
    with ps.FeatureStore(tmp_path) as store:
        store.apply([trips, RISK, ps.Service("ranking", (trips,))])
        row = {"driver": "007", "event_timestamp": NOON, "created": NOON + 5 * MINUTE, "count": 4}
        assert store.push("trips", [row | {"rate": float("inf")}]).accepted == 0
        assert store.push("trips", [row | {"rate": 0.5}]).accepted == 1
    (tmp_path / "rows.csv").write_text(CSV)
    return tmp_path


def read(said):
    assert said.status == 0, said.err
    return json.loads(said.out)


def test_a_row_has_what_was_known_at_its_time(penstock, place):
    asked = ("history", "rows.csv", "--features", "trips:rate,risk:share", "trips:count")
    found = read(penstock(*asked, "--statuses", "--versions", "--json"))
    columns = found["columns"]
    assert columns["driver"] == ["007", "007", "7", "007"], "a key is the text that stands there"
    assert columns["label"] == ["yes", None, "no", "no"]
    told = ["PRESENT", "NOT_FOUND", "NOT_FOUND", "OUTSIDE_MAX_AGE"]
    for name, value in (("rate", 0.5), ("share", 0.4), ("count", 4)):
        assert columns[name] == [value, None, None, None]
        assert columns[f"{name}__status"] == told
    assert columns["rate__version"] == [1, None, None, 1]
    assert (found["rows"], found["values"]) == (4, 3)
    assert found["statuses"] == dict(
        zip(("PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"), (3, 0, 6, 3), strict=True)
    )
    early = read(penstock(*asked, "--no-known", "--json"))["columns"]
    assert early["rate"] == [0.5, 0.5, None, None]
    text = penstock(*asked, "--statuses").out
    assert "4 of 3 features" in text
    assert "3 of 12" in text


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_come_in_and_go_out_in_both_formats(penstock, place, ending):
    frame = pl.read_csv("rows.csv", schema_overrides={"driver": pl.String})
    given = frame.with_columns(
        pl.col("event_timestamp").str.to_datetime(time_unit="us", time_zone="UTC")
    )
    given.write_parquet("rows.parquet")
    for source in ("rows.csv", "rows.parquet"):
        out = place / "made" / f"out.{ending}"
        said = penstock(
            "history", source, "--service", "ranking", "--full-names", "--out", out, "--json"
        )
        assert read(said)["features"] == ["trips__rate", "trips__count"]
        made = pl.read_parquet(out) if ending == "parquet" else pl.read_csv(out)
        assert made["trips__rate"].to_list() == [0.5, None, None, None]
        assert made["label"].to_list() == ["yes", None, "no", "no"]
        assert [p.name for p in out.parent.iterdir()] == [out.name]
    assert "4 of 2 features" in penstock("history", "rows.csv", "--service", "ranking").out


def test_a_version_may_be_named_and_is_told(penstock, place):
    wider = ps.Pushed("trips", [*FIELDS, ps.Field("more")], key="driver", ttl="1h")
    with ps.FeatureStore(place) as store:
        store.apply([wider])
        row = {"driver": "007", "event_timestamp": NOON + MINUTE, "created": NOON + 6 * MINUTE}
        store.push("trips", [row | {"rate": 0.7, "count": 1, "more": 2.0}])
    asked = ("history", "rows.csv", "--versions", "--json", "--features")
    newest = read(penstock(*asked, "trips:rate"))["columns"]
    assert (newest["rate"][0], newest["rate__version"][0]) == (0.7, 2)
    named = read(penstock(*asked, "trips@v1:rate"))["columns"]
    assert (named["rate"][0], named["rate__version"][0]) == (0.5, 1)
    one = pl.DataFrame({"driver": ["007"], "event_timestamp": [NOON + 5 * MINUTE]})
    one.write_parquet("one.parquet")
    older = read(penstock("history", "one.parquet", *asked[2:], "trips:rate", "trips:more"))
    assert older["columns"]["rate"] == [0.5], "of the older version, which defines it alike"
    assert (older["columns"]["more"], older["columns"]["rate__version"]) == ([None], [1])


def test_what_is_asked_for_wrongly_is_told(penstock, place):
    (place / "empty.csv").touch()
    (place / "bad.parquet").write_text("no parquet")
    (place / "other.csv").write_text("rider,event_timestamp\n7,2026-01-05\n")
    asked = ("--features", "trips:rate")
    for given, status, says in (
        (("rows.csv",), 2, "one of --features and --service is needed, got none"),
        (("rows.csv", *asked, "--service", "ranking"), 2, "is needed, got both"),
        (("row.csv", *asked), 2, "must be a file, got no such file; did you mean 'rows.csv'"),
        (("rows.txt", *asked), 2, "entities must be a file .parquet or .csv, got .txt"),
        (("rows.csv", *asked, "--out", "x.json"), 2, "--out must be a file .parquet or .csv"),
        (("rows.csv", *asked, "--out", "rows.csv"), 2, "must not be the entities"),
        (("rows.csv", "--features", "trips:rat"), 2, "did you mean 'rate'"),
        (("empty.csv", *asked), 1, "entities must hold rows, got an empty file"),
        (("bad.parquet", *asked), 1, "entities must be readable as parquet"),
        (("other.csv", *asked), 1, "the columns driver, event_timestamp are needed"),
    ):
        said = penstock("history", *given)
        assert (said.status, says in said.err) == (status, True), said.err


def test_history_is_listed_compacted_and_dropped(penstock, place):
    now = dt.datetime.fromtimestamp(time.time_ns() // 10**9, dt.UTC)
    other = ps.Pushed("other", [ps.Field("x")], key="driver")
    days = (0, 0, 9, 20, 50, 100)
    with ps.FeatureStore(place) as store:
        store.apply([other])
        for ago in days:
            row = {"driver": "a", "event_timestamp": now - dt.timedelta(days=ago), "created": now}
            store.push("trips", [row | {"rate": 0.5, "count": ago}], to="offline")
            store.push("other", [row | {"x": 1.0}], to="offline")
            store.flush()
    listed = read(penstock("lake", "list", "--json"))
    trips, others = sorted(listed["versions"], key=lambda one: one["name"], reverse=True)
    assert (trips["view"], trips["rows"], trips["files"]) == ("trips@v1", 7, 7)
    assert (trips["columns"], trips["retention"], others["retention"]) == (2, "10d", "90d")
    assert trips["last_date"] == now.date().isoformat()
    assert trips["bytes"] == sum(
        f.stat().st_size for f in (place / ".penstock/lake/trips").rglob("*.parquet")
    )
    again = read(penstock("lake", "compact", "trips", "--json"))["compacted"]
    assert again == {"trips@v1": {"dates": 1, "files_before": 7, "files_after": 6, "twice": 1}}
    # trips keeps 10 days by its own word, other 90 by the store's
    would = read(penstock("lake", "retain", "--dry-run", "--json"))["would_drop"]
    assert (would["trips@v1"]["rows"], would["other@v1"]["rows"]) == (4, 1)
    assert len(read(penstock("lake", "list", "trips", "--json"))["versions"]) == 1
    assert (
        "would drop 4 dates of 4 rows; kept for 10d" in penstock("lake", "retain", "--dry-run").out
    )
    assert read(penstock("lake", "list", "trips", "--json"))["versions"][0]["rows"] == 6
    assert read(penstock("lake", "retain", "--json"))["dropped"] == would
    assert read(penstock("lake", "list", "trips", "--json"))["versions"][0]["rows"] == 2
    would = read(penstock("lake", "vacuum", "--hours", "0", "--dry-run", "--json"))["would_remove"]
    assert would == {"trips@v1": 6, "other@v1": 1}
    assert read(penstock("lake", "vacuum", "--json"))["removed"]["trips@v1"] == 0, "too young"
    assert read(penstock("lake", "vacuum", "--hours", "0", "--json"))["removed"] == would
    assert len(list((place / ".penstock/lake/trips").rglob("*.parquet"))) == 2
    assert penstock("lake", "vacuum", "--hours", "-1").status == 2
    (place / ".penstock/lake/gone/v1").mkdir(parents=True)
    for words in (("list",), ("compact",), ("retain",), ("vacuum",)):
        assert "trips@v1" in penstock("lake", *words).out
    assert read(penstock("lake", "list", "--json"))["unregistered"] == ["gone"]
    said = penstock("lake", "list", "trip")
    assert (said.status, "did you mean 'trips'" in said.err) == (2, True)
