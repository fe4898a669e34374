"""The suite of the catalogue gives results of the right shape; no time is asserted."""

from penstock.bench.catalogue import events, feature_case, homes, summary, together
from penstock.catalog import FEATURES, find
from penstock.events import Bar
from penstock.streams import Stream


def test_every_feature_is_measured_at_home() -> None:
    found = homes(list(FEATURES))
    assert sum(map(len, found.values())) == len(FEATURES)
    assert {stream.name for stream in found} >= {"bar", "trade", "book"}


def test_a_feature_and_a_view_of_several_cost_something() -> None:
    on, features = Stream(Bar), [find("price.simple_return"), find("price.distance_to_high")]
    data = events(on, 4 * 4_000)
    view = together(on, features, data, 2)
    assert view["features"] == 2
    assert view["ns_live_per_feature"] > 0.0
    alone = [feature_case(feature, on, data, 2, 2) for feature in features]
    assert all(case["bytes"] > 0 for case in alone)
    said = summary([view], [case | {"ns_live": 500.0} for case in alone])
    assert said["above_100_ns"] == dict.fromkeys(
        ("price.simple_return", "price.distance_to_high"), "O(1) exact"
    )


def test_what_is_refitted_is_not_timed() -> None:
    feature = find("microstructure.microprice")
    on = next(iter(homes([feature])))
    assert "absent" in feature_case(feature, on, events(on, 4_000), 2, 1)


def test_what_needs_other_streams_is_left_out_and_says_which() -> None:
    feature, on = find("ratio.turnover_ratio"), Stream(Bar)
    data = events(on, 4 * 4_000)
    assert "'instrument'" in feature_case(feature, on, data, 2, 1)["absent"]
    assert together(on, [feature, find("price.simple_return")], data, 2)["features"] == 1
