"""FinBERT's path on a tiny model of its architecture: labels, batches, cuts, and both runtimes."""

import shutil

import numpy as np
import pytest
from tests.text import data

from penstock.bench.bert import TINY, written
from penstock.core.errors import DataError, DefinitionError
from penstock.events import Keys, Quarantine
from penstock.text import Scored, Scoring
from penstock.text.finbert.export import export_onnx
from penstock.text.finbert.scorer import FinbertScorer
from penstock.text.finbert.tokens import STEP, Tokens, batches

torch = pytest.importorskip("torch", reason="torch is missing: pip install penstock[finbert]")
transformers = pytest.importorskip(
    "transformers", reason="transformers is missing: pip install penstock[finbert]"
)
pytest.importorskip("onnxruntime", reason="onnxruntime is missing: pip install penstock[onnx]")
pytest.importorskip("onnx", reason="onnx is missing: pip install penstock[onnx]")
pytest.importorskip("tokenizers", reason="tokenizers is missing: pip install penstock[onnx]")

WORDS = (
    "profits", "rise", "fall", "rates", "the", "a", "of", "shares", "at", "record", "gain", "loss", "strong", "weak",
    "bank", "oil",
)  # fmt: skip
ORDERS = (("positive", "negative", "neutral"), ("Neutral", "Positive", "Negative"))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The same weights with both orders of labels, as published models have them; and as ONNX."""
    found = []
    for place, order in enumerate(ORDERS):
        folder = written(tmp_path_factory.mktemp(f"model{place}"), TINY, words=WORDS, labels=order)
        export_onnx(folder)
        found.append(folder)
    return found


def scorer_of(folder, **options):
    """A scorer on one thread: workers of the tests share the cores."""
    return FinbertScorer(folder, **{"threads": 1, "device": "cpu"} | options)


def texts(n=20, seed=1):
    """Of many lengths, from a word to far behind the limit."""
    rng = np.random.default_rng(seed)
    sizes = np.minimum(rng.geometric(0.03, n), 400)
    found = [" ".join(rng.choice(WORDS, size)) for size in sizes]
    return [*found, "profit " * 600, "Größe, naïve 東京 🚀", "x"]


def probabilities(scores):
    return np.array([(s.positive, s.negative, s.neutral) for s in scores])


def pipeline(folder):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = transformers.BertTokenizerFast.from_pretrained(folder)
    return transformers.pipeline(
        "text-classification", model=model, tokenizer=tokenizer, top_k=None, device="cpu"
    )


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("runtime", ["torch", "onnx"])
def test_a_label_is_found_by_its_name_as_the_library_finds_it(folders, order, runtime):
    wanted = pipeline(folders[order])(texts(), truncation=True, max_length=512)
    scorer = scorer_of(folders[order], runtime=runtime)
    for score, labels in zip(scorer.score(texts()), wanted, strict=True):
        by_name = {one["label"].lower(): one["score"] for one in labels}
        for name in ("positive", "negative", "neutral"):
            assert getattr(score, name) == pytest.approx(by_name[name], abs=1e-5)
        assert score.compound == score.positive - score.negative


def test_the_outputs_of_the_tiny_model_tell_texts_apart(folders):
    found = probabilities(scorer_of(folders[0]).score(texts()))
    assert np.ptp(found, axis=0).min() > 0.05
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)


@pytest.mark.parametrize("runtime", ["torch", "onnx"])
def test_a_batch_gives_what_single_texts_give(folders, runtime):
    one, many = (scorer_of(folders[0], runtime=runtime, batch=n) for n in (1, 8))
    np.testing.assert_allclose(
        probabilities(many.score(texts())), probabilities(one.score(texts())), atol=1e-6
    )


@pytest.mark.parametrize("runtime", ["torch", "onnx"])
@pytest.mark.parametrize("batch", [1, 5, 8])
def test_a_score_has_the_same_bits_in_any_company(folders, runtime, batch):
    scorer = scorer_of(folders[0], runtime=runtime, batch=batch)
    told = texts(24)
    whole = probabilities(scorer.score(told))
    rng = np.random.default_rng(3)
    for _ in range(3):
        order = rng.permutation(len(told))
        cuts = np.sort(rng.integers(0, len(told), 9))
        for part in np.split(order, cuts):
            mine = probabilities(scorer.score([told[i] for i in part])).reshape(-1, 3)
            np.testing.assert_array_equal(mine, whole[part])


def test_both_runtimes_agree(folders):
    scorers = (scorer_of(folders[0], runtime=r) for r in ("torch", "onnx"))
    first, second = (probabilities(scorer.score(texts())) for scorer in scorers)
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_padding_does_not_count(folders):
    """A text of 33 tokens is padded to 64; alone in its own length it has the same outputs."""
    scorer = scorer_of(folders[0])
    text = " ".join(["rise"] * 31)
    (score,) = scorer.score([text])
    ids, _ = Tokens(folders[0]).encode([text], 512)
    assert len(ids[0]) == STEP + 1
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folders[0]).eval()
    with torch.inference_mode():
        wanted = torch.softmax(model(input_ids=torch.tensor(ids)).logits, -1).numpy()[0]
    np.testing.assert_allclose((score.positive, score.negative, score.neutral), wanted, atol=1e-6)


def test_a_long_text_is_cut_at_the_limit_and_says_how_long_it_was(folders):
    scorer = scorer_of(folders[0])
    words = ["rise"] * 510
    whole, cut, other = scorer.score(
        [" ".join(words), " ".join([*words, "loss"]), " ".join([*words[:-1], "loss"])]
    )
    assert (whole.tokens, cut.tokens) == (512.0, 513.0)
    assert whole[:4] == cut[:4]  # what is behind the limit is not seen
    assert whole[:4] != other[:4]  # what is before it is
    short = scorer_of(folders[0], max_len=128)
    assert short.limit == 128.0
    assert short.score([" ".join(words)])[0][:4] == short.score([" ".join(words[:126])])[0][:4]


def test_a_text_without_tokens_has_no_score(folders):
    nothing, something = scorer_of(folders[0]).score(["", "rise"])
    assert nothing.reason == "no tokens"
    assert np.isnan(nothing.compound)
    assert np.isfinite(something.compound)


def test_words_are_cut_into_pieces_as_the_library_cuts_them(folders):
    theirs = transformers.BertTokenizerFast.from_pretrained(folders[0])
    told = [*texts(), "Don't STOP!", "tab\tand\nline", "Ünïcode e\u0301"]
    ids, counts = Tokens(folders[0]).encode(told, 512)
    for text, mine, count in zip(told, ids, counts, strict=True):
        assert mine == theirs(text, truncation=True, max_length=512)["input_ids"]
        assert count == len(theirs(text, verbose=False)["input_ids"])


def test_a_tokenizer_in_one_file_is_read(folders, tmp_path):
    folder = tmp_path / "whole"
    shutil.copytree(folders[0], folder)
    transformers.BertTokenizerFast.from_pretrained(folder).save_pretrained(folder)
    (folder / "vocab.txt").unlink(missing_ok=True)
    assert Tokens(folder).encode(texts(), 512) == Tokens(folders[0]).encode(texts(), 512)


def test_batches_have_one_shape_and_every_text_once():
    rng = np.random.default_rng(2)
    told = [list(range(1, 1 + size)) for size in rng.integers(3, 90, 50)]
    seen = []
    for batch in batches(told, 8, 90):
        assert batch.ids.shape[0] == 8
        assert batch.ids.shape[1] in {32, 64, 90}
        seen += batch.rows
        for place, row in enumerate(batch.rows):
            assert batch.mask[place].sum() == len(told[row])
    assert sorted(seen) == list(range(50))


def test_history_in_chunks_has_the_bits_of_texts_one_by_one(folders):
    words = texts(30)
    time = data.START + np.arange(len(words)) * data.SECOND
    scoring = Scoring(scorer_of(folders[0], name="ProsusAI/finbert"))

    def bits(size):
        source = Scored(data.Told(words, time, size), scoring)
        blocks = [block for (block,) in source.chunks(Keys(), Quarantine(policy="stop"))]
        return np.concatenate([block.columns["positive"] for block in blocks]).tobytes()

    assert bits(1) == bits(7) == bits(len(words))


def test_the_hash_has_the_weights_the_batch_and_the_runtime(folders):
    def identity(folder=folders[0], **options):
        return scorer_of(folder, name="m", **options).identity()

    found = {
        identity(),
        identity(folders[1]),
        identity(batch=4),
        identity(runtime="onnx"),
        identity(max_len=64),
    }
    assert len(found) == 5
    assert identity() == identity()


def test_what_cannot_be_a_model_is_refused_with_the_next_step(folders, tmp_path):
    with pytest.raises(DataError, match=r"a folder or a model of the hub is needed .* got no/such"):
        scorer_of("no/such", download=False)
    with pytest.raises(DataError, match="must have config"):
        scorer_of(tmp_path)
    unnamed = written(tmp_path / "unnamed", TINY, labels=("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(
        DefinitionError, match=r"id2label of config.json must name .* got label_0, label_1, label_2"
    ):
        scorer_of(unnamed)
    named = {"positive": "LABEL_2", "negative": "LABEL_0", "neutral": "LABEL_1"}
    assert scorer_of(unnamed, labels=named)._places == (2, 0, 1)
    with pytest.raises(DefinitionError, match="runtime onnx needs model"):
        scorer_of(unnamed, labels=named, runtime="onnx")
    with pytest.raises(DefinitionError, match="max_len from 3 to the model's 512, got 8 and 1024"):
        scorer_of(folders[0], max_len=1024)
    with pytest.raises(DefinitionError, match="runtime must be one of torch, onnx, got 'tf'"):
        scorer_of(folders[0], runtime="tf")
    (unnamed / "vocab.txt").unlink()
    with pytest.raises(DataError, match="must have tokenizer"):
        scorer_of(unnamed, labels=named)
