"""Prompts as vectors: the small default, a sentence encoder made here, and their events on the stream."""

import json

import numpy as np
import polars as pl
import pytest
from tests.events.test_telemetry import S, T, asked, read

import penstock as ps
from penstock.core.errors import DefinitionError
from penstock.events.readers import TelemetrySource
from penstock.events.readers.telemetry import Terms
from penstock.events.readers.telemetry.encoders import HashedPieces, OnnxEncoder, Prompts
from penstock.events.texts import text_id

TERMS = Terms(encodes="20ms")
WORDS = ["[UNK]", "why", "is", "the", "sky", "blue", "sort", "a", "list", "[PAD]"]


class Fixed:
    """An encoder of a size, that counts its calls."""

    name = "fixed v1"

    def __init__(self, cells):
        self.cells, self.calls = cells, 0

    def encode(self, text):
        self.calls += 1
        return np.random.default_rng(len(text)).standard_normal(self.cells)


def test_like_prompts_are_nearer_than_unlike_ones():
    prompts = Prompts(HashedPieces())
    one, near, far = (
        prompts.vector(text)
        for text in (
            "Write a Python function that sorts an array of numbers.",
            "Write a function in Python which sorts numbers in arrays.",
            "Summarize the main points of the annual report of the bank.",
        )
    )
    assert one @ near > 0.5 > one @ far
    assert [np.linalg.norm(v) for v in (one, near, far)] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize("cells", [3, 64, 384])
def test_a_vector_of_any_size_lies_in_64_cells_of_length_1(cells):
    found = np.array([Prompts(Fixed(cells)).vector("x" * n) for n in range(1, 40)])
    assert found.shape == (39, 64)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(39))
    whole = np.array([Fixed(cells).encode("x" * n) for n in range(1, 40)])
    whole /= np.linalg.norm(whole, axis=1)[:, None]
    # a fold keeps the angles about as they were: exact up to 64 cells, else to some hundredths of what they may be
    apart = np.abs(found @ found.T - whole @ whole.T)
    assert apart.mean() < (1e-12 if cells <= 64 else 0.15)


@pytest.mark.parametrize("text", ["", " \n "])
def test_nothing_to_encode_is_unknown(text):
    assert np.isnan(Prompts(HashedPieces()).vector(text)).all()


def test_a_prompt_that_comes_again_is_not_encoded_again():
    encoder = Fixed(8)
    prompts = Prompts(encoder)
    for text in ("one", "three", "one", "one"):
        prompts.vector(text)
    assert encoder.calls == 2


def test_a_vector_is_an_event_as_much_later_as_declared_and_a_feature(tmp_path):
    path = tmp_path / "log.jsonl"
    texts = ["Sort a list in python", "Sort lists in python", "Tell me of the sea", "Sort a list"]
    events = [asked(f"r{i}", i * S, prompt=text, task_type="code") for i, text in enumerate(texts)]
    events.append({"type": "system_sample", "ts": T + 9 * S, "cpu": 0.5})
    found, _, kept, _ = read(path, events, terms=TERMS, by="system")
    assert kept == {}
    prompt = found["llm_prompt"]
    assert prompt["time"] == [T + i * S + 20_000_000 for i in range(4)]
    assert set(prompt["encoder"]) == {text_id(HashedPieces.name)}
    assert np.array(prompt["vector"][0]) == pytest.approx(Prompts(HashedPieces()).vector(texts[0]))
    assert read(path, by="system")[0]["llm_prompt"]["time"] == []  # nobody said how long it takes
    view = ps.View(
        "alike",
        ["llm_derived.prompt_similarity_to_centroid"],
        key="owner",
        on="llm_prompt",
    )
    alike = ps.run(view, TelemetrySource(path, terms=TERMS, by="system"))
    values = alike["llm_derived.prompt_similarity_to_centroid"].to_list()
    assert np.isnan(values[0])
    assert values[1] > values[2]
    assert values[3] > values[2]


def test_a_duplicate_request_is_encoded_once_and_a_reordered_one_in_its_place(tmp_path):
    events = [
        asked("a", 2 * S, prompt="later"), asked("b", S, prompt="sooner"), asked("a", 2 * S, prompt="again"),
        asked("c", 3 * S), asked("end", 90 * S, prompt="the end"),
    ]  # fmt: skip
    found, _, kept, _ = read(tmp_path / "log.jsonl", events, terms=TERMS, by="system")
    prompts, vectors = Prompts(HashedPieces()), np.array(found["llm_prompt"]["vector"])
    assert kept == {"duplicate request": 1}
    assert found["llm_prompt"]["time"][:3] == [T + n * S + 20_000_000 for n in (1, 2, 3)]
    assert vectors[0] == pytest.approx(prompts.vector("sooner"))
    assert vectors[1] == pytest.approx(prompts.vector("later"))
    assert np.isnan(vectors[2]).all()  # a request without words has a vector that nobody knows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A sentence encoder of a table of ten words in four cells, in ONNX's format."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    tokenizers = pytest.importorskip("tokenizers")
    place = tmp_path_factory.mktemp("tiny")
    table = np.random.default_rng(1).standard_normal((len(WORDS), 4)).astype(np.float32)
    helper, kinds = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["states"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", kinds.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("states", kinds.FLOAT, ["batch", "tokens", 4])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(place / "model.onnx"))
    words = tokenizers.models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token=WORDS[0])
    tokenizer = tokenizers.Tokenizer(words)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(place / "tokenizer.json"))
    return place, table


def test_a_sentence_encoder_gives_the_mean_of_its_tokens(folder):
    place, table = folder
    encoder = OnnxEncoder(place)
    tokens = [WORDS.index(w) for w in ("why", "is", "sky", "blue")] + [0]
    assert encoder.encode("why is sky blue whatever") == pytest.approx(table[tokens].mean(axis=0))
    short = OnnxEncoder(place, most=2)
    assert short.encode("why is sky blue") == pytest.approx(table[[1, 2]].mean(axis=0))


def test_a_sentence_encoder_makes_the_events_of_a_log(folder, tmp_path):
    place, table = folder
    path = tmp_path / "log.jsonl"
    events = [asked("a", 0, prompt="sort a list"), asked("b", S)]
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    source = TelemetrySource(path, terms=TERMS, by="system", encoder=OnnxEncoder(place))
    view = ps.View("v", [("request", ps.llm_prompt.request)], key="owner", on="llm_prompt")
    assert isinstance(ps.run(view, source), pl.DataFrame)
    found, _, _, _ = read(path, terms=TERMS, by="system", encoder=OnnxEncoder(place))
    mean = table[[6, 7, 8]].mean(axis=0)
    vector = np.array(found["llm_prompt"]["vector"][0])
    assert vector[:4] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert (vector[4:] == 0.0).all()


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match=r"must have model\.onnx"):
        OnnxEncoder(tmp_path)
