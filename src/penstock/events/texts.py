"""The words of messages, which are longer than the 8 bytes of an event's cell."""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from penstock.core.errors import DataError


def text_id(text: str) -> int:
    """The id of a text: the same in every run and process, 0 for no text.

    Examples
    --------
    >>> text_id("Fed holds rates"), text_id("")
    (4286552145870131853, 0)
    """
    if not text:
        return 0
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1 or 1


class Texts:
    """Texts by their ids, the latest of them: a reader's memory is bounded.

    Whoever turns words into numbers does so chunk by chunk, while they are held; the numbers, and the
    ids, are what events carry on. Equal texts are held once.

    Parameters
    ----------
    room
        Characters that are held; the texts that were read longest ago are forgotten.

    Examples
    --------
    >>> texts = Texts()
    >>> (number,) = texts.ids(["Fed holds rates"])
    >>> texts[number]
    'Fed holds rates'
    """

    def __init__(self, room: int = 1 << 26) -> None:
        self.room = room
        self.held = 0
        self._texts: OrderedDict[int, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, number: int) -> str:
        found = self._texts.get(int(number))
        if found is None:
            raise DataError(
                f"Texts: a text must be asked for while it is held (the latest {self.room} characters), "
                f"got id {number}"
            )
        return found

    def ids(self, texts: Iterable[str | None]) -> np.ndarray:
        """Hold texts, and give their ids."""
        return np.array([self._hold(text or "") for text in texts], np.int64)

    def _hold(self, text: str) -> int:
        number = text_id(text)
        if number in self._texts:
            self._texts.move_to_end(number)
        elif number:
            self._texts[number] = text
            self.held += len(text)
            while self.held > self.room and len(self._texts) > 1:
                self.held -= len(self._texts.popitem(last=False)[1])
        return number
