"""Definitions through the commands: planned, applied, listed, split and removed."""

import json

import pytest

TOML = """
[view]
name = "spreads"
on = "quote"
key = "symbol"
owner = "desk"

[columns]
spread = "quote.ask_price - quote.bid_price"
"""
PYTHON = """
from penstock.declare import Entity, Field, Pushed, Service

load = Pushed("load", [Field("cpu"), Field("jobs", "i8")], key="host", ttl="1m")
host = Entity("host", ("host",))
ops = Service("ops", (load,))
_width = 3
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = f"definitions_{abs(hash(tmp_path))}.py"  # a module's name is its file's
    (tmp_path / "spreads.toml").write_text(TOML)
    (tmp_path / name).write_text(PYTHON)
    return tmp_path / "spreads.toml", tmp_path / name


def read(said):
    assert said.status == 0, said.err
    return json.loads(said.out)


def test_definitions_are_planned_applied_and_listed(penstock, files):
    planned = read(penstock("plan", *files, "--json"))
    names = [(step["action"], step["name"]) for step in planned["steps"]]
    assert names == [("create", n) for n in ("spreads", "load", "host", "ops")]
    assert read(penstock("registry", "list", "--json"))["views"] == []
    assert "4 changes: penstock apply makes them" in penstock("plan", *files).out
    assert read(penstock("apply", *files, "--json", "--by", "ann"))["changes"] == 4
    assert read(penstock("apply", *files, "--json"))["changes"] == 0
    assert penstock("apply", *files).out == "nothing to change\n"
    listed = read(penstock("registry", "list", "--json"))
    assert [view["name"] for view in listed["views"]] == ["load", "spreads"]
    assert {one["name"] for one in listed["others"]} == {"host", "ops"}
    files[0].write_text(
        TOML.replace("ask_price - quote.bid_price", "ask_price * 1") + 'bid = "quote.bid_price"\n'
    )
    step = read(penstock("plan", files[0], "--json"))["steps"][0]
    assert (step["action"], step["version"]) == ("new version", 2)
    assert step["details"] == {"added": ["bid"], "changed": ["spread"]}
    said = penstock("apply", files[0])
    assert said.out == "new version view spreads@v2 (added: bid; changed: spread)\n1 change made\n"
    history = read(penstock("registry", "history", "spreads", "--json"))["changes"]
    assert [(c["action"], c["details"]["version"]) for c in history] == [
        ("new version", 2),
        ("create", 1),
    ]
    assert history[-1]["by"] == "ann"
    shown = read(penstock("registry", "show", "spreads@v1", "--json"))
    assert shown["versions"] == [1, 2]
    assert [column["name"] for column in shown["schema"]["columns"]] == ["spread"]
    lineage = read(penstock("registry", "lineage", "spreads", "--json"))
    assert lineage["columns"]["bid"]["reads"] == ["quote.bid_price"]
    assert read(penstock("registry", "uses", "load", "--json"))["services"] == ["ops"]
    for words in (
        ("list",),
        ("show", "spreads"),
        ("history",),
        ("lineage", "spreads"),
        ("uses", "quote"),
    ):
        assert penstock("registry", *words).status == 0


def test_a_text_that_was_registered_defines_the_same_again(penstock, files, tmp_path):
    penstock("apply", files[0])
    text = read(penstock("registry", "show", "spreads", "--json"))["definition"]["text"]
    again = tmp_path / "again.toml"
    again.write_text(text)
    (step,) = read(penstock("plan", again, "--json"))["steps"]
    assert step["action"] == "unchanged"


def test_deletion_is_asked_for(penstock, files):
    penstock("apply", *files)
    kept = read(penstock("plan", files[0], "--json"))
    assert {s["action"] for s in kept["steps"][1:]} == {"keep"}
    assert kept["changes"] == 0
    assert read(penstock("apply", files[0], "--delete", "--json"))["changes"] == 3
    assert [v["name"] for v in read(penstock("registry", "list", "--json"))["views"]] == ["spreads"]


def test_reads_are_split_and_rolled_back(penstock, files):
    penstock("apply", files[0])
    files[0].write_text(TOML + 'bid = "quote.bid_price"\n')
    penstock("apply", files[0])
    split = read(penstock("split", "spreads", "v1=90", "v2=10", "--json"))
    assert split["split"] == {"1": 90.0, "2": 10.0}
    assert "v1 90 %, v2 10 %" in penstock("split", "spreads").out
    assert read(penstock("split", "spreads", "v1=0", "v2=100", "--json"))["split"]["2"] == 100
    assert read(penstock("split", "spreads", "--rollback", "--json"))["split"] == {
        "1": 90.0,
        "2": 10.0,
    }
    assert read(penstock("split", "spreads", "--end", "--json"))["split"] == {}
    for given, says in (
        (("v1=90",), "shares must be percents that add up to 100"),
        (("v1=90", "--end"), "one of shares, --rollback and --end is needed"),
        (("half",), "one v1=90 for each version is needed, got 'half'"),
        (("v7=100",), "must be one of v1, v2, got v7"),
    ):
        said = penstock("split", "spreads", *given)
        assert (said.status, says in said.err) == (2, True), said.err


def test_keys_are_made_listed_and_revoked(penstock, files):
    made = read(penstock("keys", "make", "read", "push", "--says", "bots", "--json"))
    (listed,) = read(penstock("keys", "list", "--json"))["keys"]
    assert (listed["id"], listed["scopes"], listed["revoked"]) == (
        made["id"],
        ["read", "push"],
        None,
    )
    assert made["key"].split("_", 2)[2] not in penstock("keys", "list").out
    assert penstock("keys", "revoke", made["id"]).status == 0
    assert read(penstock("keys", "list", "--json"))["keys"][0]["revoked"]
    said = penstock("keys", "make", "reed")
    assert said.status == 2
    assert "did you mean 'read'" in said.err


def test_all_is_removed_where_that_is_asked_for(penstock, files):
    from penstock.jobs.feature_store import FeatureStore

    penstock("apply", *files)
    with FeatureStore(".") as store:
        store.push("load", [{"host": "a", "event_timestamp": 1_000, "cpu": 0.5, "jobs": 1}])
    said = penstock("teardown")
    assert said.status == 2
    assert "--yes is needed to remove ops, host" in said.err or "--yes is needed" in said.err
    said = penstock("teardown", "load", "--yes")
    assert (said.status, "services" in said.err or "no service has" in said.err) == (2, True)
    assert penstock("teardown", "--yes").status == 0
    assert read(penstock("registry", "list", "--json"))["views"] == []
    penstock("apply", *files)
    with FeatureStore(".") as store:
        assert store.contents.schema("load").id == "load@v2"
        read_back = store.get_online_features(["load:cpu"], [{"host": "a"}]).to_dict()
        assert read_back["cpu"] == [None]
        assert not store.inner.lake.versions("load")


def test_a_file_that_defines_nothing_is_told(penstock, files, tmp_path):
    empty = tmp_path / "nothing_here_at_all.py"
    empty.write_text("x = 1\n")
    for given, says in (
        (empty, "a view, a service or an entity is needed at the module's level, got none"),
        (tmp_path, "must be a .toml or a .py file, got a directory"),
        ("absent.py", "must be a .toml or a .py file, got no such file"),
        ("absent.toml", "a view must be a file, got no such file"),
    ):
        said = penstock("plan", given)
        assert (said.status, says in said.err) == (2, True), said.err
