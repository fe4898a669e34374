"""Texts as a model's tokens, and batches of one shape."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from penstock.core.arrays import I8
from penstock.core.errors import DataError

STEP = 32  # lengths are rounded up to a multiple of it
ENDS = 2  # the marks before and behind a text


class Batch(NamedTuple):
    """Texts of about one length.

    Attributes
    ----------
    rows
        Their places among all texts; the batch may have rows behind them, which mean nothing.
    ids, mask
        Tokens, and 1 where there is one; of the batch's shape.
    """

    rows: list[int]
    ids: I8
    mask: I8


class Tokens:
    """A model's own tokenizer: ``tokenizer.json``, or ``vocab.txt`` of word pieces."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import BertWordPieceTokenizer, Tokenizer  # noqa: PLC0415  (an extra)

        whole, vocabulary = folder / "tokenizer.json", folder / "vocab.txt"
        if whole.exists():
            self._tokenizer = Tokenizer.from_file(str(whole))
        elif vocabulary.exists():
            told = folder / "tokenizer_config.json"
            lower = (
                json.loads(told.read_text()).get("do_lower_case", True) if told.exists() else True
            )
            self._tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=bool(lower))
        else:
            raise DataError(
                f"FinbertScorer: a model's folder must have tokenizer.json or vocab.txt, got {folder}"
            )
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str], limit: int) -> tuple[list[list[int]], list[int]]:
        """The tokens of texts, cut behind so many with the last mark kept; and how many there were."""
        found = [encoded.ids for encoded in self._tokenizer.encode_batch(list(texts))]
        cut = [ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]] for ids in found]
        return cut, [len(ids) for ids in found]


def batches(texts: Sequence[list[int]], size: int, limit: int) -> Iterator[Batch]:
    """Texts in batches of one number of rows, each of a length that its own texts alone decide.

    So a text is computed in one shape, whatever texts came with it: its score has the same bits alone, in a batch,
    live and in history.
    """
    rooms = [min(limit, -(-len(ids) // STEP) * STEP) for ids in texts]
    order = sorted(range(len(texts)), key=lambda row: rooms[row])
    start = 0
    while start < len(order):
        room = rooms[order[start]]
        rows = [row for row in order[start : start + size] if rooms[row] == room]
        ids = np.zeros((size, room), np.int64)
        mask = np.zeros((size, room), np.int64)
        mask[:, 0] = 1  # a row of nothing would be divided by 0
        for place, row in enumerate(rows):
            ids[place, : len(texts[row])] = texts[row]
            mask[place, : len(texts[row])] = 1
        yield Batch(rows, ids, mask)
        start += len(rows)
