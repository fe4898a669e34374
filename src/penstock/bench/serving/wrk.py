"""Requests as fast as a server answers them: wrk (https://github.com/wg/wrk), one thread on the clients' core."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from penstock.bench.servers import NotInstalledError
from penstock.bench.serving.cores import cores
from penstock.bench.timing import figures

SCRIPT = """
local requests, at = {}, 0
function init(args)
  local headers = {["Content-Type"] = "application/json"}
  if args[3] ~= nil and args[3] ~= "" then headers["Authorization"] = "Bearer " .. args[3] end
  for line in io.lines(args[1]) do
    if args[2] == "GET" then requests[#requests + 1] = wrk.format("GET", line, headers)
    else requests[#requests + 1] = wrk.format("POST", "/get-online-features", headers, line) end
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency, _)
  local e = summary.errors
  io.write(string.format('\\nRESULT {"requests": %d, "us": %d, "bytes": %d, "p50": %d, "p99": %d, "errors": %d}\\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def wrk(
    url: str,
    lines: Sequence[str],
    *,
    connections: int,
    seconds: float,
    key: str = "",
    get: bool = False,
) -> dict[str, Any]:
    """Figures of a closed loop: each connection asks again as soon as it has its answer.

    Parameters
    ----------
    url
        Where the server is.
    lines
        Bodies of online reads, or with `get` paths; asked in order, over and over.
    connections, seconds
        How many, and for how long.
    key
        An API key.
    """
    program = shutil.which("wrk")
    if program is None:
        raise NotInstalledError("wrk is not installed: scripts/install_programs wrk installs it")
    with tempfile.TemporaryDirectory(prefix="penstock-wrk-") as place:
        script, asked = Path(place) / "script.lua", Path(place) / "lines"
        script.write_text(SCRIPT)
        asked.write_text("\n".join(lines) + "\n")
        done = subprocess.run(  # noqa: S603  (an installed program, words of ours)
            [
                shutil.which("taskset") or "taskset", "-c", str(cores()[0]), program, "-t1", f"-c{connections}",
                f"-d{max(1, round(seconds))}s", "--latency", "-s", str(script), url, "--", str(asked),
                "GET" if get else "POST", key,
            ],
            capture_output=True, text=True, check=True, timeout=seconds + 60,
        )  # fmt: skip
    said = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    found = json.loads(said.removeprefix("RESULT "))
    return {
        "connections": connections,
        "requests_per_second": figures(found["requests"] / found["us"] * 1e6),
        "p50_ms": found["p50"] / 1e3,
        "p99_ms": found["p99"] / 1e3,
        "answer_bytes": round(found["bytes"] / max(found["requests"], 1)),
        "errors": found["errors"],
    }
