"""Reads that must wait for a tier, answered where they are parsed: the same words, in order, to whoever still asks."""

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from tests.serve.running import ALL, NOW, read, rows, running
from tests.store.servers import RedisServer

import penstock as ps

NO_MEMORY = '[online]\nmemory = "1B"\n'  # every read is of the tier below
FLOATS = ps.Pushed("floats", [ps.Field("a"), ps.Field("b")], key="id", ttl="1h",
                   checks=ps.Checks(infinite="flag"))  # fmt: skip
VALUES = {
    "plain": (0.5, -0.0),
    "null": (None, 5e-324),
    "wide": (float("inf"), float("-inf")),
    "none": None,
}
END = b"\r\n\r\n"


def body(name: str) -> bytes:
    return json.dumps({"features": ["floats:a", "floats:b"], "entities": {"id": [name]}}).encode()


def request(name: str, *head: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in head)
    data = body(name)
    start = f"POST /get-online-features HTTP/1.1\r\nHost: x\r\n{lines}"
    return f"{start}Content-Length: {len(data)}\r\n\r\n".encode() + data


def answers(line: socket.socket, count: int) -> list[bytes]:
    """So many answers of a connection, head and all."""
    found, got = [], b""
    while len(found) < count:
        head = got.find(END)
        length = (
            int(got[:head].lower().partition(b"content-length: ")[2].split()[0]) if head > 0 else 0
        )
        if head > 0 and len(got) >= head + len(END) + length:
            found.append(got[: head + len(END) + length])
            got = got[head + len(END) + length :]
            continue
        more = line.recv(1 << 16)
        assert more, found
        got += more
    assert not got
    return found


def line_to(client: httpx.Client) -> socket.socket:
    made = socket.create_connection((client.base_url.host, client.base_url.port or 80), 10)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def fill(folder: Path) -> None:
    with ps.FeatureStore(folder) as store:
        store.apply([*ALL, FLOATS])
        for name, pair in VALUES.items():
            if pair is not None:
                row = {"id": name, "ts": NOW, "a": pair[0], "b": pair[1]}
                assert store.push("floats", [row]).accepted == 1
        store.push("floats", [{"id": "old", "ts": NOW - 2 * 3_600 * 10**9, "a": 1.0, "b": 2.0}])


@contextmanager
def started() -> Iterator[RedisServer]:
    with closing(RedisServer()) as redis:
        redis.start()
        yield redis


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("misses")
    fill(folder)
    with running(folder, settings=NO_MEMORY) as (made, _):
        yield made


@pytest.mark.parametrize("name", [*VALUES, "old"])
def test_a_row_that_is_waited_for_is_told_as_the_typed_route_tells_it(
    client: httpx.Client, name: str
) -> None:
    origin = {"origin": "http://elsewhere"}
    typed = client.post("/get-online-features", content=body(name), headers=origin).json()
    with line_to(client) as line:
        found = []
        for _ in range(4):  # at first the head and the body are not known
            line.sendall(request(name))
            found += answers(line, 1)
    assert len(set(found)) == 1
    assert found[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(found[0].partition(END)[2]) == typed
    first, second = typed["results"]
    if name in ("plain", "null"):
        told = [*first["values"], *second["values"]]
        assert json.dumps(told) == json.dumps(list(VALUES[name] or ()))
    if name == "wide":
        assert [*first["values"], *second["values"]] == ["Infinity", "-Infinity"]
    assert first["statuses"] == {
        "null": ["NULL_VALUE"], "none": ["NOT_FOUND"], "old": ["OUTSIDE_MAX_AGE"],
    }.get(name, ["PRESENT"])  # fmt: skip


def test_requests_that_wait_on_one_connection_are_answered_in_their_order(
    client: httpx.Client,
) -> None:
    names = [*VALUES, "old"] * 8
    with line_to(client) as line:
        wanted = []
        for name in names:
            line.sendall(request(name))
            wanted += answers(line, 1)
        line.sendall(b"".join(request(name) for name in names))
        assert answers(line, len(names)) == wanted
        for name in names:  # not all at one time, and not one after the other
            line.sendall(request(name))
            time.sleep(0.0005)
        assert answers(line, len(names)) == wanted


def test_who_hangs_up_while_others_wait_for_the_same_row_takes_nothing_from_them(
    client: httpx.Client,
) -> None:
    with line_to(client) as line:
        line.sendall(request("plain"))
        (wanted,) = answers(line, 1)
        found = list[bytes]()
        for _ in range(30):
            gone = [line_to(client) for _ in range(3)]
            for one in gone:
                one.sendall(request("plain"))
            line.sendall(request("plain"))
            for one in gone:
                one.close()
            found += answers(line, 1)
    assert found == [wanted] * 30


def test_an_end_lets_a_read_that_waits_be_answered(tmp_path: Path) -> None:
    fill(tmp_path)
    with (
        started() as redis,
        running(
            tmp_path,
            settings=f'{NO_MEMORY}redis = "{redis.url}"\ntimeout = "5s"\n',
        ) as (client, process),
    ):
        with line_to(client) as line:
            line.sendall(request("plain"))
            (wanted,) = answers(line, 1)
            assert redis.process is not None
            redis.process.send_signal(signal.SIGSTOP)
            line.sendall(request("plain"))
            time.sleep(0.3)  # it has begun to wait
            process.send_signal(signal.SIGTERM)
            later = threading.Timer(0.5, redis.process.send_signal, [signal.SIGCONT])
            later.start()
            try:
                assert answers(line, 1) == [wanted]
                assert line.recv(1) == b""
            finally:
                later.join()
        assert (
            process.wait(20) == -signal.SIGTERM
        )  # uvicorn ends as it was told to, after its answers


def test_a_tier_that_is_away_is_told_with_a_row_that_was_waited_for(tmp_path: Path) -> None:
    fill(tmp_path)
    with (
        started() as redis,
        running(
            tmp_path,
            settings=f'{NO_MEMORY}redis = "{redis.url}"\n',
        ) as (client, _),
    ):
        plain = read(client, ["floats:a", "floats:b"], id=["plain"])
        assert "x-penstock-degraded" not in plain.headers
        redis.kill()
        end = time.monotonic() + 20
        with line_to(client) as line:
            while time.monotonic() < end:
                line.sendall(request("plain"))
                head, _, told = answers(line, 1)[0].partition(END)
                assert told == plain.content
                if b"x-penstock-degraded: redis" in head:
                    return
    pytest.fail("the server did not say that Redis is away")


def test_who_need_not_wait_is_told_what_is_known_and_the_row_once_it_was_read(
    tmp_path: Path,
) -> None:
    fill(tmp_path)
    late = "[serve]\nsynchronous_durable = false\n"
    with running(tmp_path, settings=late) as (client, _), line_to(client) as line:
        for name in ("none", "plain", "null"):  # of the second on, head and body are known
            seen = list[str]()
            for _ in range(200):
                line.sendall(request(name))
                told = json.loads(answers(line, 1)[0].partition(END)[2])["results"][1]
                seen.append(told["statuses"][0])
                if seen[-1] == "PRESENT":
                    assert json.dumps(told["values"]) == json.dumps([VALUES[name][1]])  # type: ignore[index]
                    break
                time.sleep(0.01)
            assert set(seen) <= {"NOT_FOUND", "PRESENT"}
            assert (seen[-1] == "PRESENT") == (VALUES[name] is not None)
            assert seen[0] == "NOT_FOUND"


def test_floats_and_texts_wait_together(client: httpx.Client) -> None:
    pushed = client.post(
        "/push", json={"push_source_name": "rates", "df": {k: [v] for k, v in rows("here")[0].items()}}
    )  # fmt: skip
    assert pushed.json()["accepted"] == 1
    for _ in range(3):
        found = read(client, ["rates:x", "rates:word"], id=["here"]).json()["results"]
        assert [result["values"] for result in found] == [[0.5], ["w"]]
