"""Cells in quotes that hold separators, quotes and newlines: rows are read or refused, and none is lost."""

import csv as python_csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.events.dbn_files import column, read_all

from penstock.core.errors import DataError
from penstock.events import Quarantine, read_quarantine
from penstock.events.readers import csv, open_source, pieces, records

HEAD = "time,symbol,price,size,side\n"
CELLS = ["A", '"B"', '"a,b"', '"4\n5"', '"1,2\n3,4,5,6"', '"x""y"', '"\n\n"', 'a"', '"', '"c""\nd"']


def rows_by_hand(text: str, width: int, longest: int) -> tuple[list[list[str]], list[str]]:
    """Rows, and lines that are refused."""
    lines, rows, refused, place = text.split("\n")[1:-1], [], [], 0
    while place < len(lines):
        stop = place + 1
        while "\n".join(lines[place:stop]).count('"') % 2 and stop < len(lines):
            stop += 1
        whole = "\n".join(lines[place:stop])
        cells = cells_by_hand(whole) if stop == place + 1 or len(whole) <= longest else None
        if cells is None or len(cells) != width:
            refused += [lines[place]] if lines[place] else []
            stop = place + 1
        else:
            rows.append(cells)
        place = stop
    return rows, refused


def cells_by_hand(text: str) -> list[str] | None:
    """The cells of a row, character by character; None where a quote stands where none may."""
    cells, cell, quoted, ended = [], "", False, False
    for place, sign in enumerate(text):
        if quoted and sign == '"':
            quoted, ended = False, True
        elif quoted:
            cell += sign
        elif sign == ",":
            cells.append(cell)
            cell, ended = "", False
        elif sign == '"' and ended and text[place - 1] == '"':
            cell, quoted, ended = cell + '"', True, False
        elif sign == '"' and not cell and not ended:
            quoted = True
        elif sign in '"\n' or ended:
            return None
        else:
            cell += sign
    return None if quoted else [*cells, cell]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(CELLS), st.sampled_from(["", "", "", ",9"])), max_size=9
    ),
    size=st.integers(1, 60),
    longest=st.sampled_from([25, 1 << 16]),
)
@example(rows=[('"', ""), ("A", ""), ('"', ""), ('"4\n5"', "")], size=7, longest=1 << 16)
def test_rows_of_several_lines_are_read_or_refused_whatever_the_pieces(rows, size, longest):
    lines = [f"{time},{cell},{time}.5,1,0{more}" for time, (cell, more) in enumerate(rows, 1)]
    text = HEAD + "".join(f"{line}\n" for line in lines)
    good, refused = rows_by_hand(text, 5, longest)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for module, name, value in (
            (records, "LONGEST", longest), (csv, "BYTES", size), (pieces, "PIECE", size),
        ):  # fmt: skip
            patch.setattr(module, name, value)
        path = Path(folder) / "t.csv"
        path.write_text(text, newline="")
        with Quarantine(Path(folder) / "aside") as aside:
            found, _, keys = read_all(open_source(path), quarantine=aside)
        kept = read_quarantine(Path(folder) / "aside").to_pylist()
    names = [keys.names[key][0] for key in column(found["trade"], "key")]
    assert names == [cells[1] for cells in good]
    assert column(found["trade"], "price") == [float(cells[2]) for cells in good]
    assert sorted(row["raw"].decode() for row in kept) == sorted(refused)
    assert aside.read.get(str(path), 0) == len(good) + len(refused)
    assert {row["reason"] for row in kept} <= {"open quote", "wrong number of cells"}


def test_many_rows_of_several_lines_are_as_python_reads_them(tmp_path):
    """Cells whose lines look like rows, in more text than one thread takes."""
    rng = np.random.default_rng(4)
    out = io.StringIO()
    writer = python_csv.writer(out, lineterminator="\n")
    for time in range(30_000):
        note = f"{time},X,1.0,1,0\n{time},Y,2.0,1,0" if rng.random() < 0.3 else f"N{time % 7}"
        writer.writerow([time, note, f"{time % 100 + 1}.25", 1, 0])
    path = tmp_path / "t.csv"
    path.write_text(HEAD + out.getvalue(), newline="")
    found, aside, keys = read_all(open_source(path))
    wanted = list(python_csv.reader(io.StringIO(out.getvalue())))
    assert aside.total == 0
    assert aside.read == {str(path): 30_000}
    assert column(found["trade"], "time") == [int(row[0]) for row in wanted]
    assert column(found["trade"], "price") == [float(row[2]) for row in wanted]
    names = [keys.names[key][0] for key in column(found["trade"], "key")]
    assert names == [row[1] for row in wanted]


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_header_may_take_several_lines_and_a_file_may_end_in_quotes(tmp_path, end):
    path = tmp_path / "t.csv"
    line = "\r\n" if end == "\r\n" else "\n"
    text = line.join(['time,symbol,"price",size,"the\nside"', '1,"a\nb",2.5,1,0', '2,"c",3.5,1,0'])
    path.write_text(text + end, newline="")
    source = open_source(path, type="trade", mapping=["side=the\nside"])
    found, aside, keys = read_all(source)
    assert column(found["trade"], "price") == [2.5, 3.5]
    assert keys.names == [("a\nb",), ("c",)]
    path.write_text(text + f'{line}3,"open,4.5,1,0{end}', newline="")
    found, aside, _ = read_all(open_source(path, type="trade", mapping=["side=the\nside"]))
    assert column(found["trade"], "price") == [2.5, 3.5]
    assert aside.counts == {(str(path), "open quote"): 1}


def test_a_quote_that_does_not_end_costs_its_line_and_no_other(tmp_path):
    path = tmp_path / "t.csv"
    lines = [f"{i},A,{i}.5,1,0" for i in range(1, 3_000)]
    lines[10] = '11,"A,11.5,1,0'
    path.write_text(HEAD + "\n".join(lines) + "\n")
    found, aside, _ = read_all(open_source(path))
    assert len(column(found["trade"], "price")) == 2_998
    assert aside.counts == {(str(path), "open quote"): 1}
    with Quarantine(policy="stop") as stop, pytest.raises(DataError, match="got open quote"):
        read_all(open_source(path), quarantine=stop)
