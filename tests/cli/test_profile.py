"""``penstock profile`` through its entry."""

import json

import pytest

FEATURES = "microstructure.mid_price,microstructure.depth_imbalance(L=3),volume.volume"


def profile(penstock, market, *more):
    return penstock(
        "profile", "--features", FEATURES, "--source", market, "--on", "every:1s", *more
    )


@pytest.mark.parametrize("layout", [(), ("--live",)], ids=["blocks", "live"])
def test_the_report_is_complete_as_json(penstock, market, layout):
    said = profile(penstock, market, "--json", *layout)
    assert said.status == 0
    found = json.loads(said.out)
    assert [cost["name"] for cost in found["features"]] != []
    assert {cost["name"] for cost in found["features"]} == {
        "microstructure.mid_price", "microstructure.depth_imbalance(L=3)", "volume.volume"
    }  # fmt: skip
    assert (found["capacity"] == 1) == bool(layout)
    assert found["keys"] == 2
    assert found["bytes_of_all_keys"] >= 2 * found["bytes_per_key"] > 0
    assert sum(found["memory"].values()) == found["bytes_per_key"]
    assert all(column["bytes"] > 0 for column in found["columns"])
    assert all(cost["ns"] >= 0 and cost["ticks"] > 0 for cost in found["steps"])


def test_people_see_bars_reasons_and_memory(penstock, market):
    said = profile(penstock, market)
    assert said.status == 0
    for shown in (
        "█",
        "slowest steps",
        "times the median step",
        "Memory of one key",
        "ns an event",
    ):
        assert shown in said.out
    assert "instructions" in said.out or "not readable: " in said.out


def test_a_wrong_feature_is_one_line(penstock, market):
    said = penstock("profile", "--features", "volume.volum", "--source", market)
    assert said.status == 2
    assert said.err.count("\n") == 1
    assert "did you mean 'volume.volume'?" in said.err
