"""The memory of the online store counts the bytes of what it has, whatever happens to the rows."""

from hypothesis import given
from hypothesis import strategies as st

from penstock.declare import Field, Pushed, schema_of
from penstock.store.online.memory import ENTRY_BYTES, Entry, Memory
from penstock.store.online.packed import Packer

PACKER = Packer(schema_of(Pushed("v", [Field("x")])))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["offer", "none", "grew", "forget", "alone", "view"]),
        st.integers(0, 5),
        st.integers(0, 9),
    ),
    max_size=60,
)


@given(STEPS)
def test_the_bytes_are_those_of_the_rows_that_are_there(steps: list[tuple[str, int, int]]) -> None:
    memory, seen = Memory(5 * ENTRY_BYTES, 10**18), list[Entry]()
    for step, name, number in steps:
        pair = "v@v1", b"%d" % name
        row = PACKER.pack(number, 0, [1.0])
        if step == "offer":
            seen.append(memory.offer(pair, row))
        elif step == "none":
            seen.append(memory.offer(pair, None))
        elif step == "alone":
            seen.append(Entry(row, 0))  # what a read gives that may not be kept
        elif step == "grew" and seen:
            memory.grew(seen[number % len(seen)], 100)
        elif step == "forget":
            memory.forget(pair, (number, 0))
        elif step == "view" and number == 0:
            memory.forget_view("v@v1")
        there = [entry for i in range(6) if (entry := memory.last(("v@v1", b"%d" % i)))]
        assert len(memory) == len(there)
        assert memory.bytes == sum(entry.size for entry in there) <= memory.maximum
        assert all(entry.kept == (entry in there) for entry in seen)
