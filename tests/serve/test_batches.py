"""Batches of entities: what is kept of rows changes nothing that is said of them together."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.serve.running import ALL, NOW, read, rows, running

import penstock as ps

HOUR = 3_600 * 10**9
COLUMNS = ("x", "n", "word", "on")
STAMP = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW // 10**9))
OLD = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((NOW - 2 * HOUR) // 10**9))
ROWS: dict[str, dict[str, Any]] = {
    "plain": {"x": 0.5, "n": 3, "word": "w", "on": True},
    "zero": {"x": -0.0, "n": 0, "word": "", "on": False},
    "least": {"x": 5e-324, "n": 1 - (1 << 63), "word": '"],"statuses":["', "on": True},
    "most": {"x": 1.7976931348623157e308, "n": (1 << 63) - 1, "word": "a,b\\\n\u2028é😀", "on": False},
    "third": {"x": 1 / 3, "n": -1, "word": "null", "on": True},
    "long": {"x": 1e16, "n": 10**17, "word": "x," * 3_000, "on": True},
    "nulls": {"x": None, "n": None, "word": None, "on": None},
    "half": {"x": None, "n": 7, "word": None, "on": False},
}  # fmt: skip
NAMES = [*ROWS, "old", "none"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("batches")
    with ps.FeatureStore(folder) as store:
        store.apply(ALL)
        for name, values in ROWS.items():
            assert store.push("rates", rows(name, **values)).accepted == 1
        store.push("rates", rows("old", at=NOW - 2 * HOUR))
    with running(folder) as (made, _):
        yield made


def said_of(name: str, column: str) -> tuple[Any, str, str | None]:
    """A value, its status and its time, from what was pushed."""
    if name == "none":
        return None, "NOT_FOUND", None
    if name == "old":
        return None, "OUTSIDE_MAX_AGE", OLD
    value = ROWS[name][column]
    return value, "NULL_VALUE" if value is None else "PRESENT", STAMP


def exact(found: Any) -> str:
    """A text that two answers share only if they are the same to the bit and to the type."""
    return json.dumps(found)


@given(
    st.lists(st.sampled_from(NAMES), max_size=120),
    st.lists(st.sampled_from(COLUMNS), min_size=1, unique=True),
)
@settings(max_examples=120, deadline=None)
def test_a_batch_says_of_each_entity_what_was_pushed_of_it(
    client: httpx.Client, names: list[str], columns: list[str]
) -> None:
    features = [f"rates:{column}" for column in columns]
    first, again = (read(client, features, id=names) for _ in range(2))
    assert first.status_code == 200
    assert first.content == again.content
    found = first.json()
    assert found["metadata"] == {"feature_names": columns}
    for column, result in zip(columns, found["results"], strict=True):
        want = [said_of(name, column) for name in names]
        assert exact(result["values"]) == exact([value for value, _, _ in want])
        assert result["statuses"] == [status for _, status, _ in want]
        assert result["event_timestamps"] == [at for _, _, at in want]


def test_rows_of_a_batch_are_whole_and_not_older_than_what_was_confirmed(
    client: httpx.Client,
) -> None:
    ids = [f"moving{i}" for i in range(20)]
    confirmed, failed = [0], list[str]()

    def push(version: int) -> None:
        table = rows(*ids, at=NOW + version, x=version / 8, n=version, word=str(version))
        frame = {name: [row[name] for row in table] for name in table[0]}
        done = client.post("/push", json={"push_source_name": "rates", "df": frame}).json()
        if done["newer"] != len(ids):
            failed.append(f"version {version}: {done}")
        confirmed[0] = version

    def write() -> None:
        for version in range(2, 60):
            push(version)

    push(1)
    writer = threading.Thread(target=write)
    writer.start()
    rounds, last = 0, 0
    while writer.is_alive() or last < 59:
        before = confirmed[0]
        found = read(client, [f"rates:{column}" for column in COLUMNS[:3]], id=ids * 5).json()
        x, n, word = (result["values"] for result in found["results"])
        assert [value * 8 for value in x] == n
        assert word == [str(value) for value in n]
        assert n == n[: len(ids)] * 5  # an entity that is named twice is one row
        assert min(n) >= before
        rounds, last = rounds + 1, min(n)
    writer.join()
    assert not failed
    assert rounds > 1


def test_one_row_of_a_batch_grows_too_old_while_the_others_stay(tmp_path: Path) -> None:
    with ps.FeatureStore(tmp_path) as store:
        store.apply(ALL)
    with running(tmp_path) as (client, _):
        ends = time.time_ns() + 3 * 10**9
        for name, at in (("soon", ends - HOUR), ("later", ends)):
            (row,) = rows(name, at=at)
            frame = {column: [value] for column, value in row.items()}
            assert client.post("/push", json={"push_source_name": "rates", "df": frame}).is_success
        seen = set[str]()
        while time.time_ns() < ends + 10**9:
            before = time.time_ns()
            found = read(client, ["rates:x"], id=["later", "soon", "later"]).json()["results"][0]
            after = time.time_ns()
            first, status, last = found["statuses"]
            assert first == last == "PRESENT"
            if after < ends:
                assert status == "PRESENT"
            if before > ends:
                assert status == "OUTSIDE_MAX_AGE"
            assert found["values"] == [0.5, 0.5 if status == "PRESENT" else None, 0.5]
            seen.add(status)
            time.sleep(0.05)
        assert seen == {"PRESENT", "OUTSIDE_MAX_AGE"}
