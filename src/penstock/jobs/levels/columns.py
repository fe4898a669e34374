"""The columns of the gold tables: their types, units and meaning, and which of them are labels."""

from dataclasses import dataclass

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from penstock.formulas.levels.words import KINDS, WORDS

OUTCOMES = ("BREAK", "BOUNCE", "CHOP")

DOLLARS, CONTRACTS, GAMMA, SCORE = "USD", "contracts", "shares/USD", "points of 100"
FEATURE, IDENTITY, LABEL = "feature", "identity", "label"


@dataclass(frozen=True, slots=True)
class GoldColumn:
    """One column of a gold table; an unknown value is null in all of them."""

    name: str
    dtype: DataType | DataTypeClass
    unit: str
    says: str
    role: str = FEATURE


def _reals(unit: str, **says: str) -> tuple[GoldColumn, ...]:
    return tuple(GoldColumn(name, pl.Float64, unit, text) for name, text in says.items())


def _wholes(unit: str, **says: str) -> tuple[GoldColumn, ...]:
    return tuple(GoldColumn(name, pl.Int64, unit, text) for name, text in says.items())


def _flags(**says: str) -> tuple[GoldColumn, ...]:
    return tuple(GoldColumn(name, pl.Boolean, "flag", text) for name, text in says.items())


def _word(name: str, says: str) -> GoldColumn:
    return GoldColumn(name, pl.Enum([*WORDS[name].values()]), "word", says)


EVENT_ID = GoldColumn(
    "event_id",
    pl.String,
    "id",
    "the first 16 hex digits of sha1(date|symbol|level_id|ts_event_ns|direction)",
    IDENTITY,
)

IDENTITIES = (
    EVENT_ID,
    GoldColumn("ts_event_ns", pl.Int64, "ns UTC", "the decision: trade or end of bar", IDENTITY),
    GoldColumn("date", pl.String, "date", "the session's day at the exchange", IDENTITY),
    GoldColumn("symbol", pl.String, "id", "the underlying", IDENTITY),
)
LEVEL = (
    *_reals(DOLLARS, level_price="the level that is touched, as it stood"),
    _word("level_kind", "its kind, by priority where several stand at one price"),
    GoldColumn("level_id", pl.String, "id", "the kind, or KIND_price of a strike or a round price"),
    _word("direction", "UP where the price came from below"),
    *_reals(DOLLARS, distance="distance of spot and level"),
)
CONTEXT = (
    *_reals(DOLLARS, spot="price of the underlying"),
    *_flags(
        is_first_15m="09:30 to 09:45 at the exchange",
        is_opening_range="within the opening range's minutes",
    ),
    *_reals(
        DOLLARS,
        dist_to_sma_200="spot less the mean of the last 200 closes of two minutes",
        dist_to_sma_400="spot less the mean of the last 400 closes of two minutes",
        dist_to_vwap="spot less the session's volume-weighted mean price",
    ),
    *_reals("1", session_position="place of spot in the session's range, 0 to 1"),
)
BARRIER = (
    _word("barrier_state", "what the defending side of the book does"),
    *_reals(CONTRACTS, barrier_delta_liq="added less canceled less filled"),
    *_reals("1", barrier_replenishment_ratio="added over canceled and filled, capped"),
    *_wholes(
        CONTRACTS,
        barrier_added="added on the defending side of the zone",
        barrier_canceled="canceled there",
        barrier_filled="executed there",
    ),
    *_reals("1", wall_ratio="depth per visible price against its trailing mean"),
    *_wholes(CONTRACTS, depth_in_zone="displayed on the defending side of the zone"),
    *_reals(CONTRACTS, churn="added and canceled and filled"),
)
TAPE = (
    *_reals("1", tape_imbalance="buyers less sellers over both, near the level"),
    *_wholes(
        CONTRACTS,
        tape_buy_vol="bought by aggressors near the level",
        tape_sell_vol="sold by aggressors near the level",
    ),
    *_reals("1/s", tape_velocity="trades a second at all prices"),
    *_flags(tape_sweep_detected="whether a sweep was seen"),
    _word("tape_sweep_direction", "that of the largest sweep"),
    *_reals(DOLLARS, tape_sweep_notional="value of the largest sweep, else 0"),
)
FUEL = (
    *_reals(GAMMA, gamma_exposure="net gamma of dealers at strikes near the level"),
    _word("fuel_effect", "what hedging does to a move"),
    *_reals(GAMMA, fuel_net_dealer_gamma="gamma_exposure under its other name"),
    *_reals(
        DOLLARS,
        fuel_call_wall="the call wall, as it stood",
        fuel_put_wall="the put wall, as it stood",
        fuel_hvl="the gamma flip, as it stood",
    ),
    *_reals(
        GAMMA,
        fuel_call_gamma="gamma of calls traded near the level",
        fuel_put_gamma="gamma of puts traded near the level",
    ),
)
SCORES = (
    *_reals(
        SCORE,
        break_score_raw="weighted mean of the three components",
        break_score_smooth="the same, smoothed near the level",
        liquidity_score="component of the barrier",
        hedge_score="component of the fuel",
        tape_score="component of the tape",
    ),
    _word("signal", "state of the smooth score, with hold and release"),
    _word("confidence", "how much there was to judge by"),
)
RUNWAY = (
    _word("runway_direction", "where the price is expected to go"),
    *_reals(
        DOLLARS,
        runway_next_level_price="the next strong level that way",
        runway_distance="distance of the two levels",
    ),
    _word("runway_quality", "whether something stands in between"),
)
DOCUMENTED = (*IDENTITIES, *LEVEL, *CONTEXT, *BARRIER, *TAPE, *FUEL, *SCORES, *RUNWAY)

EXTRAS = (
    *_reals(DOLLARS, **{f"level_{kind.lower()}": f"{kind} as it stood" for kind in KINDS}),
    *_wholes("1", level_confluence_count="kinds of levels near the level"),
    *_reals("USD/min", approach_velocity="speed of closes towards the level"),
    *_wholes("1", approach_bars="minutes in a row whose closes came nearer"),
    *_wholes("1", prior_touch_count="earlier touches of the level in the session"),
    *_reals("s", time_since_last_touch="since the last touch of the level ended"),
    *_reals("1", barrier_zone_coverage="share of the zone's prices that the book shows"),
    *_reals("USD/s", tape_price_velocity="slope of the price over the last seconds"),
)
COLUMNS = (*DOCUMENTED, *EXTRAS)
"""What ``signals_{date}.parquet`` holds: the document's 51 columns, then ours."""

LABELS = (
    GoldColumn(
        "outcome",
        pl.Enum(OUTCOMES),
        "word",
        "the first barrier that is passed; null if ambiguous or cut off",
        LABEL,
    ),
    *(
        GoldColumn(name, pl.Float64, DOLLARS, says, LABEL)
        for name, says in (
            ("future_price_5min", "the last price at the end of the horizon"),
            ("excursion_max", "furthest in the direction of a break, from the level"),
            ("excursion_min", "furthest against it"),
        )
    ),
)
"""What ``labels_{date}.parquet`` holds beside ``event_id``: what came after."""
