"""A model of torch as a file of ONNX."""

import warnings
from pathlib import Path

from penstock.text.finbert.runtimes import INPUTS, loaded


def export_onnx(folder: str | Path, path: str | Path | None = None) -> Path:
    """Write a model as ONNX, of any number of texts and any length; needs torch, transformers and onnx.

    Parameters
    ----------
    folder
        The model's.
    path
        The file; by default ``model.onnx`` in the folder, where the runtime looks for it.
    """
    import torch  # noqa: PLC0415  (a large library, loaded where it is used)

    target = Path(folder) / "model.onnx" if path is None else Path(path)
    given = torch.ones((2, 8), dtype=torch.int64)
    axes = {name: {0: "texts", 1: "tokens"} for name in INPUTS}
    part = target.with_name(target.name + ".part")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of what does not vary here
        torch.onnx.export(
            loaded(Path(folder)),
            (given, given, given * 0),
            str(part),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes=axes | {"logits": {0: "texts"}},
            dynamo=False,  # the newer exporter needs one more package
        )
    part.replace(target)
    return target
