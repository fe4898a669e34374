"""The columns of the event streams, by the names that formulas use."""

from penstock.expr import BAR, BOOK, QUOTE, TRADE, Column

OPEN = Column(BAR, "open")
HIGH = Column(BAR, "high")
LOW = Column(BAR, "low")
CLOSE = Column(BAR, "close")
VOLUME = Column(BAR, "volume")

PRICE = Column(TRADE, "price")
SIZE = Column(TRADE, "size")
SIDE = Column(TRADE, "side")

BID_PRICE = Column(QUOTE, "bid_price")
BID_SIZE = Column(QUOTE, "bid_size")
ASK_PRICE = Column(QUOTE, "ask_price")
ASK_SIZE = Column(QUOTE, "ask_size")

LEVELS = Column(BOOK, "levels")
