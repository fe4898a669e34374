"""The suite of texts gives results of the right shape; no time is asserted."""

from penstock.bench import run_suite


def test_every_case_of_texts_has_its_figures():
    cases = {result["case"]: result for result in run_suite("text", quick=True)["results"]}
    for name in ("cleaning", "finance-words", "vader", "events"):
        assert cases[name].get("absent") or cases[name]["texts_per_second"] > 0
    assert cases["finance-words"]["target"] == 20_000
    if "absent" not in cases.get("finbert", {}):
        names = {
            f"finbert_{runtime}_{batch}" for runtime in ("torch", "onnx") for batch in (1, 8, 32)
        }
        assert names <= set(cases)
        assert all(cases[name]["texts_per_second"] > 0 for name in names)
