"""``penstock score``: texts of a file as a file of scores, which is a source of events."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from penstock.cli.console import print_json, print_table
from penstock.cli.inputs import keys_of, open_sources
from penstock.cli.options import NOTHING, Input, Json
from penstock.core.errors import DefinitionError

if TYPE_CHECKING:
    from penstock.text import Scorer

Choice = Literal["keep", "drop"]


def score(  # noqa: PLR0913  (options)
    options: Input = NOTHING,
    *,
    out: Annotated[
        Path, Parameter(help="FILE.parquet: a score for each text, NaN where it has none.")
    ],
    scorer: Annotated[
        Literal["vader", "words", "finbert"],
        Parameter(help="vader and words need no model; finbert reads --model."),
    ] = "vader",
    words: Annotated[
        Path | None,
        Parameter(
            help="A CSV with columns word, positive and negative, in place of the small list."
        ),
    ] = None,
    model: Annotated[str | None, Parameter(help="A folder, or a model's name on the hub.")] = None,
    runtime: Annotated[
        Literal["torch", "onnx"], Parameter(help="What computes the model.")
    ] = "torch",
    batch: Annotated[int, Parameter(help="Texts that the model computes at once.")] = 8,
    threads: Annotated[int | None, Parameter(help="Of the processor, for the model.")] = None,
    latency: Annotated[
        str,
        Parameter(
            help="From a text to its score, as it would be live: scores stand that much later."
        ),
    ] = "0s",
    novelty: Annotated[
        str | None,
        Parameter(help="Measure how new a text is beside those of so long before it: 1d."),
    ] = None,
    urls: Annotated[Choice, Parameter(help="Of texts.")] = "drop",
    mentions: Annotated[Choice, Parameter(help="Names behind an @.")] = "drop",
    hashtags: Annotated[
        Literal["keep", "drop", "word"], Parameter(help="word leaves out the sign alone.")
    ] = "word",
    emoji: Annotated[
        Literal["keep", "drop", "name"], Parameter(help="name writes them as words.")
    ] = "keep",
    json: Json = False,
) -> int:
    """Score the texts of a file, and say how many have no score and why.

    Rows are read as texts: --map says which columns are time, text and symbol where they are named otherwise.

    Example: penstock score --source news.jsonl --out scores.parquet --latency 2s
    """
    if options.features or options.view is not None or len(options.source) != 1:
        raise DefinitionError(
            "score: one --source of texts is needed, and neither --features nor --view"
        )
    from penstock.events.quarantine import Quarantine
    from penstock.events.writers import write_parquet
    from penstock.text import Cleaning, Scored, Scoring

    scoring = Scoring(
        scorer_of(scorer, words, model, runtime, batch, threads),
        cleaning=Cleaning(urls=urls, mentions=mentions, hashtags=hashtags, emoji=emoji),
        latency=latency,
        novelty=novelty,
    )
    (source,) = open_sources(replace(options, type="text"))
    scored, quarantine = Scored(source, scoring), Quarantine()
    rows = write_parquet(out, scored, key=keys_of(options), quarantine=quarantine)
    told = {"texts": rows, "scored": rows - scored.reasons.total(), **dict(scored.reasons)}
    told |= {"bad rows": quarantine.total, "scorer": scoring.scorer.name}
    if json:
        print_json(told)
    else:
        print_table(str(out), told)
    return 0


def scorer_of(
    scorer: str,
    words: Path | None,
    model: str | None,
    runtime: Literal["torch", "onnx"],
    batch: int,
    threads: int | None,
) -> "Scorer":
    """The scorer that is asked for; one whose libraries are missing says what to install."""
    from penstock.text import WordScorer

    if words is not None and scorer != "words":
        raise DefinitionError(f"--words: a list is for --scorer words, got --scorer {scorer}")
    if scorer == "words":
        return WordScorer() if words is None else WordScorer.of_file(words)
    extra = (
        "text" if scorer == "vader" else f"finbert,{runtime}" if runtime == "onnx" else "finbert"
    )
    try:
        if scorer == "vader":
            from penstock.text.vader import VaderScorer

            return VaderScorer()
        from penstock.text.finbert.scorer import FINBERT, FinbertScorer

        return FinbertScorer(model or FINBERT, runtime=runtime, batch=batch, threads=threads)
    except ModuleNotFoundError as error:
        raise DefinitionError(
            f"--scorer {scorer}: {error.name} is needed, got none; pip install 'penstock[{extra}]'"
        ) from error
