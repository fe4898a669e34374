"""The server while what it stands on goes and comes back: all is answered, and nothing older than a confirmed write."""

import threading
import time
from pathlib import Path

import httpx
import pytest
from tests.serve.running import NOW, RATES, read, rows, running
from tests.store.servers import PostgresServer, RedisServer

import penstock as ps

KEYS = [f"k{i}" for i in range(20)]


class Load:
    """Writers and readers of one server; each key has one writer, whose confirmed writes bound what may be read."""

    def __init__(self, url: httpx.URL) -> None:
        self.url, self.stop = url, threading.Event()
        self.confirmed = dict.fromkeys(KEYS, -1)
        self.statuses: dict[int, int] = {}
        self.failed: list[str] = []
        self.slowest = 0.0
        self._lock = threading.Lock()

    def run(self) -> list[threading.Thread]:
        works = [lambda part=KEYS[i::2]: self._write(part) for i in range(2)]
        works += [self._read, self._read]
        threads = [threading.Thread(target=work) for work in works]
        for thread in threads:
            thread.start()
        return threads

    def _note(self, answer: httpx.Response) -> None:
        with self._lock:
            self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
            self.slowest = max(self.slowest, answer.elapsed.total_seconds())

    def _write(self, keys: list[str]) -> None:
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as client:
            for n in range(1 << 30):
                if self.stop.is_set():
                    return
                for key in keys:
                    row = rows(key, at=NOW + n, n=n)[0]
                    body = {
                        "push_source_name": "rates",
                        "df": {k: [v] for k, v in row.items()},
                        "to": "online",
                    }
                    answer = client.post("/push", json=body)
                    self._note(answer)
                    if answer.status_code == 200:
                        self.confirmed[key] = n

    def _read(self) -> None:
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as client:
            while not self.stop.is_set():
                least = [self.confirmed[key] for key in KEYS]
                answer = read(client, ["rates:n"], id=KEYS)
                self._note(answer)
                if answer.status_code != 200:
                    continue
                found = answer.json()["results"][0]["values"]
                for key, value, bound in zip(KEYS, found, least, strict=True):
                    if bound >= 0 and (value is None or value < bound):
                        self.failed.append(f"{key}: {value} after {bound} was confirmed")


@pytest.mark.slow
def test_every_request_is_answered_through_a_schedule_of_faults(tmp_path: Path) -> None:
    redis, postgres = RedisServer(), PostgresServer()
    try:
        redis.start()
        postgres.start()
        settings = f'[online]\nredis = "{redis.url}"\ndurable = "{postgres.database()}"\n'
        (tmp_path / "penstock.toml").write_text(settings)
        with ps.FeatureStore(tmp_path) as store:
            store.apply([RATES])
        with running(tmp_path, settings=settings) as (client, _):
            load = Load(client.base_url)
            threads = load.run()
            time.sleep(2)
            for server in (redis, postgres, redis, postgres):
                server.kill()
                time.sleep(2)
                server.start()
                time.sleep(2)
            redis.kill()
            postgres.kill()
            time.sleep(2)
            redis.start()
            postgres.start()
            end = time.monotonic() + 15
            while client.get("/health").json()["degraded"] and time.monotonic() < end:
                time.sleep(0.05)
            assert client.get("/health").json()["degraded"] == [], client.get("/health").text
            time.sleep(1)
            load.stop.set()
            for thread in threads:
                thread.join(20)
            total = sum(load.statuses.values())
            assert load.failed == []
            assert total > 1_000
            assert load.statuses.get(200, 0) >= 0.999 * total, load.statuses
            assert all(status < 500 for status in load.statuses), load.statuses
            found = read(client, ["rates:n"], id=KEYS).json()["results"][0]["values"]
            assert all(v >= load.confirmed[k] for k, v in zip(KEYS, found, strict=True))
            assert load.slowest < 5
    finally:
        redis.close()
        postgres.close()
