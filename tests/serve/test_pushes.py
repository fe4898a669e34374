"""Pushes that are understood at once, against the typed route: the same words for the same rows."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.serve.running import ALL, NOW, RATES, running

import penstock as ps

JSON = {"content-type": "application/json"}
TYPED = {"origin": "http://elsewhere"}  # a request with an origin is always the typed route's
FRAME: dict[str, Any] = {
    "id": ["a", 2], "event_timestamp": [NOW, NOW], "x": [0.5, None], "n": [1, -2],
    "word": ["w", '"é\\'], "on": [True, False],
}  # fmt: skip
VALUE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("pushes")
    with ps.FeatureStore(folder) as store:
        store.apply(ALL)
    with running(folder) as (made, _):
        yield made


def both(client: httpx.Client, content: bytes) -> tuple[httpx.Response, httpx.Response]:
    """What the fast and the typed route say; the rows are there before, so that neither is news."""
    client.post("/push", content=content, headers=JSON)
    return (
        client.post("/push", content=content, headers=JSON),
        client.post("/push", content=content, headers=JSON | TYPED),
    )


def same(fast: httpx.Response, typed: httpx.Response) -> None:
    assert (fast.status_code, fast.content) == (typed.status_code, typed.content)
    assert fast.headers.raw == typed.headers.raw


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"\xff", b'{"df": {}}', b'{"push_source_name": 1, "df": {}}',
        b'{"push_source_name": "rates", "df": {"id": 1}}',
        b'{"push_source_name": "rates", "df": {"id": [[1]]}}',
        b'{"push_source_name": "rates", "df": {}} and more',
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_by_the_typed_route(
    client: httpx.Client, content: bytes
) -> None:
    fast, typed = both(client, content)
    same(fast, typed)
    assert fast.status_code in (400, 422)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200), ({"x": ["no", 1]}, 200), ({"id": [None, "b"]}, 200), ({"event_timestamp": ["?", NOW]}, 200),
        ({"x": [0.5]}, 400), ({"more": [1, 2]}, 400),
    ],
)  # fmt: skip
def test_rows_are_taken_and_refused_alike(
    client: httpx.Client, change: dict[str, Any], status: int
) -> None:
    for to in ("online", "offline", "online_and_offline"):
        asked = {"push_source_name": RATES.name, "df": FRAME | change, "to": to}
        fast, typed = both(client, json.dumps(asked).encode())
        same(fast, typed)
        assert fast.status_code == status
    for wrong in ({"to": "nowhere"}, {"push_source_name": "nope"}, {"push_source_name": "sum"}):
        asked = {"push_source_name": RATES.name, "df": FRAME} | wrong
        fast, typed = both(client, json.dumps(asked).encode())
        same(fast, typed)
        assert 400 <= fast.status_code < 500


@given(st.fixed_dictionaries(dict.fromkeys(("id", "x", "n", "word", "on"), VALUE)), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_row_is_judged_alike(client: httpx.Client, row: dict[str, Any], extra: bool) -> None:
    frame = {name: [value] for name, value in row.items()} | {"event_timestamp": [NOW]}
    asked = {"push_source_name": RATES.name, "df": frame, "to": "online"} | (
        {"z": 1} if extra else {}
    )
    same(*both(client, json.dumps(asked).encode()))


def test_pushes_are_counted_once_and_other_types_are_the_typed_route_s(
    client: httpx.Client,
) -> None:
    def count() -> float:
        line = 'penstock_requests_total{route="/push",status="200"}'
        return next(
            (float(one.split()[-1]) for one in client.get("/metrics").text.splitlines() if one.startswith(line)), 0.0
        )  # fmt: skip

    before, asked = count(), json.dumps({"push_source_name": RATES.name, "df": FRAME}).encode()
    for headers in (JSON, {"content-type": "application/json; charset=utf-8"}, {}):
        assert client.post("/push", content=asked, headers=headers).json()["accepted"] == 2
    parts = (asked[i : i + 7] for i in range(0, len(asked), 7))
    assert client.post("/push", content=parts, headers=JSON).json()["accepted"] == 2
    long = {"content-length": str(len(asked))} | JSON
    parts = (asked[i : i + 7] for i in range(0, len(asked), 7))
    assert client.post("/push", content=parts, headers=long).json()["accepted"] == 2
    assert count() == before + 5
