"""A touch with the market around it, from gold and the files that it was made of."""

import datetime as dt
import json

import pytest
from tests.jobs.levels.hand import outcomes, touches
from tests.jobs.levels.market import at, es_books, es_trades

from penstock.core.errors import DataError, DefinitionError
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels import gold, manifest
from penstock.jobs.levels.facts import digest
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.picture import draw, title, told
from penstock.jobs.levels.scene import scene

DAY = dt.date(2025, 12, 16)
TOUCH = at(DAY, "10:00:00")


@pytest.fixture
def out(tmp_path):
    """Two touches of a day whose futures stand at ten times the underlying."""
    rows = [
        ("09:57:59", 5990),
        ("09:58:00", 6000),
        ("10:00:00", 6010),
        ("10:05:00", 6020),
        ("10:05:01", 6030),
    ]
    es_trades(tmp_path / "raw", DAY, rows)
    es_books(
        tmp_path / "raw", DAY, [("09:57:59", 1, 2), ("09:59:00", 6009, 6011), ("10:06:00", 1, 2)]
    )
    signals = touches(
        2, ts_event_ns=[TOUCH, TOUCH + 1], spot=[601.0, 601.0], level_price=[601.05, 601.05], direction=["UP", "UP"],
        level_kind=["ROUND", "ROUND"], level_id=["ROUND_601.05"] * 2, churn=[12.0, 12.0],
    )  # fmt: skip
    gold.write_date(tmp_path, DAY, (signals, outcomes(signals, "BREAK", None)), {})
    (inputs,) = find(tmp_path / "raw")
    files = manifest.Hashes(tmp_path / "hashes.json").files(inputs)
    said = {
        "status": manifest.DONE,
        "book": inputs.kind,
        "inputs": files,
        "rows": 2,
        "key": digest(1),
    }
    manifest.write_manifest(tmp_path, DAY, said | {"parameters": Parameters().as_dict()})
    return tmp_path


def test_a_scene_is_what_stood_before_the_touch_and_up_to_the_horizon(out):
    found = scene(out, "2025-12-16-00000")
    assert found.ratio == 10.0
    assert found.trades["price"].to_list() == [600.0, 601.0, 602.0]
    assert found.books.select("price", "size").rows() == [(600.9, 10.0), (601.1, -10.0)]
    assert found.labels["outcome"] == "BREAK"
    assert title(found).startswith(
        "SPY UP to ROUND_601.05 at 601.05, 2025-12-16 10:00:00 in America/New_York: BREAK"
    )
    lines = dict(told(found))
    assert "churn  12" in lines["barrier"]
    assert "spot  601" in lines["context"]
    assert "excursion_max  —" in lines["what came after"]


@pytest.mark.parametrize(("ending", "starts"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_it_is_drawn(out, ending, starts):
    pytest.importorskip("matplotlib")
    path = out / "pictures" / f"touch{ending}"
    draw(scene(out, "2025-12-16-00001"), path)
    assert path.read_bytes().startswith(starts)
    assert len(path.read_bytes()) > 20_000


def test_what_cannot_be_shown_is_said(out):
    with pytest.raises(DataError, match="one touch with this id is needed, got 2"):
        scene(out, "2025-12-16")
    with pytest.raises(DataError, match="got 0 in 1 dates"):
        scene(out, "no such touch")
    found = scene(out, "2025-12-16-00000")
    with pytest.raises(DefinitionError, match=r"ends in \.png"):
        draw(found, out / "touch.gif")
    said = manifest.read_manifest(out, DAY)
    for each in said["inputs"]:
        each["path"] += ".gone"
    manifest.manifest_path(out, DAY).write_text(json.dumps(said))
    with pytest.raises(DataError, match="got no such file"):
        scene(out, "2025-12-16-00000")
