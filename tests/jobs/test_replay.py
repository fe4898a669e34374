"""Replay and parity: the same bits at any pace, and what a live run refused by name."""

from pathlib import Path

import pytest
from tests.engine import feeds
from tests.engine.test_rebuild import TYPES, VIEWS, disorder, keys, said

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.events import Quarantine
from penstock.events.simulator import simulate
from penstock.jobs.live.parity import parity
from penstock.jobs.live.replay import Pace, replay

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
VIEW = ps.View("prices", ["price.log_return", "volume.volume"], on="every:1s")


class Clock:
    """A clock that only waiting moves, and a little by itself, as computing takes time."""

    def __init__(self, step: float = 0.0) -> None:
        self.time, self.step, self.waits = 100.0, step, []

    def now(self) -> float:
        self.time += self.step
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


def history(view, source) -> dict:
    return feeds.bits_of_frame(ps.run(view, source), view)


def live(rows) -> dict:
    found: dict = {}
    for row in rows:
        found.setdefault(row.key, []).append((row.ts, row.values.copy()))
    return {key: tuple(map(feeds.np.array, zip(*some, strict=True))) for key, some in found.items()}


@pytest.mark.parametrize("speed", [0.5, 1, 60, 1e9, "max"])
def test_a_replay_at_any_speed_gives_the_bits_of_history(speed):
    market, clock = simulate(("ES", "NQ"), seconds=20), Clock()
    made = live(replay(VIEW, market, pace=Pace(speed, clock.now, clock.sleep)))
    feeds.assert_bits(made, history(VIEW, market))
    assert bool(clock.waits) == (speed != "max")


def test_events_come_when_they_are_due():
    market, clock = simulate(("ES",), seconds=10), Clock()
    view = ps.View("last", {"price": ps.trade.price}, on="trade")
    rows = replay(view, market, pace=Pace(4, clock.now, clock.sleep))
    came = [(row.ts, clock.time) for row in rows]
    first, start = came[0]
    for ts, at in came:
        assert at - start == pytest.approx((ts - first) / 4e9, abs=1e-6)


def test_who_is_late_catches_up():
    clock = Clock(step=0.3)
    pace = Pace(1, clock.now, clock.sleep)
    for second in range(5):
        pace.wait(second * feeds.SECOND)
    assert clock.waits == pytest.approx([0.4, 0.7, 0.7, 0.7], abs=1e-9)
    clock.time += 10
    pace.wait(5 * feeds.SECOND)
    assert pace.behind == pytest.approx(9.3, abs=0.1)


@pytest.mark.parametrize("speed", ["0", -1, "fast", "inf", "nan"])
def test_a_speed_is_a_positive_number(speed):
    with pytest.raises(DefinitionError, match="speed must be a positive number or 'max'"):
        Pace(speed)


def real_files() -> list[Path]:
    found = sorted((DATA / "futures_dbn").rglob("*.dbn.zst")) if DATA.exists() else []
    return [path for path in found if "trades" in path.name or "mbp" in path.name][:3]


@pytest.mark.skipif(not real_files(), reason="recorded files are not here")
@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.name)
def test_a_replay_of_a_recorded_file_gives_the_bits_of_history(path):
    clock = Clock()
    for pace in (Pace(), Pace(1_000, clock.now, clock.sleep)):
        source = ps.open_source(path)
        feeds.assert_bits(live(replay(VIEW, source, pace=pace)), history(VIEW, source))
    assert clock.waits


def test_a_replay_goes_on_from_a_snapshot():
    market = simulate(("ES", "NQ"), seconds=20)
    wanted = said(replay(VIEW, market))
    one = replay(VIEW, market)
    rows = [
        row
        for _, (role, event) in zip(range(100), one.feed, strict=False)
        for row in said(one.offer(event, role))
    ]
    two = replay(VIEW, market, snapshot=one.snapshot())
    assert rows + said(two) == wanted


@pytest.mark.parametrize("on_late", ["count", "rebuild"])
@pytest.mark.parametrize("name", ["any", "every", "volume"])
def test_a_run_out_of_order_agrees_with_history_but_for_what_it_refused(tmp_path, name, on_late):
    view, events = VIEWS[name], disorder(3, 20.0)
    aside = Quarantine()
    options = {"on_late": on_late, "streams": TYPES, "rebuild_horizon": "1d"}
    engine = ps.Live(
        view, keys=keys(), rules=None, quarantine=aside, journal=tmp_path / "j", **options
    )
    for event in events:
        engine.offer(event)
    engine.close()
    # arrival within a stream is the order of history: the disorder of ties is that of the file
    source = feeds.Memory(in_order(events), (("A",), ("B",), ("C",)))
    found = parity(view, tmp_path / "j", source, **options)
    assert found, str(found)
    assert len(found.refused) == engine.late == aside.total
    assert found.rebuilt == engine.rebuilt
    read = sum(event.type in [s.type for s in engine.streams] for event in events)
    assert found.admitted == read - engine.late - engine.rebuilt
    assert bool(found.refused) == (on_late == "count")
    assert all(difference.explained for difference in found.differences)
    assert bool(found.differences) == (on_late == "count")
    for refused in found.refused:
        assert str(refused) in {
            f"a {e.type.name} of {'ABC'[e['key']]} at {e['time']}" for e in events
        }


def in_order(events) -> tuple:
    """Blocks of the events by type, in order of time, those of one time as they came."""
    blocks = []
    for type_ in TYPES:
        mine = sorted((e for e in events if e.type is type_), key=lambda e: e["time"])
        blocks.append(feeds.Block.of_records(type_, b"".join(e.record() for e in mine)))
    return tuple(blocks)


def test_a_difference_that_nothing_explains_is_told(tmp_path):
    market = simulate(("ES",), seconds=20)
    view = ps.View("last", {"price": ps.trade.price}, on="trade")
    run = replay(view, market, journal=tmp_path / "j")
    assert len(list(run)) > 10
    other = simulate(("ES",), seconds=20, seed=5)
    found = parity(view, tmp_path / "j", other)
    assert not found
    assert {d.against for d in found.differences} == {"sources"}
    assert "with nothing refused before" in str(found)
    assert parity(view, tmp_path / "j", market)
    assert str(parity(view, tmp_path / "j", market)).startswith("bits equal:")


def test_all_rows_of_a_stopped_run_agree(tmp_path):
    market = simulate(("ES", "NQ"), seconds=20)
    run = replay(VIEW, market, journal=tmp_path / "j")
    for _, (role, event) in zip(range(50), run.feed, strict=False):
        run.offer(event, role)
    run.journal.close()
    found = parity(VIEW, tmp_path / "j", market)
    assert found, str(found)
    assert not found.differences
    assert found.rows > 0
