"""The feature server, over the network."""

import asyncio
import contextlib
import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pyarrow as pa
import pytest
import websockets
from tests.serve.running import ALL, NOW, RATES, read, rows, running
from tests.store.servers import PostgresServer, RedisServer

import penstock as ps
from penstock.core.errors import DefinitionError

HOUR = 3_600 * 10**9


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("served")
    with ps.FeatureStore(folder) as store:
        store.apply(ALL)
        store.push("rates", rows("old", at=NOW - 2 * HOUR))
        store.push(
            "sides",
            [
                {"id": 1, "side": "a", "ts": NOW, "y": 7.0},
                {"id": "1", "side": "b/c", "ts": NOW, "y": 8.0},
            ],
        )
    with running(folder) as (made, _):
        assert made.post("/push", json=push("rates", rows(1, "two"))).json()["accepted"] == 2
        empty = rows("nulls", x=None, n=None, word=None, on=None)
        assert made.post("/push", json=push("rates", empty)).json()["newer"] == 1
        yield made


def push(view: str, table: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    return {"push_source_name": view, "df": {n: [r[n] for r in table] for n in table[0]}} | given


def test_a_request_of_feast_is_answered_in_feast_s_shape(client: httpx.Client) -> None:
    asked = {"features": ["rates:x", "rates:word"], "entities": {"id": [1, "two", "none", "old"]}}
    answer = client.post("/get-online-features", json=asked)
    assert answer.status_code == 200
    found = answer.json()
    assert found["metadata"] == {"feature_names": ["x", "word"]}
    x, word = found["results"]
    assert x["values"] == [0.5, 0.5, None, None]
    assert x["statuses"] == ["PRESENT", "PRESENT", "NOT_FOUND", "OUTSIDE_MAX_AGE"]
    assert word["values"] == ["w", "w", None, None]
    assert x["event_timestamps"][2] is None
    assert x["event_timestamps"][0].endswith("Z")
    nulls = read(client, ["rates:x", "rates:n", "rates:word", "rates:on"], id=["nulls"]).json()[
        "results"
    ]
    assert [r["statuses"] for r in nulls] == [["NULL_VALUE"]] * 4


@pytest.mark.parametrize("ids", [[1], ["none"], ["old"], [1, "two", "nulls", "old", "none", 1], []])
@pytest.mark.parametrize("features", [["rates:x", "rates:n"], ["rates:on"], ["rates@v1:*"]])
def test_the_fast_route_says_what_the_typed_one_says(
    client: httpx.Client, ids: list[Any], features: list[str]
) -> None:
    asked = {"features": features, "entities": {"id": ids}}
    fast = [client.post("/get-online-features", json=asked) for _ in range(3)]
    typed = client.post("/get-online-features", json=asked, headers={"origin": "http://elsewhere"})
    assert [one.json() for one in fast] == [typed.json()] * 3
    assert {one.headers["content-type"] for one in (*fast, typed)} == {"application/json"}


def test_several_views_and_composite_keys(client: httpx.Client) -> None:
    found = read(client, "both", id=[1, 1, "1"], side=["a", "z", "b/c"]).json()
    assert found["metadata"]["feature_names"] == ["x", "n", "word", "on", "y"]
    assert found["results"][4]["values"] == [7.0, None, 8.0]
    assert client.get("/entities/sides/1/b%2Fc").json()["results"][0]["values"] == [8.0]
    assert client.get("/entities/rates/two").json()["results"][0]["values"] == [0.5]
    full = {"features": ["rates:x"], "entities": {"id": [1]}, "full_feature_names": True}
    assert client.post("/get-online-features", json=full).json()["metadata"]["feature_names"] == [
        "rates__x"
    ]


def test_columns_on_demand(client: httpx.Client) -> None:
    found = read(client, ["sum:total", "rates:n"], id=[1, "none"], more=[2.5, 1]).json()
    assert found["metadata"]["feature_names"] == ["total", "n"]
    assert found["results"][0]["values"] == [3.0, None]
    assert found["results"][0]["statuses"] == ["PRESENT", "NOT_FOUND"]


def test_infinities_are_spelled_as_protocol_buffers_do(tmp_path: Path) -> None:
    view = ps.Pushed("wide", [ps.Field("x")], key="id", checks=ps.Checks(infinite="flag"))
    with ps.FeatureStore(tmp_path) as store:
        store.apply([view])
        store.push("wide", [{"id": 1, "ts": NOW, "x": float("-inf")}])
    with running(tmp_path) as (client, _):
        assert read(client, ["wide:x"], id=[1]).json()["results"][0]["values"] == ["-Infinity"]


def test_what_is_pushed_is_read_at_once_and_refusals_say_why(client: httpx.Client) -> None:
    for i in range(50):
        assert (
            client.post("/push", json=push("rates", rows("hot", at=NOW + i, n=i))).json()["newer"]
            == 1
        )
        assert read(client, ["rates:n"], id=["hot"]).json()["results"][0]["values"] == [i]
    bad = client.post(
        "/push", json=push("rates", [*rows("hot", at=NOW + 99, x="fast"), *rows("hot", at=NOW - 5)])
    )
    assert bad.status_code == 200
    assert bad.json()["rejected"] == [
        {"row": 0, "reason": "rates@v1: x must be of kind f8, got 'fast'"}
    ]
    assert (bad.json()["accepted"], bad.json()["newer"]) == (1, 0)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "get-online-features: "),
        (b'{"features": ["rates:x"]}', 400, "missing required field `entities`"),
        (b'{"features": [], "entities": {"id": [1]}}', 422, "at least one view:feature is needed"),
        (b'{"features": ["rate:x"], "entities": {"id": [1]}}', 422, "did you mean 'rates'"),
        (b'{"features": ["rates:x"], "entities": {"ids": [1]}}', 400, "lists of one length for id are needed"),
        (b'{"features": ["rates:x"], "entities": {"id": [1], "b": [1, 2]}}', 400, "lists of one length"),
        (b'{"features": ["rates:x"], "entities": {"id": [1.5]}}', 400, "id must be a text, an integer or a truth"),
        (b'{"features": ["sum:total"], "entities": {"id": [1]}}', 422, "must bring the number more"),
        (b'{"feature_service": "nobody", "entities": {"id": [1]}}', 422, "Service: one of both is needed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(client: httpx.Client, body: bytes, status: int, said: str) -> None:
    answer = client.post("/get-online-features", content=body)
    assert (answer.status_code, answer.json()["status_code"]) == (status, status)
    assert said in answer.json()["detail"]


def test_history_is_as_of_the_time_and_comes_as_arrow_too(client: httpx.Client) -> None:
    soon = NOW + 60 * 10**9
    entities = {
        "id": ["two", "old", "none"],
        "event_timestamp": [soon, soon, soon],
        "label": [1, 2, 3],
    }
    asked = {"features": ["rates:x"], "entities": entities, "known": False, "statuses": True}
    found = client.post("/get-historical-features", json=asked).json()["columns"]
    assert found["label"] == [1, 2, 3]
    assert found["x"] == [0.5, None, None]
    assert found["x__status"] == ["PRESENT", "OUTSIDE_MAX_AGE", "NOT_FOUND"]
    accept = {"accept": "application/vnd.apache.arrow.stream"}
    answer = client.post("/get-historical-features", json=asked, headers=accept)
    assert pl.DataFrame(pa.ipc.open_stream(answer.content).read_all())["x"].to_list() == [
        0.5,
        None,
        None,
    ]
    online = client.post(
        "/get-online-features",
        json={"features": ["rates:x"], "entities": {"id": [1]}},
        headers=accept,
    )
    assert pl.DataFrame(pa.ipc.open_stream(online.content).read_all())["x"].to_list() == [0.5]


def test_what_is_defined_and_how_the_server_is(client: httpx.Client) -> None:
    found = client.get("/features").json()
    assert {v["name"] for v in found["views"]} == {"rates", "sides", "sum"}
    assert found["services"] == [{"name": "both", "views": ["rates", "sides"], "pins": {}}]
    assert client.get("/features/rates").json()["services"] == ["both"]
    assert client.get("/features/nothing").status_code == 404
    assert client.get("/health").json()["status"] == "ok"
    assert client.get("/ready").json() == {"ready": True}
    paths = client.get("/schema/openapi.json").json()["paths"]
    assert {
        "/get-online-features",
        "/push",
        "/get-historical-features",
        "/health",
        "/features",
    } <= set(paths)
    assert client.get("/nowhere").status_code == 404
    told = client.get("/metrics").text
    for name in (
        'penstock_request_seconds_bucket{le="0.001",route="/get-online-features"}',
        'penstock_tier_reads_total{outcome="hits",tier="memory"}',
        'penstock_tier_state{tier="sqlite"} 0.0',
        'penstock_view_age_seconds{view="rates@v1"}',
        "penstock_memory_bytes",
    ):
        assert name in told


def test_large_answers_are_compressed_when_asked(client: httpx.Client) -> None:
    asked = {"features": ["rates:x", "rates:n"], "entities": {"id": [1] * 500}}
    plain = client.post("/get-online-features", json=asked, headers={"accept-encoding": "identity"})
    for name in ("gzip", "zstd"):
        small = client.post("/get-online-features", json=asked, headers={"accept-encoding": name})
        assert small.headers["content-encoding"] == name
        assert int(small.headers["content-length"]) < len(plain.content) / 5
        assert small.json() == plain.json()


def test_too_much_is_refused(client: httpx.Client) -> None:
    assert read(client, ["rates:x"], id=[1] * 1_001).status_code == 422
    body = b" " * (5 << 20)
    assert client.post("/get-online-features", content=body).status_code == 413
    assert client.post("/push", content=body).status_code == 413


def raw(client: httpx.Client, data: bytes, count: int = 1) -> bytes:
    with socket.create_connection((client.base_url.host, client.base_url.port or 80), 5) as conn:
        conn.sendall(data)
        got = b""
        while got.count(b"HTTP/1.1") < count or not got.endswith(b"]}]}"):
            more = conn.recv(65536)
            if not more:
                break
            got += more
        return got


def test_requests_on_one_connection_are_answered_in_their_order(client: httpx.Client) -> None:
    def one(body: bytes, path: bytes = b"/get-online-features") -> bytes:
        return b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (
            path,
            len(body),
            body,
        )

    asked = [
        b'{"features":["rates:x"],"entities":{"id":["%b"]}}' % name for name in (b"two", b"none")
    ]
    wrong = b'{"features":["rate:x"],"entities":{"id":[1]}}'
    got = raw(client, one(asked[0]) + one(wrong) + one(asked[1]) + one(asked[0]), 4)
    heads = [line for line in got.split(b"\r\n") if b"HTTP/1.1" in line]
    assert [head.rpartition(b"HTTP/1.1 ")[2][:3] for head in heads] == [
        b"200",
        b"422",
        b"200",
        b"200",
    ]
    body = asked[0]
    chunked = b"POST /get-online-features HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    chunked += (
        b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:10], body[10:]))
        + b"0\r\n\r\n"
    )
    assert b'"values":[0.5]' in raw(client, chunked)
    assert b"400 Bad Request" in raw(client, b"NONSENSE\r\n\r\n")
    closing = one(body).replace(b"host: x", b"host: x\r\nconnection: close")
    assert b'"values":[0.5]' in raw(client, closing, 99), "the server closes after its answer"


def test_subscribers_hear_new_rows(client: httpx.Client) -> None:
    async def listen() -> dict[str, Any]:
        url = f"ws://{client.base_url.host}:{client.base_url.port}/subscribe/rates"
        async with websockets.connect(url, proxy=None) as socket_:
            await asyncio.sleep(0.2)
            await asyncio.to_thread(
                client.post, "/push", json=push("rates", rows("news", at=NOW + 7))
            )
            return json.loads(await asyncio.wait_for(socket_.recv(), 5))

    told = asyncio.run(listen())
    assert told["entity"] == {"id": "news"}
    assert told["values"] == {"x": 0.5, "n": 3, "word": "w", "on": True}
    with client.stream("GET", "/events/rates") as stream:
        threading.Timer(
            0.3, lambda: client.post("/push", json=push("rates", rows("more", at=NOW + 8)))
        ).start()
        line = next(line for line in stream.iter_lines() if line.startswith("data:"))
        assert json.loads(line.removeprefix("data:"))["entity"] == {"id": "more"}


def test_a_client_in_python_has_the_store_s_words(client: httpx.Client) -> None:
    with ps.RemoteFeatureStore(str(client.base_url)) as store:
        found = store.get_online_features(["rates:x"], [{"id": 1}, {"id": "none"}])
        assert found.to_dict() == {"id": [1, "none"], "x": [0.5, None]}
        assert found.stamps == [[NOW, None]]
        assert store.push("rates", rows("far"))["accepted"] == 1
        history = store.get_historical_features(
            {"id": ["two"], "event_timestamp": [NOW + HOUR]}, ["rates:word"]
        )
        assert history["word"].to_list() == ["w"]
        with pytest.raises(DefinitionError, match=r"did you mean 'rates'.*status 422"):
            store.get_online_features(["rate:x"], [{"id": 1}])


def test_a_new_version_is_served_without_a_restart_and_values_survive_one(tmp_path: Path) -> None:
    with ps.FeatureStore(tmp_path) as store:
        store.apply(ALL)
        with running(tmp_path) as (client, process):
            client.post("/push", json=push("rates", rows(1)))
            store.apply([ps.Pushed("rates", [ps.Field("z")], key="id")])
            end = time.monotonic() + 10
            while read(client, ["rates:z"], id=[1]).status_code != 200:
                assert time.monotonic() < end
                time.sleep(0.05)
            assert read(client, ["rates:z"], id=[1]).json()["results"][0]["statuses"] == [
                "NOT_FOUND"
            ]
            process.kill()
            process.wait(5)
    with running(tmp_path) as (client, _):
        assert read(client, ["rates@v1:x"], id=[1]).json()["results"][0]["values"] == [0.5]


def test_keys_have_scopes_and_end(tmp_path: Path) -> None:
    with ps.FeatureStore(tmp_path) as store:
        store.apply([RATES])
        keys = {
            s: store.inner.registry.make_key([s], says="", by="me", at=0)
            for s in ("read", "push", "admin")
        }
        with running(tmp_path, "--keys") as (client, _):

            def ask(key: str, header: str = "authorization") -> httpx.Client:
                client.headers = httpx.Headers(
                    {header: f"Bearer {key}" if header == "authorization" else key}
                )
                return client

            assert read(client, ["rates:x"], id=[1]).status_code == 401
            assert client.get("/features").status_code == 401
            assert client.get("/health").status_code == 200
            assert read(ask("pk_x_y"), ["rates:x"], id=[1]).status_code == 401
            for _ in range(3):
                assert read(ask(keys["read"]), ["rates:x"], id=[1]).status_code == 200
            assert read(ask(keys["read"], "x-api-key"), ["rates:x"], id=[1]).status_code == 200
            assert ask(keys["read"]).post("/push", json=push("rates", rows(1))).status_code == 403
            assert ask(keys["push"]).post("/push", json=push("rates", rows(1))).status_code == 200
            assert read(ask(keys["push"]), ["rates:x"], id=[1]).status_code == 403
            assert ask(keys["admin"]).post("/reload").status_code == 200
            store.inner.registry.revoke_key(keys["read"].split("_")[1], by="me", at=1)
            end = time.monotonic() + 10
            while read(ask(keys["read"]), ["rates:x"], id=[1]).status_code == 200:
                assert time.monotonic() < end
                time.sleep(0.05)


def test_rates_are_limited_and_origins_are_named(tmp_path: Path) -> None:
    with ps.FeatureStore(tmp_path) as store:
        store.apply([RATES])
    settings = '[serve]\nrate = 5.0\norigins = ["http://here"]\n'
    with running(tmp_path, settings=settings) as (client, _):
        answers = [read(client, ["rates:x"], id=[1]) for _ in range(12)]
        assert [a.status_code for a in answers].count(429) >= 6
        refused = next(a for a in answers if a.status_code == 429)
        assert int(refused.headers["retry-after"]) >= 1
        time.sleep(1.0)
        assert (
            client.get("/features", headers={"origin": "http://here"}).headers[
                "access-control-allow-origin"
            ]
            == "http://here"
        )
        assert (
            "access-control-allow-origin"
            not in client.get("/features", headers={"origin": "http://there"}).headers
        )


def test_two_workers_are_coherent(tmp_path: Path) -> None:
    with ps.FeatureStore(tmp_path) as store:
        store.apply([RATES])
    with running(tmp_path, "--workers", "2") as (client, _):
        for i in range(20):
            with httpx.Client(base_url=client.base_url, trust_env=False) as writer:
                writer.post("/push", json=push("rates", rows("k", at=NOW + i, n=i)))
            end = time.monotonic() + 2
            fresh = 0
            while fresh < 6 and time.monotonic() < end:
                with httpx.Client(base_url=client.base_url, trust_env=False) as reader:
                    found = read(reader, ["rates:n"], id=["k"]).json()["results"][0]["values"]
                fresh = fresh + 1 if found == [i] else 0
            assert fresh == 6, "within two seconds every worker has the new row"


def test_an_end_lets_requests_finish(tmp_path: Path) -> None:
    with ps.FeatureStore(tmp_path) as store:
        store.apply([RATES])
    with running(tmp_path) as (client, process):
        statuses: list[int] = []
        done = threading.Event()

        def load() -> None:
            with (
                httpx.Client(base_url=client.base_url, trust_env=False) as mine,
                contextlib.suppress(httpx.ConnectError),
            ):
                while not done.is_set():
                    try:
                        statuses.append(read(mine, ["rates:x"], id=[1]).status_code)
                    except (httpx.RemoteProtocolError, httpx.ReadError):
                        continue  # an idle connection that was closed; the next one is refused

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in (0, -signal.SIGTERM)
        done.set()
        for thread in threads:
            thread.join()
        assert set(statuses) == {200}


def test_a_server_is_not_open_to_others_without_keys(tmp_path: Path) -> None:
    from penstock.serve.run import check
    from penstock.store.config import read_config

    (tmp_path / "penstock.toml").write_text('[serve]\nhost = "0.0.0.0"\n')
    with pytest.raises(
        DefinitionError, match=r"beyond loopback API keys are needed, got 0\.0\.0\.0 without"
    ):
        check(read_config(tmp_path))
    (tmp_path / "penstock.toml").write_text('[serve]\nhost = "0.0.0.0"\nkeys = true\n')
    check(read_config(tmp_path))
    (tmp_path / "penstock.toml").write_text('[serve]\ncertificate = "x.pem"\n')
    with pytest.raises(DefinitionError, match="certificate and private_key go together"):
        check(read_config(tmp_path))


def test_a_server_speaks_tls(tmp_path: Path) -> None:
    openssl = shutil.which("openssl") or pytest.skip("openssl is not installed")
    names = [str(tmp_path / name) for name in ("key.pem", "certificate.pem")]
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run(
        [*command, "-keyout", names[0], "-out", names[1]], check=True, capture_output=True
    )
    with ps.FeatureStore(tmp_path) as store:
        store.apply([RATES])
    settings = f'[serve]\ncertificate = "{names[1]}"\nprivate_key = "{names[0]}"\n'
    with running(tmp_path, settings=settings) as (client, _):
        assert client.base_url.scheme == "https"
        assert read(client, ["rates:x"], id=[1]).status_code == 200


def test_redis_and_postgresql_stand_behind_the_server(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    settings = f'[online]\nredis = "{redis_server.url}"\ndurable = "{postgres_server.database()}"\n'
    (tmp_path / "penstock.toml").write_text(settings)
    with ps.FeatureStore(tmp_path) as store:
        store.apply([RATES])
        store.push("rates", rows("before"))
    with running(tmp_path, settings=settings) as (client, _):
        assert client.post("/push", json=push("rates", rows("after"))).json()["later"] == []
        found = read(client, ["rates:x"], id=["before", "after"]).json()["results"][0]
        assert found["statuses"] == ["PRESENT", "PRESENT"]
        health = client.get("/health").json()
        assert health["degraded"] == []
        assert {name: t["state"] for name, t in health["tiers"].items()} == {
            "redis": "closed",
            "postgres": "closed",
        }
        assert health["tiers"]["redis"]["hits"] == 1
