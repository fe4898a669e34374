"""The registry's database: older tables are brought up to date, and a kill leaves the old or the new."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import penstock.store.registry
from penstock.declare import Field, Pushed
from penstock.store.registry.database import engine_of
from penstock.store.registry.registry import Registry
from penstock.store.registry.tables import METADATA

ROOT = Path(__file__).resolve().parents[3]
MIGRATIONS = Path(penstock.store.registry.__file__).parent / "migrations"
APPLIES = """
import sys
sys.path[:0] = [sys.argv[2]]
from penstock.declare import Field, Pushed
from penstock.store.registry.registry import Registry
registry = Registry(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    number += 1
    views = [Pushed(f"view{i}", [Field(f"c{number}")], key="host") for i in range(20)]
    registry.apply(views, by="child", at=number)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'registry.db'}"
        return
    yield request.getfixturevalue("postgres_server").database()


def test_tables_of_an_older_penstock_are_brought_up_to_date(url: str) -> None:
    engine, config = engine_of(url), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE revision SET number = 7"))
    registry = Registry(url)
    assert registry.revision() == 7, "what was there stays"
    registry.apply([Pushed("load", [Field("cpu")], key="host")], by="me", at=1)
    assert list(registry.contents().views) == ["load"]
    registry.close()
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_reads(url: str) -> None:
    Registry(url).close()
    engine = engine_of(url)
    found = sa.inspect(engine)
    for table in METADATA.sorted_tables:
        there = {c["name"]: (c["nullable"], str(c["type"])) for c in found.get_columns(table.name)}
        assert list(there) == [c.name for c in table.columns]
        for column in table.columns:
            nullable, type_ = there[column.name]
            assert nullable == column.nullable, (table.name, column.name)
            assert type_ == str(column.type.compile(engine.dialect)), (table.name, column.name)
    assert set(found.get_table_names()) == {*METADATA.tables, "alembic_version"}
    engine.dispose()


def test_many_open_a_new_registry_at_one_time(url: str) -> None:
    body = (
        "import sys; sys.path[:0] = [sys.argv[2]]\n"
        "from penstock.store.registry.registry import Registry\n"
        "r = Registry(sys.argv[1]); print(r.revision()); r.close()"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", body, url, str(ROOT / "src")], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert [child.communicate(timeout=120)[0].strip() for child in children] == ["0"] * 4


@pytest.mark.parametrize("wait", [0.0, 0.013, 0.037, 0.09])
def test_whoever_is_killed_while_applying_leaves_the_old_or_the_new(url: str, wait: float) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", APPLIES, url, str(ROOT / "src")], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.15 + wait)
        os.kill(child.pid, signal.SIGKILL)
    child.wait(30)
    registry = Registry(url)
    contents = registry.contents()
    latest = {view.latest for view in contents.views.values()}
    assert len(latest) <= 1, "all views of one apply, or none"
    assert len(contents.views) in (0, 20)
    number = latest.pop() if latest else 0
    assert contents.revision == number
    for view in contents.views.values():
        assert list(view.versions) == list(range(1, number + 1))
        assert view.schema().names == (f"c{number}",)
    assert len(registry.changelog(limit=10_000)) == 20 * number
    views = [Pushed(f"view{i}", [Field("last")], key="host") for i in range(20)]
    assert len(registry.apply(views, by="me", at=1).changes) == 20
    registry.close()
