"""Scores by a model that classifies texts as good, bad or neutral news."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.text.finbert.folder import config_of, folder_of, hash_of, places_of
from penstock.text.finbert.runtimes import OnnxRuntime, Runtime, TorchRuntime
from penstock.text.finbert.tokens import ENDS, Tokens, batches
from penstock.text.score import Score

FINBERT = "ProsusAI/finbert"
RUNTIMES = {"torch": TorchRuntime, "onnx": OnnxRuntime}


class FinbertScorer:
    r"""Probabilities by FinBERT, :math:`\operatorname{softmax}(\ell)`, and good less bad as the compound.

    Which output is which label is read from the model's own ``id2label``, never from its place: published models
    differ. Texts are computed in batches of one number of rows and of a length that is a multiple of 32, so that a
    score has the same bits in whatever company its text is; a batch that is not full costs as much as a full one.

    Parameters
    ----------
    model
        A folder, or a name on the hub.
    runtime
        ``torch``, or ``onnx`` for ``model.onnx`` in the folder.
    device
        ``cpu``, ``cuda`` or whatever torch knows; by default CUDA where there is one.
    batch
        Texts that are computed at once. It is part of what bits depend on.
    max_len
        Tokens, marks included, behind which a text is cut.
    name
        What features name the scorer by; by default the model's name on the hub, or its folder's.
    labels
        What the model calls ``positive``, ``negative`` and ``neutral``, where it calls them otherwise.
    revision
        Of the hub; a commit's hash, so that it is always the same model.
    download
        Whether a model that is not on disk is fetched from the hub.
    threads
        Of the processor; by default as many as the runtime wants. Torch has one number for the whole process.

    References
    ----------
    Araci, D. (2019). FinBERT: financial sentiment analysis with pre-trained language models. arXiv:1908.10063.
    """

    def __init__(  # noqa: PLR0913  (keyword options)
        self,
        model: str | Path = FINBERT,
        *,
        runtime: Literal["torch", "onnx"] = "torch",
        device: str | None = None,
        batch: int = 8,
        max_len: int = 512,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
        revision: str | None = None,
        download: bool = True,
        threads: int | None = None,
    ) -> None:
        if runtime not in RUNTIMES:
            raise DefinitionError(
                f"FinbertScorer: runtime must be one of {', '.join(RUNTIMES)}, got {runtime!r}"
            )
        self.folder = folder_of(model, revision, download=download)
        config = config_of(self.folder)
        most = int(config.get("max_position_embeddings", max_len))
        if batch < 1 or not ENDS < max_len <= most:
            raise DefinitionError(
                f"FinbertScorer: batch must be at least 1 and max_len from {ENDS + 1} to the model's {most}, "
                f"got {batch} and {max_len}"
            )
        self.name = name or (self.folder.name if Path(model).is_dir() else str(model))
        self.limit, self.batch = float(max_len), batch
        self._places = places_of(config, labels)
        self._tokens = Tokens(self.folder)
        self._hash = hash_of(self.folder)  # of what is loaded, whatever becomes of the files
        self._runtime: Runtime = RUNTIMES[runtime](self.folder, device, threads)

    def score(self, texts: Sequence[str]) -> list[Score]:
        cut, counts = self._tokens.encode(texts, int(self.limit))
        found: list[Score] = [Score(reason="no tokens")] * len(texts)
        some = [row for row, count in enumerate(counts) if count > ENDS]
        for group in batches([cut[row] for row in some], self.batch, int(self.limit)):
            rows = self._runtime.logits(group.ids, group.mask)[: len(group.rows)].tolist()
            for place, logits in zip(group.rows, rows, strict=True):
                row = some[place]
                found[row] = self._score(logits, counts[row])
        return found

    def identity(self) -> str:
        return f"{self.name} {self._hash} {self._runtime.identity()} {self.batch} {self.limit:g}"

    def _score(self, logits: list[float], tokens: int) -> Score:
        if not all(map(math.isfinite, logits)):
            return Score(tokens=float(tokens), reason="not finite")
        highest = max(logits)
        parts = [math.exp(x - highest) for x in logits]
        whole = math.fsum(parts)
        positive, negative, neutral = (parts[place] / whole for place in self._places)
        return Score(positive, negative, neutral, positive - negative, tokens=float(tokens))
