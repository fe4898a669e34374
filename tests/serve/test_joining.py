"""Answers that compiled code puts together, against the same answers made of objects."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.serve.encoding import FOREVER, Cells, Texts
from penstock.serve.joining import Joiner
from penstock.store.status import STATUSES

VALUES = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(1 << 62), 1 << 62),
    st.booleans(),
    st.text(max_size=300),
    st.just("Infinity"),
)


@st.composite
def tables(draw):
    columns, rows = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    present = draw(
        st.booleans()
    )  # of rows that are there whole what follows values is written once
    made = []
    for _ in range(rows):
        values = [draw(VALUES) for _ in range(columns)]
        statuses = ["PRESENT" if present else draw(st.sampled_from(STATUSES)) for _ in values]
        stamp = draw(st.one_of(st.none(), st.just("2024-01-02T00:00:00Z"), st.text(max_size=40)))
        made.append((values, statuses, stamp))
    return made


@given(tables())
@settings(max_examples=300, deadline=None)
def test_joined_texts_are_the_answer_feature_by_feature(rows) -> None:
    columns = len(rows[0][0])
    cells = [
        Cells(
            Texts([json.dumps(v).encode() for v in values], statuses, json.dumps(stamp).encode(), FOREVER)
        )
        for values, statuses, stamp in rows
    ]  # fmt: skip
    joined = bytes(Joiner().join(cells, columns))
    want = [
        {
            "values": [values[i] for values, _, _ in rows],
            "statuses": [statuses[i] for _, statuses, _ in rows],
            "event_timestamps": [stamp for _, _, stamp in rows],
        }
        for i in range(columns)
    ]
    assert json.loads(b"[" + joined + b"]") == want
    assert joined == json.dumps(want, separators=(",", ":")).encode()[1:-1]
