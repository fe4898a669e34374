"""Requests that repeat: what the server keeps of heads and bodies changes nothing that it says."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.serve.running import ALL, NOW, RATES, rows, running

import penstock as ps

HOUR = 3_600 * 10**9
NAMES = [
    1,
    0,
    12,
    -1,
    "two",
    "a b",
    'q"q',
    "back\\slash",
    "é",
    "",
    "1",
    "0",
    "x" * 300,
    10**17,
    2**53,
]


class Line:
    """A connection that sends bytes as they are told, and reads whole answers."""

    def __init__(self, client: httpx.Client, *head: str) -> None:
        self.socket = socket.create_connection(
            (client.base_url.host, client.base_url.port or 80), 5
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head, self.rest = "".join(f"{line}\r\n" for line in head), b""

    def request(self, body: bytes, path: str = "/get-online-features") -> bytes:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{self.head}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)
            if len(parts) > 1:
                time.sleep(0.002)

    def answer(self) -> tuple[int, bytes]:
        while b"\r\n\r\n" not in self.rest:
            self.rest += self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        if b" 100 " in head:
            return self.answer()
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        while len(self.rest) < length:
            self.rest += self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(head.split(b" ", 2)[1]), body

    def _more(self) -> bytes:
        more = self.socket.recv(1 << 16)
        if not more:
            raise EOFError
        return more

    def ask(self, body: bytes) -> tuple[int, bytes]:
        self.send(self.request(body))
        return self.answer()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("repeats")
    with ps.FeatureStore(folder) as store:
        store.apply(ALL)
        for i, name in enumerate(NAMES):
            at = NOW - 2 * HOUR if name == 12 else NOW
            store.push("rates", rows(name, at=at, n=i, x=None if name == "two" else 0.5))
    with running(folder) as (made, _):
        yield made


@pytest.fixture
def line(client: httpx.Client) -> Iterator[Line]:
    made = Line(client)
    with made.socket:
        yield made


def typed(client: httpx.Client, body: bytes) -> tuple[int, Any]:
    """What the typed route says: a request with an origin is never answered where it is parsed."""
    answer = client.post("/get-online-features", content=body, headers={"origin": "http://else"})
    return answer.status_code, answer.json()


def in_forms(value: str) -> list[str]:
    return [
        f'{{"features": ["rates:n", "rates:x"], "entities": {{"id": [{value}]}}}}',
        f'{{"features":["rates:n"],"entities":{{"id":[{value}]}},"full_feature_names":true}}',
        f'{{"entities": {{"id": [{value}]}}, "features": ["rates:n"]}}',
        f'{{"entities": {{"id": [{value}]}}, "features": ["rates@v1:*"], "more": [1]}}',
        f'{{"features": ["rates:n"], "entities": {{"id": [7], "id": [{value}]}}}}',
        f'{{"features": ["rates:n"], "entities": {{"id": [{value}]}}, "entities": {{"id": [1]}}}}',
        f'{{"features": ["rates:n"], "entities": {{"other": [1], "id": [{value}]}}}}',
        f'{{"features": ["rates:n"], "entities": {{"id": [ {value} ]}}}}',
        f'{{"features": ["rates:n"], "entities": {{"id": [{value}, 1]}}}}',
    ]


@pytest.mark.parametrize("form", range(9))
def test_a_body_that_differs_in_its_entity_is_answered_as_the_typed_route_does(
    client: httpx.Client, line: Line, form: int
) -> None:
    plain = [json.dumps(name) for name in NAMES] + [json.dumps("é", ensure_ascii=False)]
    odd = [
        "true",
        "null",
        "1.0",
        "1e2",
        "01",
        "-0",
        "1 2",
        '"two',
        "two",
        '"\t"',
        "",
        "\u0661",
        '"rates:n"',
    ]
    for _ in range(2):  # the second time every shape is known
        for value in ["1", *plain, *odd, "1"]:
            body = in_forms(value)[form].encode()
            status, said = line.ask(body)
            expected = typed(client, body)
            if status == 200:
                assert (status, json.loads(said)) == expected, body
            else:
                assert status == expected[0], (body, said, expected)


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 400), max_size=4),
    order=st.lists(st.sampled_from([b"1", b'"two"', b"12", b'"none"']), min_size=1, max_size=4),
)
def test_bytes_may_come_in_any_parts(
    client: httpx.Client, cuts: list[int], order: list[bytes]
) -> None:
    line = Line(client)
    with line.socket:
        bodies = [b'{"features":["rates:n"],"entities":{"id":[%b]}}' % value for value in order]
        alone = [line.ask(body) for body in bodies for _ in range(2)][::2]
        together = b"".join(map(line.request, bodies))
        places = sorted({min(cut, len(together)) for cut in cuts})
        ends = [*places, len(together)]
        line.send(*(together[a:b] for a, b in zip([0, *places], ends, strict=True)))
        assert [line.answer() for _ in bodies] == alone


def test_a_head_that_is_known_says_how_its_connection_goes_on(client: httpx.Client) -> None:
    body = b'{"features":["rates:n"],"entities":{"id":[1]}}'
    for _ in range(3):
        closing = Line(client, "Connection: close")
        with closing.socket:
            assert closing.ask(body)[0] == 200
            with pytest.raises(EOFError):
                closing.answer()
    for _ in range(3):
        asking = Line(client, "Expect: 100-continue")
        with asking.socket:
            assert asking.ask(body)[0] == 200
    line = Line(client)
    with line.socket:
        assert [line.ask(body)[0] for _ in range(3)] == [200] * 3
        line.send(line.request(body)[:-1] + b"]")  # the same head, and a body of that length
        assert line.answer()[0] == 400
        line.send(line.request(body, "/get-online-feature"))
        assert line.answer()[0] == 404
        assert line.ask(body)[0] == 200


def test_a_new_row_replaces_what_was_kept_of_an_answer(client: httpx.Client, line: Line) -> None:
    body = b'{"features":["rates:n"],"entities":{"id":["fresh"]}}'
    for i in range(20):
        table = rows("fresh", at=NOW + i, n=i)[0]
        pushed = {"push_source_name": "rates", "df": {k: [v] for k, v in table.items()}}
        assert client.post("/push", json=pushed).status_code == 200
        for _ in range(2):
            assert json.loads(line.ask(body)[1])["results"][0]["values"] == [i]


def test_a_row_grows_too_old_while_its_answer_is_kept(tmp_path: Path) -> None:
    view = ps.Pushed("brief", [ps.Field("x")], key="id", ttl="2s")
    with ps.FeatureStore(tmp_path) as store:
        store.apply([view])
    with running(tmp_path) as (client, _):
        line = Line(client)
        with line.socket:
            at = time.time_ns()
            pushed = {"push_source_name": "brief", "df": {"id": [1], "ts": [at], "x": [0.5]}}
            assert client.post("/push", json=pushed).status_code == 200
            seen: list[str] = []
            body = b'{"features":["brief:x"],"entities":{"id":[1]}}'
            while time.time_ns() - at < 2_500_000_000:
                before = time.time_ns()
                (status,) = json.loads(line.ask(body)[1])["results"][0]["statuses"]
                if status == "OUTSIDE_MAX_AGE":
                    assert time.time_ns() - at > 2_000_000_000
                else:
                    assert before - at <= 2_000_000_000
                seen.append(status)
                time.sleep(0.01)
            assert set(seen) == {"PRESENT", "OUTSIDE_MAX_AGE"}


def test_a_revoked_key_ends_though_its_head_was_known(tmp_path: Path) -> None:
    with ps.FeatureStore(tmp_path) as store:
        store.apply([RATES])
        store.push("rates", rows(1))
        registry = store.inner.registry
        key, other = (registry.make_key([s], says="", by="me", at=0) for s in ("read", "push"))
        with running(tmp_path, "--keys") as (client, _):
            body = b'{"features":["rates:n"],"entities":{"id":[1]}}'
            line, refused = (
                Line(client, f"Authorization: Bearer {key}"),
                Line(client, f"X-Api-Key: {other}"),
            )
            with line.socket, refused.socket:
                assert [line.ask(body)[0] for _ in range(4)] == [200] * 4
                assert [refused.ask(body)[0] for _ in range(4)] == [403] * 4
                guess = Line(client, f"Authorization: Bearer {key[:-1]}?")
                with guess.socket:
                    assert guess.ask(body)[0] == 401
                registry.revoke_key(key.split("_")[1], by="me", at=1)
                end = time.monotonic() + 10
                while line.ask(body)[0] == 200:
                    assert time.monotonic() < end
                    time.sleep(0.05)
                assert line.ask(body)[0] == 401
