"""Where a model's files are, and what they say of its labels."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.core.errors import DataError, DefinitionError

LABELS = ("positive", "negative", "neutral")
NEEDED = ["*.json", "vocab.txt", "*.safetensors", "pytorch_model.bin"]
WEIGHTS = (".safetensors", ".bin", ".onnx")
CHUNK = 1 << 22


def folder_of(model: str | Path, revision: str | None, *, download: bool) -> Path:
    """The folder of a model, which is one or a name on the hub."""
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import errors, snapshot_download  # noqa: PLC0415  (only where a hub is asked)

    try:
        return Path(
            snapshot_download(
                str(model),
                revision=revision,
                allow_patterns=NEEDED,
                local_files_only=not download,
            )
        )
    except (errors.HfHubHTTPError, errors.HFValidationError, OSError) as error:
        asked = "" if download else " that was downloaded before (download=True fetches it)"
        raise DataError(
            f"FinbertScorer: a folder or a model of the hub is needed{asked}, got {model} ({error})"
        ) from error


def config_of(folder: Path) -> dict[str, Any]:
    """The model's own configuration."""
    path = folder / "config.json"
    if not path.exists():
        raise DataError(f"FinbertScorer: a model's folder must have config.json, got {folder}")
    return json.loads(path.read_text(encoding="utf-8"))


def places_of(config: Mapping[str, Any], labels: Mapping[str, str] | None) -> tuple[int, int, int]:
    """Which outputs are positive, negative and neutral, by the configuration's ``id2label``."""
    names = {
        str(name).strip().lower(): int(place)
        for place, name in dict(config.get("id2label") or {}).items()
    }
    asked = {label: (labels or {}).get(label, label).lower() for label in LABELS}
    missing = [name for name in asked.values() if name not in names]
    if missing or len(names) != len(LABELS):
        raise DefinitionError(
            f"FinbertScorer: id2label of config.json must name positive, negative and neutral, or labels=… say what "
            f"they are called, got {', '.join(names) or 'none'}"
        )
    first, second, third = (names[asked[label]] for label in LABELS)
    return first, second, third


def hash_of(folder: Path) -> str:
    """The SHA-256 of the files that scores depend on."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in WEIGHTS or path.name in {"config.json", "tokenizer.json", "vocab.txt"}:
            digest.update(path.name.encode())
            with path.open("rb") as file:
                while piece := file.read(CHUNK):
                    digest.update(piece)
    return digest.hexdigest()
