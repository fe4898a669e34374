"""Captures of damaged lines: nothing crashes, hangs or vanishes."""

import gzip
import json
import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.events.capture_files import lines_of, shared, written
from tests.events.test_captures import FUTURES, SPOT, accounted, counts, read
from tests.events.test_captures_venues import BITMEX, DERIBIT, OLD_BYBIT

from penstock.events.readers import CaptureSource
from penstock.events.readers.captures.levels import read_levels

VENUES = {SPOT: "binance", FUTURES: "binance-usdm"}
VALUES = [
    "null",
    "true",
    "-1",
    "1e400",
    "9" * 40,
    '"x"',
    "[]",
    "{}",
    '"NaN"',
    '""',
    "-0.0",
    '"1_0"',
]


@st.composite
def damage(draw):
    """What is done to a line: a function of its bytes and a source of chance."""
    kind = draw(st.sampled_from(["flip", "cut", "value", "twice", "join", "junk"]))
    seed = draw(st.integers(0, 2**32))

    def apply(line):
        chance = random.Random(seed)
        at = chance.randrange(max(1, len(line) - 1))
        if kind == "flip":
            return line[:at] + bytes([line[at] ^ (1 << chance.randrange(8))]) + line[at + 1 :]
        if kind == "cut":
            return line[:at] + b"\n"
        if kind == "value":  # another value for a field
            places = [i for i, byte in enumerate(line) if byte == ord(":")] or [0]
            start = chance.choice(places) + 1
            end = min((i for i in range(start, len(line)) if line[i] in b",}"), default=start)
            return line[:start] + chance.choice(VALUES).encode() + line[end:]
        if kind == "twice":
            return line + line
        return line.rstrip(b"\n") if kind == "join" else chance.randbytes(30) + b"\n"

    return apply


@pytest.mark.parametrize("name", [SPOT, FUTURES])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=st.lists(st.tuples(st.integers(0, 399), damage()), min_size=1, max_size=30))
def test_lines_in_are_events_and_lines_kept_aside_and_lines_skipped(tmp_path, name, found):
    lines = lines_of(shared(name))[:400]
    for place, apply in found:
        lines[place] = apply(lines[place])
    source = CaptureSource(written(tmp_path / "x.gz", lines), exchange=VENUES[name])
    events, quarantine = read(source)
    accounted(source, quarantine, events)
    text = b"".join(lines)
    assert quarantine.read[source.name] == text.count(b"\n") + (not text.endswith(b"\n"))


@pytest.mark.parametrize("name", [BITMEX, DERIBIT, OLD_BYBIT])
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=st.lists(st.tuples(st.integers(0, 299), damage()), min_size=1, max_size=20))
def test_damage_to_other_exchanges_is_counted_and_never_raises(tmp_path, name, found):
    lines = lines_of(shared(name))[:300]
    for place, apply in found:
        lines[place % len(lines)] = apply(lines[place % len(lines)])
    exchange = {BITMEX: "bitmex", DERIBIT: "deribit", OLD_BYBIT: "bybit-v2"}[name]
    for order in ("receive", "event"):
        source = CaptureSource(written(tmp_path / "x.gz", lines), exchange=exchange, order=order)
        _, quarantine = read(source)
        text = b"".join(lines)
        assert quarantine.read[source.name] == text.count(b"\n") + (not text.endswith(b"\n"))


def test_bytes_that_are_no_gzip_are_said_to_be(tmp_path):
    data = bytearray(shared(SPOT).read_bytes()[:100_000])
    data[50_000] ^= 0xFF
    (tmp_path / "x.gz").write_bytes(data)
    source = CaptureSource(tmp_path / "x.gz")
    _, quarantine = read(source)
    assert set(counts(quarantine)[0]) & {"corrupt", "truncated"}
    assert quarantine.read[source.name] > 1


PARTS = st.one_of(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=8, min_value=-(10**9), max_value=10**9
    ).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{0,25})?", fullmatch=True),
    st.sampled_from(["", ".", "-", "1.", ".5", "0x1", " 1", "1e5", "1e999", "--1"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.tuples(PARTS, PARTS), max_size=4), min_size=1, max_size=5))
@example([[("00.5", "1")], [("010000000000000000", "1")]])
def test_levels_are_those_of_the_json_library_and_of_python(lists):
    texts = [
        json.dumps([list(pair) for pair in pairs], separators=(",", ":")).encode()
        for pairs in lists
    ]
    levels, ends, bad = read_levels(texts)
    refused, begin = {place for place, _ in bad}, 0
    for place, pairs in enumerate(lists):
        rows = levels[begin : ends[place]].tolist()
        begin = ends[place]
        if place in refused:
            assert rows == []
        else:
            assert rows == [[float(price), float(size)] for price, size in pairs]
    plain = [all(_plain(part) for pair in pairs for part in pair) for pairs in lists]
    assert not refused & {place for place, fine in enumerate(plain) if fine}


def _plain(text):
    whole, _, decimals = text.removeprefix("-").partition(".")
    leading = len(whole) > 1 and whole.startswith("0")  # JSON has no such number
    return whole.isdigit() and not leading and (decimals.isdigit() or "." not in text)


def test_a_long_run_of_lines_of_another_kind_is_not_held(tmp_path):
    path = tmp_path / "noise.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'1723161253937085768 {"id":1,"result":null}\n' * 100_000)
    _, quarantine = read(CaptureSource(path, exchange="binance"))
    assert counts(quarantine) == ({}, {"reply": 100_000})
