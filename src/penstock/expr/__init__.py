"""Nodes, interning, arithmetic, text, LaTeX and fingerprints."""

from penstock.events import (
    AccountRatio,
    Bar,
    Book,
    Depth,
    Funding,
    Fx,
    Imbalance,
    IndexPrice,
    Instrument,
    InsuranceFund,
    Liquidation,
    LlmBudget,
    LlmCompletion,
    LlmDecision,
    LlmFeedback,
    LlmFirstToken,
    LlmModel,
    LlmOutcome,
    LlmProbe,
    LlmProfile,
    LlmPrompt,
    LlmQuota,
    LlmReply,
    LlmRequest,
    LlmReward,
    LlmSelection,
    MarkPrice,
    Mbo,
    OpenInterest,
    OptionInterest,
    OptionQuote,
    OptionTrade,
    PredictedFunding,
    Quote,
    Sentiment,
    Statistic,
    Status,
    SystemSample,
    Text,
    Trade,
)
from penstock.expr.arithmetic import Add, Divide, Multiply, Subtract
from penstock.expr.clocks import When
from penstock.expr.columns import Columns, columns
from penstock.expr.elementwise import Elementwise
from penstock.expr.expression import VIEW, Column, Constant, Expr, Output, operand_names
from penstock.expr.graph import children, walk
from penstock.expr.operands import as_expr
from penstock.expr.operator import ROOM, Operator, arguments
from penstock.expr.timeframe import Timeframe
from penstock.streams import Stream

TRADE = Stream(Trade)
QUOTE = Stream(Quote)
BOOK = Stream(Book)
BAR = Stream(Bar)
MBO = Stream(Mbo)
DEPTH = Stream(Depth)

trade, quote, book, bar, mbo, depth = map(columns, (Trade, Quote, Book, Bar, Mbo, Depth))
funding, predicted_funding, open_interest, liquidation, account_ratio, insurance_fund = map(
    columns, (Funding, PredictedFunding, OpenInterest, Liquidation, AccountRatio, InsuranceFund)
)
mark_price, index_price, fx = map(columns, (MarkPrice, IndexPrice, Fx))
option_trade, option_quote, option_interest = map(
    columns, (OptionTrade, OptionQuote, OptionInterest)
)
instrument, status, statistic, imbalance = map(columns, (Instrument, Status, Statistic, Imbalance))
texts, sentiment = columns(Text), columns(Sentiment)
llm_model, llm_budget, llm_quota, llm_probe, system_sample = map(
    columns, (LlmModel, LlmBudget, LlmQuota, LlmProbe, SystemSample)
)
llm_request, llm_selection, llm_first_token, llm_completion = map(
    columns, (LlmRequest, LlmSelection, LlmFirstToken, LlmCompletion)
)
llm_feedback, llm_reply, llm_outcome = map(columns, (LlmFeedback, LlmReply, LlmOutcome))
llm_prompt, llm_decision, llm_reward, llm_profile = map(
    columns, (LlmPrompt, LlmDecision, LlmReward, LlmProfile)
)

__all__ = [
    "BAR",
    "BOOK",
    "DEPTH",
    "MBO",
    "QUOTE",
    "ROOM",
    "TRADE",
    "VIEW",
    "Add",
    "Column",
    "Columns",
    "Constant",
    "Divide",
    "Elementwise",
    "Expr",
    "Multiply",
    "Operator",
    "Output",
    "Subtract",
    "Timeframe",
    "When",
    "account_ratio",
    "arguments",
    "as_expr",
    "bar",
    "book",
    "children",
    "columns",
    "depth",
    "funding",
    "fx",
    "imbalance",
    "index_price",
    "instrument",
    "insurance_fund",
    "liquidation",
    "llm_budget",
    "llm_completion",
    "llm_decision",
    "llm_feedback",
    "llm_first_token",
    "llm_model",
    "llm_outcome",
    "llm_probe",
    "llm_profile",
    "llm_prompt",
    "llm_quota",
    "llm_reply",
    "llm_request",
    "llm_reward",
    "llm_selection",
    "mark_price",
    "mbo",
    "open_interest",
    "operand_names",
    "option_interest",
    "option_quote",
    "option_trade",
    "predicted_funding",
    "quote",
    "sentiment",
    "statistic",
    "status",
    "system_sample",
    "texts",
    "trade",
    "walk",
]
