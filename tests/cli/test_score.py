"""``penstock score``: texts in, scores out, which are a source."""

import json
import math

import polars as pl
import pytest

ROWS = [
    {"at": 1_700_000_000, "sym": "SPY", "body": "Profits rise, a GREAT record! https://x.y"},
    {"at": 1_700_000_060, "sym": "SPY", "body": "@jane"},
    {"at": 1_700_000_120, "sym": "SPY", "body": "Bank fails, losses and fraud"},
    {"at": 1_700_000_180, "sym": "SPY", "body": ""},
]
MAPPED = ("--map", "at=time:s:UTC", "sym=symbol", "body=text")


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.mark.parametrize("scorer", ["vader", "words"])
def test_texts_become_scores_that_a_view_reads(penstock, texts, tmp_path, scorer):
    if scorer == "vader":
        pytest.importorskip("vaderSentiment", reason="vaderSentiment is missing")
    out = tmp_path / "scores.parquet"
    said = penstock(
        "score", "--source", texts, *MAPPED, "--scorer", scorer, "--latency", "2s", "--out", out, "--json"
    )  # fmt: skip
    assert said.status == 0, said.err
    told = json.loads(said.out)
    assert (told["texts"], told["scored"], told["empty"], told["bad rows"]) == (3, 2, 1, 1)
    frame = pl.read_parquet(out)
    assert (frame["time"] - frame["published"]).to_list() == [2_000_000_000] * 3
    good, none, bad = frame["compound"].to_list()
    assert good > 0 > bad
    assert math.isnan(none)

    rows = tmp_path / "rows.parquet"
    features = "sentiment.average_compound(W=1h),sentiment.message_count(W=1h)"
    said = penstock(
        "run", "--source", out, "--features", features, "--on", "sentiment", "--out", rows
    )
    assert said.status == 0, said.err
    last = pl.read_parquet(rows).row(-1)
    assert last[2] == pytest.approx((good + bad) / 2)
    assert last[3] == 3


def test_what_does_not_fit_is_refused(penstock, texts, tmp_path):
    out = tmp_path / "scores.parquet"
    said = penstock("score", "--source", texts, *MAPPED, "--words", texts, "--out", out)
    assert said.status == 2
    assert "--words: a list is for --scorer words, got --scorer vader" in said.err
    said = penstock("score", "--out", out)
    assert "one --source of texts is needed" in said.err
    said = penstock("score", "--source", texts, *MAPPED, "--emoji", "words", "--out", out)
    assert said.status == 2
    assert not out.exists()


def test_a_model_of_a_folder_scores(penstock, texts, tmp_path):
    pytest.importorskip("torch", reason="torch is missing: pip install penstock[finbert]")
    pytest.importorskip("transformers", reason="transformers is missing")
    from penstock.bench.bert import TINY, written

    model = written(tmp_path / "tiny", TINY, words=["profits", "rise"])
    out = tmp_path / "scores.parquet"
    arguments = ("--scorer", "finbert", "--model", model, "--threads", "1", "--out", out, "--json")
    said = penstock("score", "--source", texts, *MAPPED, *arguments)
    assert said.status == 0, said.err
    assert json.loads(said.out)["scorer"] == "tiny"
    assert pl.read_parquet(out)["positive"].is_nan().to_list() == [False, True, False]
