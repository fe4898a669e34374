"""The server under requests that its own description allows, and some that it does not: never a fault of ours."""

import subprocess
import sys
from pathlib import Path

from tests.serve.running import ALL, rows, running

import penstock as ps


def test_no_request_is_a_fault_of_the_server(tmp_path: Path) -> None:
    with ps.FeatureStore(tmp_path) as store:
        store.apply(ALL)
        store.push("rates", rows(1, "two"))
    with running(tmp_path) as (client, _):
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{client.base_url}/schema/openapi.json",
            "--checks", "not_a_server_error", "--max-examples", "40", "--generation-deterministic",
            "--exclude-path-regex", "events|subscribe", "--phases", "coverage,fuzzing", "--no-color",
        ]  # fmt: skip
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout[-3_000:]
        assert "Tested: 10" in done.stdout
        assert client.get("/health").json()["status"] == "ok"
