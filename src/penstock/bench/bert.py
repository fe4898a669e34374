"""A model of FinBERT's architecture with random weights: no download, the same work."""

import json
from collections.abc import Sequence
from pathlib import Path

MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LABELS = ("positive", "negative", "neutral")
# layers, width, heads, inner width and vocabulary
TINY, BASE = (2, 32, 2, 64, 400), (12, 768, 12, 3_072, 30_522)


def written(
    folder: Path,
    size: tuple[int, int, int, int, int],
    *,
    words: Sequence[str] = (),
    labels: Sequence[str] = LABELS,
    positions: int = 512,
) -> Path:
    """Write a model that knows so many words and names its outputs so; needs torch and transformers."""
    import torch  # noqa: PLC0415  (a large library, loaded where it is used)
    from transformers import BertConfig, BertForSequenceClassification  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    layers, width, heads, inner, vocabulary = size
    letters = [f"{mark}{chr(c)}" for c in range(ord("a"), ord("z") + 1) for mark in ("", "##")]
    known = list(dict.fromkeys([*MARKS, *letters, *words]))
    known += [f"[unused{i}]" for i in range(vocabulary - len(known))]
    logging.disable_progress_bar()
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(known),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        initializer_range=0.3 if width < 100 else 0.02,  # so that the outputs of a tiny one differ
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
    )
    BertForSequenceClassification(config).eval().save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(known) + "\n", encoding="utf-8")
    told = {
        "do_lower_case": True,
        "tokenizer_class": "BertTokenizer",
        "model_max_length": positions,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    return folder
