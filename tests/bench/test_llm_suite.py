"""The suite of gateways gives results of the right shape; no time is asserted."""

from penstock.bench import run_suite


def test_every_case_of_a_gateway_has_its_figures():
    cases = {result["case"]: result for result in run_suite("llm", quick=True)["results"]}
    assert cases["events"]["events"] == 2_000
    assert cases["events"]["columns"] == 34
    assert {"events_per_second", "read_and_joined_per_second", "p99_ms"} <= set(cases["events"])
    assert cases["closures"]["keys"] == 5
    assert cases["closures"]["closures_per_second"] > 0
    assert 1_500 < cases["extraction"]["tokens"] < 2_500
    assert cases["vectors"]["candidates"] == 8
    assert cases["vectors"]["columns"] > 200
    assert {"p50_ms", "p99_ms"} <= set(cases["vectors"])
    assert cases["week"]["events"] > 2 * 24 * 5
    assert cases["week"]["first_day_mb"] > 0
