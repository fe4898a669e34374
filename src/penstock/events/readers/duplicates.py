"""Order messages that a feed delivered twice."""

import numpy as np

from penstock.events.checks import Marks

SNAPSHOT = 32
SAME = ("ts_event", "order_id", "price", "size", "action", "side", "flags")


class Sequences:
    """Finds order messages seen before, from chunk to chunk.

    A venue numbers packets, not messages: in CME's MDP 3.0 all messages of a packet, several
    complete groups among them, share one number (23 % of consecutive records of the ESH4 file),
    and a snapshot's orders carry the numbers of their first packets in any order. So a repeated
    number alone is normal. A message is a duplicate when

    * its number is below the last of its channel and its exchange time is not newer (a packet sent
      again; where a venue starts its numbers afresh exchange times go on), or
    * it equals the record before it in number, exchange time, order and everything else.
    """

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, int]] = {}  # channel: last number, latest time
        self._last: np.ndarray | None = None

    def check(self, records: np.ndarray, marks: Marks) -> None:
        """Mark the duplicates among MBO records."""
        live = (records["flags"] & SNAPSHOT) == 0
        self._repeats(records, live, marks)
        channels = records["publisher_id"].astype(np.int64) << 8 | records["channel_id"]
        if (channels == channels[0]).all():
            self._channel(int(channels[0]), records, np.flatnonzero(live), marks)
            return
        for channel in np.unique(channels).tolist():
            rows = np.flatnonzero(live & (channels == channel))
            self._channel(channel, records, rows, marks)

    def _channel(self, channel: int, records: np.ndarray, rows: np.ndarray, marks: Marks) -> None:
        if not rows.size:
            return
        numbers = records["sequence"][rows].astype(np.int64)
        times = records["ts_event"][rows].view(np.int64)
        number, time = self._seen.get(channel, (0, 0))
        if numbers[0] >= number and (numbers[1:] >= numbers[:-1]).all():
            self._seen[channel] = (int(numbers[-1]), max(time, int(times.max())))
            return
        again = []
        for row, (n, t) in enumerate(zip(numbers.tolist(), times.tolist(), strict=True)):
            if n < number and t <= time:
                again.append(row)
            else:
                number, time = n, max(t, time)
        marks.mark("duplicate sequence", rows[again], numbers[again])
        self._seen[channel] = (number, time)

    def _repeats(self, records: np.ndarray, live: np.ndarray, marks: Marks) -> None:
        """Mark rows equal to the row before."""
        last, self._last = self._last, records[-1:].copy()
        rows = np.flatnonzero((records["order_id"][1:] == records["order_id"][:-1]) & live[1:]) + 1
        rows = rows[records["sequence"][rows] == records["sequence"][rows - 1]]
        for name in SAME:
            rows = rows[records[name][rows] == records[name][rows - 1]]
        rows = rows[records["order_id"][rows] != 0]
        if rows.size:
            marks.mark("duplicate sequence", rows, records["sequence"][rows])
        first = records[:1]
        if (
            last is not None
            and live[0]
            and first["order_id"][0] != 0
            and all(first[name][0] == last[name][0] for name in ("sequence", *SAME))
        ):
            marks.mark("duplicate sequence", np.array([0]), first["sequence"])
