"""Two streams of one type in a live view: by role, event by event, with the bits of history."""

import numpy as np
import pytest
from tests.engine import feeds
from tests.engine.feeds import Memory, assert_bits

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.events import Event, Keys, Trade
from penstock.expr.columns import columns
from penstock.jobs.live.parity import parity
from penstock.ops import AsOf, Ema
from penstock.streams import Stream

SPOT, PERP = columns(Trade, "spot"), columns(Trade, "perp")
BASIS = {"basis": AsOf(PERP.price) / AsOf(SPOT.price) - 1, "slow": AsOf(Ema(SPOT.price, 5.0))}
VIEW = ps.View("basis", BASIS, on="every:1s")
STREAMS = (Stream(Trade, "spot"), Stream(Trade, "perp"))


def sources() -> dict[str, Memory]:
    first, second = (feeds.market(150, keys=2, seed=seed) for seed in (3, 4))
    return {"spot": Memory(first[:1]), "perp": Memory(second[:1])}


def bits(rows) -> dict:
    found: dict = {}
    for row in rows:
        found.setdefault(row.key, []).append((row.ts, row.values.copy()))
    return {
        key: (np.array([ts for ts, _ in some]), np.stack([values for _, values in some]))
        for key, some in found.items()
    }


def test_a_replay_of_roles_has_the_bits_of_history():
    expected = feeds.bits_of_frame(ps.run(VIEW, sources()), VIEW)
    assert_bits(bits(ps.replay(VIEW, sources())), expected)


def test_events_are_offered_with_their_roles(tmp_path):
    feed = list(ps.replay(VIEW, sources()).feed)
    assert {role for role, _ in feed} == {"spot", "perp"}
    expected = bits(ps.replay(VIEW, sources()))
    journal = tmp_path / "roles.journal"
    live = ps.Live(VIEW, streams=STREAMS, rules=None, journal=journal)
    live.keys.number_all(Memory(feeds.market(150, keys=2, seed=3)).names)
    rows = [row.copy() for role, event in feed for row in live.offer(event, role)]
    assert_bits(bits([*rows, *live.close()]), expected)
    assert parity(VIEW, journal, sources())


def test_an_event_without_its_role_is_refused():
    live = ps.Live(VIEW, keys=Keys(), streams=STREAMS)
    event = Event.of(Trade, time=1, price=1.0, size=1.0, side=0)
    with pytest.raises(
        DefinitionError, match=r"trade events in roles, got one without; .* spot, perp"
    ):
        live.offer(event)
    with pytest.raises(DefinitionError, match="a stream of spot, perp is needed, got index"):
        live.idle(Trade, "index")
