"""Prompts as vectors: by hashed pieces of words, or by a sentence encoder in ONNX's format from a local folder."""

import re
import zlib
from collections import Counter, OrderedDict
from math import log
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from penstock.core.errors import DefinitionError
from penstock.events.texts import text_id
from penstock.events.types.llm import DIMENSIONS

PIECES = re.compile(r"\w+|[^\w\s]")
SIZES = (3, 4)  # of the pieces of words, in letters
LONGEST = 8_000  # characters of a prompt that are read
KEPT = 1 << 14  # vectors of the latest prompts
SEED = 20_260_102


class Encoder(Protocol):
    """A way to turn a text into a vector of any number of cells."""

    @property
    def name(self) -> str:
        """With its version: another encoder has another name."""
        ...

    def encode(self, text: str) -> np.ndarray:
        """The vector of a text; of whatever length."""
        ...


class HashedPieces:
    """Counts of words and of pieces of words, hashed with a sign: the small default, which needs nothing.

    It knows no meaning: prompts are alike where they have words and stems in common.

    References
    ----------
    Weinberger, K. et al. (2009). Feature hashing for large scale multitask learning. ICML.
    """

    name = "hashed-pieces-64 v1"

    def encode(self, text: str) -> np.ndarray:
        """Logarithms of counts in 64 cells."""
        counts: Counter[str] = Counter()
        for word in PIECES.findall(text[:LONGEST].lower()):
            counts[word] += 1
            edged = f"<{word}>"
            for size in SIZES:
                counts.update(edged[i : i + size] for i in range(len(edged) - size + 1))
        found = np.zeros(DIMENSIONS)
        for piece, count in counts.items():
            place = zlib.crc32(piece.encode())
            found[place % DIMENSIONS] += (1.0 if place >> 16 & 1 else -1.0) * (1.0 + log(count))
        return found


class OnnxEncoder:
    """A sentence encoder from a folder with ``model.onnx`` and ``tokenizer.json``: the mean of its tokens' states.

    Parameters
    ----------
    folder
        Nothing is loaded from elsewhere.
    most
        Tokens of a prompt that are read.
    """

    def __init__(self, folder: str | Path, *, most: int = 256) -> None:
        place = Path(folder)
        for name in ("model.onnx", "tokenizer.json"):
            if not (place / name).is_file():
                raise DefinitionError(f"OnnxEncoder: the folder must have {name}, got {place}")
        try:
            import onnxruntime  # noqa: PLC0415  (loaded only where a model is named)
            from tokenizers import Tokenizer  # noqa: PLC0415
        except ImportError as error:
            raise DefinitionError(
                f"OnnxEncoder: onnxruntime and tokenizers are needed, got {error}; install both"
            ) from error
        self.name = f"{place.name} v1"
        self._tokens = Tokenizer.from_file(str(place / "tokenizer.json"))
        self._tokens.no_padding()
        self._tokens.enable_truncation(most)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the same bits wherever it runs
        self._session = onnxruntime.InferenceSession(
            str(place / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._asked = {given.name for given in self._session.get_inputs()}

    def encode(self, text: str) -> np.ndarray:
        """The mean of the states of a text's tokens."""
        ids = np.array([self._tokens.encode(text).ids], np.int64)
        given: dict[str, Any] = {
            "input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids),
        }  # fmt: skip
        (states, *_) = self._session.run(None, {n: v for n, v in given.items() if n in self._asked})
        return np.asarray(states, float)[0].mean(axis=0)


class Prompts:
    """The vectors of an encoder as the stream has them: 64 cells of length 1, the latest prompts remembered.

    A longer vector is folded by orthonormal directions that a seed gives, which keep angles about as they are
    (Johnson, Lindenstrauss 1984); a shorter one is filled with 0.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.number = encoder, text_id(encoder.name)
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()
        self._fold: np.ndarray | None = None

    def vector(self, prompt: str) -> np.ndarray:
        """The vector of a prompt; NaN where there is nothing to encode."""
        found = self._kept.get(prompt)
        if found is None:
            found = self._kept[prompt] = self._made(prompt)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(prompt)
        return found

    def _made(self, prompt: str) -> np.ndarray:
        whole = np.asarray(self.encoder.encode(prompt), float) if prompt.strip() else np.empty(0)
        if whole.size > DIMENSIONS:
            if self._fold is None:
                drawn = np.random.default_rng(SEED).standard_normal((whole.size, DIMENSIONS))
                self._fold = np.linalg.qr(drawn)[0]
            whole = whole @ self._fold
        found = np.zeros(DIMENSIONS)
        found[: whole.size] = whole
        size = float(np.sqrt((found**2).sum()))
        return found / size if size > 0.0 and np.isfinite(size) else np.full(DIMENSIONS, np.nan)
