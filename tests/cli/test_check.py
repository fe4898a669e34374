"""``penstock check`` through its entry."""

import json


def test_the_command_finds_nothing_in_the_catalogue(penstock, market):
    said = penstock("check", "--features", "price.simple_return,volume.vwap", "--source", market,
                          "--on", "every:1s", "--cuts", 3, "--events", 2000, "--json")  # fmt: skip
    found = json.loads(said.out)
    assert said.status == 0
    assert (found["looks_ahead"], found["findings"], found["cuts"]) == (False, [], 3)
    assert found["events"] > 100


def test_the_command_takes_a_definition_of_ones_own(penstock, trades, tmp_path):
    file = tmp_path / "my_own_view.py"
    file.write_text(
        "import penstock as ps\n"
        "from tests.jobs.cheats import NextValue\n"
        'view = ps.View("mine", {"x": NextValue(ps.trade.price)}, on="trade")\n'
    )
    said = penstock("check", "--features", f"{file}:view", "--source", trades, "--cuts", 2)
    assert said.status == 1
    assert said.out.startswith("mine: found in")
    assert "x (AA at" in said.out or "x (BB at" in said.out
    said = penstock("check", "--features", f"{file}:nothing", "--source", trades)
    assert said.status == 2
    assert "must define nothing" in said.err
