"""Every genuine sample of every schema, value by value against Databento's own records."""

import math

import databento_dbn as dbn
import numpy as np
import pytest
from tests.events.dbn_files import (
    DATA,
    NANO,
    START,
    column,
    decoded,
    header_size,
    metadata,
    quote,
    read_all,
    shared,
    unpacked,
)

from penstock.core.errors import DefinitionError
from penstock.events import Quarantine
from penstock.events.checks import Rules
from penstock.events.readers import DbnSource
from penstock.events.readers.schemas import SCHEMAS, layout

FILES = sorted(
    f"{folder}/{path.name}"
    for folder in ("dbn_schema_samples", "futures_dbn")
    for path in (DATA / folder).glob("*.dbn.zst")
) or ["dbn_schema_samples/GLBX.MDP3__test_data.tbbo.dbn.zst"]
SIDE = {"B": 1, "A": -1, "N": 0}
SAID = {True: 1, False: -1, None: 0}
RIGHT = {"C": 1, "P": -1}
SPAN = {"1s": 1, "1m": 60, "1h": 3_600, "1d": 86_400}
ABSENT, NEVER = 2**63 - 1, 2**64 - 1
CROSSED = Rules(crossed=True, negative_prices=True)
QUOTE = ("time", "bid_price", "bid_size", "ask_price", "ask_size")
BAR = ("time", "open", "high", "low", "close", "volume")
MBO = ("time", "order", "price", "size", "action", "side", "flags", "sequence")


def money(raw: int, *, zero: bool = False) -> float:
    """A price; `zero` where 0 stands for none."""
    return math.nan if raw == ABSENT or (zero and raw == 0) else raw / 1e9


def count(raw: int | None) -> float:
    return math.nan if raw is None or raw <= 0 or raw == 2**31 - 1 else float(raw)


def stamp(raw: int) -> int:
    return 0 if raw == NEVER else raw


def trade(r) -> tuple:
    return r.ts_recv, money(r.price), r.size, SIDE[str(r.side)]


def top(r, before: int = 0) -> tuple:
    level = r.levels[0]
    sides = (level.bid_px, level.bid_sz), (level.ask_px, level.ask_sz)
    return r.ts_recv - before, *(x for px, sz in sides for x in (money(px), sz))


def definition(r) -> tuple:
    quantity = money(r.unit_of_measure_qty, zero=True)
    multiplier = count(r.contract_multiplier)
    right = RIGHT.get(str(r.instrument_class), 0)
    return (
        r.ts_recv, money(r.min_price_increment, zero=True), count(r.min_lot_size_round_lot),
        quantity if math.isnan(multiplier) else multiplier, stamp(r.expiration),
        money(r.strike_price) if right else math.nan, right,
    )  # fmt: skip


def statistic(r) -> tuple:
    quantity = math.nan if r.quantity in (ABSENT, 2**31 - 1) else float(r.quantity)
    kind, action = int(r.stat_type), int(r.update_action)
    return r.ts_recv, kind, money(r.price), quantity, stamp(r.ts_ref), action, int(r.stat_flags)


def status(r) -> tuple:
    said = (r.is_trading, r.is_quoting, r.is_short_sell_restricted)
    codes = int(r.action), int(r.reason), int(r.trading_event)
    return r.ts_recv, *codes, *(SAID[x] for x in said)


def imbalance(r) -> tuple:
    prices = r.ref_price, r.cont_book_clr_price, r.auct_interest_clr_price, r.ind_match_price
    return (
        r.ts_recv, *(money(price, zero=True) for price in prices), r.paired_qty, r.total_imbalance_qty,
        SIDE[str(r.side)], ord(str(r.auction_type)), stamp(r.auction_time),
    )  # fmt: skip


FIELDS = {
    "trade": ("time", "price", "size", "side"),
    "quote": QUOTE,
    "book": ("time", "levels"),
    "bar": BAR,
    "mbo": MBO,
    "instrument": ("time", "tick", "lot", "multiplier", "expiry", "strike", "right"),
    "statistic": ("time", "kind", "price", "quantity", "reference", "action", "flags"),
    "status": ("time", "state", "reason", "event", "trading", "quoting", "short_restricted"),
    "imbalance": (
        "time", "reference_price", "continuous_price", "auction_price", "match_price", "paired",
        "imbalance", "side", "auction", "due",
    ),
}  # fmt: skip
SINGLE = {
    "definition": "instrument",
    "statistics": "statistic",
    "status": "status",
    "imbalance": "imbalance",
}
MADE = {"instrument": definition, "statistic": statistic, "status": status, "imbalance": imbalance}


def wanted(records: list, schema: str) -> dict[str, list[tuple]]:
    """The events that a schema's records stand for."""
    if schema in SINGLE:
        return {SINGLE[schema]: [MADE[SINGLE[schema]](r) for r in records]}
    if schema.startswith("ohlcv"):
        span = SPAN[schema[6:]] * NANO
        prices = ("open", "high", "low", "close")
        return {
            "bar": [
                (r.ts_event + span, *(money(getattr(r, p)) for p in prices), r.volume)
                for r in records
            ]
        }
    if schema == "mbo":
        return {
            "mbo": [
                (r.ts_recv, r.order_id, money(r.price), r.size, ord(str(r.action)), SIDE[str(r.side)],
                 int(r.flags), r.sequence)
                for r in records
            ]
        }  # fmt: skip
    if schema == "trades":
        return {"trade": [trade(r) for r in records]}
    if schema in ("tbbo", "tcbbo"):
        return {"trade": [trade(r) for r in records], "quote": [top(r, 1) for r in records]}
    if "bbo" in schema:
        return {"quote": [top(r) for r in records]}
    ends = [r for r in records if int(r.flags) & 128 and not int(r.flags) & 32]
    found = {"trade": [trade(r) for r in records if str(r.action) == "T"]}
    if schema == "mbp-10":
        found["book"] = [
            (r.ts_recv, *(x for level in r.levels for x in top(Levels(r.ts_recv, level))[1:]))
            for r in ends
        ]
    else:
        found["quote"] = [top(r) for r in ends]
    return found


class Levels:
    """One level of a book as a record of its own."""

    def __init__(self, ts_recv, level):
        self.ts_recv, self.levels = ts_recv, [level]


def rows(blocks: list, name: str) -> list[tuple]:
    """Our events of a type as tuples."""
    return [
        tuple(x for cell in row for x in np.atleast_1d(cell).tolist())
        for block in blocks
        for row in zip(*(block.columns[field] for field in FIELDS[name]), strict=True)
    ]


def same(ours: list[tuple], theirs: list[tuple]) -> None:
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert len(mine) == len(other)
        assert all(a == b or (a != a and b != b) for a, b in zip(mine, other, strict=True)), (
            mine,
            other,
        )


def account(source, quarantine: Quarantine, found: dict) -> int:
    """Records that are delivered, kept aside or skipped; a record that gives two events counts once."""
    delivered = max((sum(len(block) for block in blocks) for blocks in found.values()), default=0)
    skipped = sum(n for (name, _), n in quarantine.skipped.items() if name == source.name)
    return delivered + quarantine.bad(source.name) + skipped


def test_all_of_the_samples_are_here():
    shared(FILES[0])
    assert len(FILES) == 84


@pytest.mark.parametrize("name", FILES)
def test_every_record_gives_the_events_that_it_stands_for(name):
    path = shared(name)
    source = DbnSource(path, rules=CROSSED)
    found, quarantine, keys = read_all(source)
    records = decoded(path)
    expected = wanted(records, str(source.metadata.schema))
    assert quarantine.total == 0
    assert quarantine.read[str(path)] == len(records)
    assert set(found) == set(expected)
    for type_, blocks in found.items():
        same(rows(blocks, type_), expected[type_])
    if not source.layout.grouped:
        assert account(source, quarantine, found) == len(records)
    assert len(keys) <= len({record.instrument_id for record in records})


@pytest.mark.parametrize("name", FILES[::7])
def test_a_cut_file_loses_nothing_that_came_before(name, tmp_path):
    path = shared(name)
    whole = unpacked(path)
    cut = tmp_path / "cut.dbn"
    cut.write_bytes(whole[:-5])
    source, full = DbnSource(cut, rules=CROSSED), DbnSource(path, rules=CROSSED)
    found, quarantine, _ = read_all(source)
    rest, _, _ = read_all(full)
    assert quarantine.counts == {(str(cut), "truncated"): 1}
    for type_, blocks in found.items():
        everything = rows(rest[type_], type_)
        ours = rows(blocks, type_)
        assert 0 <= len(everything) - len(ours) <= 1
        same(ours, everything[: len(ours)])


def packed(class_, **values: object) -> bytes:
    """A record laid out as databento_dbn says that its class is."""
    record = np.zeros(1, np.dtype(class_._dtypes))
    head = {"publisher_id": 1, "instrument_id": 7, "ts_event": START, "ts_recv": START + 1}
    for name, value in (head | values).items():
        record[name] = value
    record["length"] = record.itemsize // 4
    return record.tobytes()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_definitions_and_statistics_differ_by_version(tmp_path, version):
    classes = {1: dbn.InstrumentDefMsgV1, 2: dbn.InstrumentDefMsgV2, 3: dbn.InstrumentDefMsg}
    terms = {
        "min_price_increment": NANO // 4, "instrument_class": "C", "expiration": START + 5,
        "strike_price": 5_000 * NANO, "contract_multiplier": 50, "min_lot_size_round_lot": 2,
        "unit_of_measure_qty": 7 * NANO,
    }  # fmt: skip
    path = tmp_path / "d.dbn"
    record = packed(classes[version], rtype=0x13, **terms)
    path.write_bytes(metadata("definition", version=version) + record)
    found, quarantine, _ = read_all(DbnSource(path))
    assert quarantine.total == 0
    assert rows(found["instrument"], "instrument") == [
        (START + 1, 0.25, 2.0, 50.0, START + 5, 5_000.0, 1)
    ]
    class_ = dbn.StatMsg if version == 3 else dbn.StatMsgV1
    values = {"ts_ref": START - 9, "price": -5 * NANO, "quantity": 12, "stat_type": 3}
    record = packed(class_, rtype=0x18, update_action=1, **values)
    path.write_bytes(metadata("statistics", version=version) + record)
    found, quarantine, _ = read_all(DbnSource(path))
    assert quarantine.total == 0
    assert rows(found["statistic"], "statistic") == [(START + 1, 3, -5.0, 12.0, START - 9, 1, 0)]


def test_a_trade_sees_the_quote_that_it_met(tmp_path):
    path = tmp_path / "t.dbn"
    made = [quote(i, 10 + i, 11 + i, action=dbn.Action.TRADE, flags=0) for i in range(3)]
    path.write_bytes(metadata("tbbo") + b"".join(made))
    found, _, _ = read_all(DbnSource(path))
    times = column(found["trade"], "time")
    assert [time - 1 for time in times] == column(found["quote"], "time")
    assert column(found["quote"], "receive") == times


def test_samples_have_the_time_of_the_sample_in_both_orders():
    path = shared("dbn_schema_samples/OPRA.PILLAR__test_data.cbbo-1s.dbn.zst")
    by_receive, _, _ = read_all(DbnSource(path, rules=CROSSED))
    by_event, quarantine, _ = read_all(DbnSource(path, rules=CROSSED, order="event"))
    assert quarantine.total == 0
    assert column(by_receive["quote"], "time") == column(by_event["quote"], "time")


def test_a_record_of_the_schemas_own_type_with_a_wrong_length_is_no_note(tmp_path):
    source = shared("dbn_schema_samples/GLBX.MDP3__test_data.status.dbn.zst")
    data = bytearray(unpacked(source))
    data[header_size(bytes(data)) + 40] = 9
    path = tmp_path / "s.dbn"
    path.write_bytes(bytes(data))
    found, quarantine, _ = read_all(DbnSource(path))
    assert quarantine.counts == {(str(path), "wrong type"): 1}
    assert quarantine.skipped == {}
    assert sum(len(block) for block in found["status"]) == 3


def test_an_unknown_schema_names_the_known_ones():
    with pytest.raises(DefinitionError, match="did you mean 'statistics'"):
        layout("statistic")
    assert all(layout(schema).types for schema in SCHEMAS)
