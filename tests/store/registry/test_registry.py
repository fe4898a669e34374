"""The registry, on SQLite and on PostgreSQL."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import penstock as ps
from penstock.core.errors import DefinitionError, StoreError
from penstock.declare import Checks, Entity, Field, OnDemand, Pushed, Service
from penstock.store.registry.api_keys import verified
from penstock.store.registry.database import engine_of
from penstock.store.registry.diff import CREATE, DELETE, KEEP, METADATA, UNCHANGED, VERSION
from penstock.store.registry.registry import Registry

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'registry.db'}"
        return
    yield request.getfixturevalue("postgres_server").database()


@pytest.fixture
def registry(url: str) -> Iterator[Registry]:
    made = Registry(url)
    yield made
    made.close()


def quotes(**given: object) -> ps.View:
    columns = {"spread": ps.quote.ask_price - ps.quote.bid_price, "bid": ps.quote.bid_price * 1}
    return ps.View("quotes", columns, on="quote", **given)  # type: ignore[arg-type]


def wider() -> ps.View:
    columns = {
        "spread": (ps.quote.ask_price - ps.quote.bid_price) * 2,
        "ask": ps.quote.ask_price * 1,
    }
    return ps.View("quotes", columns, on="quote")


LOAD = Pushed("load", [Field("cpu"), Field("jobs", "i8")], key="host", ttl="1m")
RISK = OnDemand("risk", {"ratio": "cpu / limit"}, reads={"cpu": "load:cpu"}, request={"limit": "1"})


def actions(diff: object) -> list[tuple[str, str]]:
    return [(step.action, step.name) for step in diff.steps]  # type: ignore[attr-defined]


def test_applying_twice_changes_nothing(registry: Registry) -> None:
    everything = [quotes(), LOAD, RISK, Service("all", (quotes(), LOAD)), Entity("host", ("host",))]
    everything[3] = Service("all", (everything[0], LOAD))
    planned = registry.plan(everything)
    assert {action for action, _ in actions(planned)} == {CREATE}
    assert registry.contents().views == {}
    first = registry.apply(everything, by="me", at=1)
    assert actions(first) == actions(planned)
    revision = registry.revision()
    again = registry.apply(everything, by="me", at=2)
    assert {action for action, _ in actions(again)} == {UNCHANGED}
    assert registry.revision() == revision
    assert len(registry.changelog()) == 5


def test_a_definition_makes_a_version_and_metadata_none(registry: Registry) -> None:
    registry.apply([quotes()], by="me", at=1)
    about = quotes(
        owner="desk",
        ttl="1h",
        retention="30d",
        checks=Checks(("spread >= 0",)),
        says="Spreads.",
        tags=("fx",),
    )
    step = registry.apply([about], by="me", at=2).steps[0]
    assert (step.action, step.version) == (METADATA, 1)
    assert registry.contents().schema("quotes").ttl == 3_600_000_000_000
    assert registry.contents().schema("quotes").retention == 30 * 86_400_000_000_000
    assert registry.contents().schema("quotes@v1").checks.rules == ("spread >= 0",)
    assert "owner '' -> 'desk'" in str(step)
    step = registry.apply([wider()], by="you", at=3).steps[0]
    assert (step.action, step.version) == (VERSION, 2)
    assert step.details["added"] == ["ask"]
    assert step.details["removed"] == ["bid"]
    assert step.details["changed"] == ["spread"]
    contents = registry.contents()
    assert contents.schema("quotes").id == "quotes@v2"
    assert contents.schema("quotes@v1").names == ("spread", "bid")
    back = registry.apply([quotes()], by="me", at=4).steps[0]
    assert back.version == 3, "a version is never written again"
    assert [(c.by, c.action) for c in registry.changelog("quotes")] == [
        ("me", VERSION), ("you", VERSION), ("me", METADATA), ("me", CREATE),
    ]  # fmt: skip


def test_a_retyped_column_is_told(registry: Registry) -> None:
    registry.apply([LOAD], by="me", at=1)
    other = Pushed("load", [Field("cpu"), Field("jobs", "f8")], key="host")
    assert registry.plan([other]).steps[0].details["retyped"] == ["jobs i8 -> f8"]


def test_deletion_is_explicit_and_refused_where_a_service_needs_the_view(
    registry: Registry,
) -> None:
    view = quotes()
    registry.apply([view, LOAD, Service("all", (view,))], by="me", at=1)
    assert (KEEP, "load") in actions(registry.plan([view]))
    registry.apply([view], by="me", at=2)
    assert set(registry.contents().views) == {"quotes", "load"}
    with pytest.raises(
        DefinitionError, match="a view that no service has can be deleted, got one of all"
    ):
        registry.delete("view", "quotes", by="me", at=3)
    registry.delete("pushed", "load", by="me", at=3)
    assert (DELETE, "all") in actions(registry.apply([view], by="me", at=4, delete=True))
    assert registry.contents().names("service") == []
    registry.delete("view", "quotes", by="me", at=5)
    assert registry.contents().views == {}
    with pytest.raises(DefinitionError, match="something defined is needed, got 'quotes'"):
        registry.delete("view", "quotes", by="me", at=6)


def test_requests_resolve_to_versions_and_columns(registry: Registry) -> None:
    view = quotes()
    registry.apply([view, LOAD], by="me", at=1)
    registry.apply([wider(), Service("both", (wider(), LOAD), pins={"quotes": 1})], by="me", at=2)
    contents = registry.contents()
    spread, old, load = contents.choices(["quotes:spread", "quotes@v1:bid", "load:*"])
    assert (spread.schema(b"").id, old.schema(b"").id, load.columns) == (
        "quotes@v2",
        "quotes@v1",
        ("cpu", "jobs"),
    )
    pinned, _ = contents.choices("both", full_feature_names=True)
    assert pinned.schema(b"").id == "quotes@v1"
    assert pinned.names == ("quotes__spread", "quotes__bid")
    for asked, said in {
        "quotes:spred": "got 'spred'; did you mean 'spread'",
        "quote:spread": "got 'quote'; did you mean 'quotes'",
        "quotes@2:spread": "a version is written view@v2",
        "quotes@v9:spread": "must be one of v1, v2, got v9",
        "spread": "view:feature or view@v2:feature is needed",
    }.items():
        with pytest.raises(DefinitionError, match=said):
            contents.choices([asked])
    with pytest.raises(DefinitionError, match="got 'spread' twice; ask for full_feature_names"):
        contents.choices(["quotes:spread", "quotes@v1:spread"])
    with pytest.raises(
        DefinitionError, match="Service: one of both is needed, got 'bot'; did you mean 'both'"
    ):
        contents.choices("bot")


def test_what_uses_what(registry: Registry) -> None:
    view = ps.View("returns", ["price.log_return"], on="bar")
    registry.apply([view, LOAD, RISK, Service("all", (view, RISK))], by="me", at=1)
    contents = registry.contents()
    for what in ("bar.close", "bar", "price.log_return"):
        assert contents.uses(what)["columns"] == ["returns:price.log_return"]
    assert contents.uses("load") == {
        "columns": ["load:cpu", "load:jobs"], "on_demand": ["risk"], "services": ["all"],
    }  # fmt: skip
    assert contents.lineage("returns")["columns"]["price.log_return"]["reads"] == ["bar.close"]
    assert contents.lineage("risk")["columns"]["ratio"]["reads"] == ["load:cpu"]


def test_traffic_is_split_by_entity_and_rolled_back(registry: Registry) -> None:
    registry.apply([quotes()], by="me", at=1)
    registry.apply([wider()], by="me", at=2)
    keys = [b"%d" % i for i in range(20_000)]
    assert {registry.contents().views["quotes"].version_for(k) for k in keys} == {2}
    registry.split("quotes", {1: 90, 2: 10}, by="me", at=3)
    entry = registry.contents().view("quotes")
    small = {k for k in keys if entry.version_for(k) == 2}
    assert len(small) == pytest.approx(2_000, abs=150)
    registry.split("quotes", {1: 50, 2: 50}, by="me", at=4)
    entry = registry.contents().view("quotes")
    half = {k for k in keys if entry.version_for(k) == 2}
    assert len(half) == pytest.approx(10_000, abs=300)
    assert small <= half, "who has the new version keeps it while its share grows"
    (choice,) = registry.contents().choices(["quotes:spread"])
    assert {schema.id for schema in choice.schemas} == {"quotes@v1", "quotes@v2"}
    assert registry.rollback("quotes", by="me", at=5) == {1: 90, 2: 10}
    entry = registry.contents().view("quotes")
    assert {k for k in keys if entry.version_for(k) == 2} == small
    with pytest.raises(DefinitionError, match="percents that add up to 100"):
        registry.split("quotes", {1: 90, 2: 20}, by="me", at=6)
    with pytest.raises(DefinitionError, match="must be one of v1, v2, got v3"):
        registry.split("quotes", {3: 100}, by="me", at=6)


def test_a_key_is_shown_once_and_kept_as_a_hash(registry: Registry) -> None:
    text = registry.make_key(["read"], says="for tests", by="me", at=1)
    keys = registry.api_keys()
    found = verified(text, keys)
    assert found is not None
    assert (found.allows("read"), found.allows("push"), found.allows("admin")) == (
        True,
        False,
        False,
    )
    assert text.split("_", 2)[2] not in repr(keys)
    assert verified(text[:-1], keys) is None
    assert verified("pk_nobody_x", keys) is None
    assert verified("", keys) is None
    registry.revoke_key(found.id, by="me", at=2)
    assert verified(text, registry.api_keys()) is None
    with pytest.raises(DefinitionError, match="the id of one that holds is needed"):
        registry.revoke_key(found.id, by="me", at=3)
    with pytest.raises(DefinitionError, match="got 'reed'; did you mean 'read'"):
        registry.make_key(["reed"], says="", by="me", at=4)


def test_two_processes_apply_at_one_time(url: str) -> None:
    body = """
import sys
sys.path[:0] = [sys.argv[2]]
import penstock as ps
from penstock.store.registry.registry import Registry
registry = Registry(sys.argv[1])
for number in range(5):
    view = ps.View("quotes", {f"c{number}": ps.quote.bid_price * 1}, on="quote")
    registry.apply([view], by="child", at=number)
registry.close()
"""
    children = [
        subprocess.Popen([sys.executable, "-c", body, url, str(ROOT / "src")]) for _ in range(3)
    ]
    assert [child.wait(120) for child in children] == [0, 0, 0]
    registry = Registry(url)
    view = registry.contents().view("quotes")
    assert list(view.versions) == list(range(1, view.latest + 1))
    made = [c for c in registry.changelog() if c.action in (CREATE, VERSION)]
    assert len(made) == view.latest
    registry.close()


def test_whoever_is_killed_while_applying_leaves_all_of_it_or_nothing(url: str) -> None:
    body = """
import sys
sys.path[:0] = [sys.argv[2]]
import penstock as ps
from penstock.store.registry.registry import Registry
registry = Registry(sys.argv[1])
for number in range(1_000):
    views = [ps.View(n, {f"c{number}": ps.quote.bid_price * 1}, on="quote") for n in ("one", "two")]
    registry.apply(views, by="child", at=number)
    print(number, flush=True)
"""
    last = 0
    for applied in (1, 4, 9):
        with subprocess.Popen(
            [sys.executable, "-c", body, url, str(ROOT / "src")], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                if int(line) == applied:
                    time.sleep(0.003 * applied)
                    child.kill()
                    break
        registry = Registry(url)
        contents = registry.contents()
        one, two = contents.view("one"), contents.view("two")
        assert one.latest == two.latest > last, "both views of a transaction, or none"
        assert list(one.versions) == list(range(1, one.latest + 1))
        made = [c for c in registry.changelog() if c.action in (CREATE, VERSION)]
        assert len(made) == 2 * one.latest
        last = one.latest
        registry.close()


def test_a_registry_of_a_newer_penstock_is_refused(url: str) -> None:
    Registry(url).close()
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="install a newer penstock"):
        Registry(url)


def test_a_url_that_is_none_or_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="a URL such as sqlite:///FILE is needed"):
        Registry("nowhere")
    with pytest.raises(DefinitionError, match="sqlite or postgresql is needed, got 'mysql'"):
        Registry("mysql://127.0.0.1/x")
    with pytest.raises(StoreError, match="must be reachable"):
        Registry("postgresql://nobody:secret@127.0.0.1:1/x")


def test_a_number_is_never_given_again(registry: Registry) -> None:
    registry.apply([LOAD], by="me", at=1)
    registry.delete("pushed", "load", by="me", at=2)
    other = Pushed("load", [Field("heat")], key="host")
    step = registry.apply([other], by="me", at=3).steps[0]
    assert (step.action, step.version) == (CREATE, 2), "rows of v1 may still be stored"
    assert list(registry.contents().view("load").versions) == [2]
    registry.apply([], by="me", at=4, delete=True)
    assert registry.apply([LOAD], by="me", at=5).steps[0].version == 3


def test_a_pin_names_a_version_that_is_there(registry: Registry) -> None:
    with pytest.raises(DefinitionError, match="Service s: a pin of load must be one of v1, got v2"):
        registry.apply([Service("s", (LOAD,), pins={"load": 2})], by="me", at=1)
    assert registry.contents().views == {}
    registry.apply([Service("s", (LOAD,), pins={"load": 1})], by="me", at=1)
    other = Pushed("load", [Field("heat")], key="host")
    registry.apply([Service("s", (other,), pins={"load": 1})], by="me", at=2)
    assert registry.contents().choices("s")[0].names == ("cpu", "jobs")
