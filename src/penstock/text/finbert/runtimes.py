"""What computes a model's outputs: torch, or ONNX Runtime."""

import warnings
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from penstock.core.arrays import I8
from penstock.core.errors import DefinitionError

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Runtime(Protocol):
    """A model that is loaded."""

    def logits(self, ids: I8, mask: I8) -> np.ndarray:
        """The outputs of a batch, a row each."""
        ...

    def identity(self) -> str:
        """What its bits depend on, beside the model's files."""
        ...


class TorchRuntime:
    """On torch, in single precision."""

    def __init__(self, folder: Path, device: str | None, threads: int | None) -> None:
        import torch  # noqa: PLC0415  (a large library, loaded where it computes)

        self._torch = torch
        if threads is not None:
            torch.set_num_threads(threads)
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._model = loaded(folder).to(self.device)
        head = getattr(self._model, "classifier", None)
        if isinstance(head, torch.nn.Linear):
            head.register_forward_hook(_by_rows)

    def logits(self, ids: I8, mask: I8) -> np.ndarray:
        torch = self._torch
        with torch.inference_mode():
            given = (torch.from_numpy(x).to(self.device) for x in (ids, mask))
            found = self._model(**dict(zip(INPUTS[:2], given, strict=True))).logits
        return found.float().cpu().numpy()

    def identity(self) -> str:
        return f"torch {self._torch.__version__} {self.device} {self._torch.get_num_threads()}"


def _by_rows(head: Any, given: tuple[Any, ...], _: Any) -> Any:
    """A last layer row by row: in a product of small matrices a row's bits depend on its place in the batch."""
    return (given[0].unsqueeze(-2) * head.weight).sum(-1) + head.bias


class OnnxRuntime:
    """On ONNX Runtime: ``model.onnx`` of the folder."""

    def __init__(self, folder: Path, device: str | None, threads: int | None) -> None:
        import onnxruntime  # noqa: PLC0415

        path = next(
            (p for p in (folder / "model.onnx", folder / "onnx/model.onnx") if p.exists()), None
        )
        if path is None:
            raise DefinitionError(
                f"FinbertScorer: runtime onnx needs model.onnx in {folder}; penstock.text.finbert.export.export_onnx "
                "makes it of a model that torch can load"
            )
        self.providers = provided(onnxruntime.get_available_providers(), device)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0  # 0 is the library's choice
        self._session = onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=self.providers
        )
        self._inputs = [one.name for one in self._session.get_inputs()]
        self._threads = threads or 0
        self._version = onnxruntime.__version__

    def logits(self, ids: I8, mask: I8) -> np.ndarray:
        known = dict(zip(INPUTS, (ids, mask, np.zeros_like(ids)), strict=True))
        return np.asarray(self._session.run(None, {name: known[name] for name in self._inputs})[0])

    def identity(self) -> str:
        return f"onnxruntime {self._version} {','.join(self.providers)} {self._threads}"


def provided(available: list[str], device: str | None) -> list[str]:
    """The providers that compute on a device; on CUDA where it is there, if none is named."""
    cuda = "CUDAExecutionProvider"
    if device == "cuda" and cuda not in available:
        raise DefinitionError(
            f"FinbertScorer: device cuda needs onnxruntime-gpu, got {', '.join(available)}"
        )
    first = [cuda] if cuda in available and device != "cpu" else []
    return [*first, "CPUExecutionProvider"]


def loaded(folder: Path) -> Any:
    """A model on torch, ready to be asked."""
    from transformers import AutoModelForSequenceClassification  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries about each other
        # the other ways to attend choose their arithmetic by whether any text of a batch is padded
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, attn_implementation="eager"
        )
    return model.float().eval()
