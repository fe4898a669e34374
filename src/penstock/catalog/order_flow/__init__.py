"""Order flow: who starts trades, how they follow one another, and what they do to the book."""

from penstock.catalog.order_flow import books, refits, runs, trades

FEATURES = (*trades.FEATURES, *books.FEATURES, *runs.FEATURES, *refits.FEATURES)
