"""How often garbage is looked for: less within, and as before after, whatever happens."""

import gc

import pytest

from penstock.core.garbage import GARBAGE, rarely_collected


def fails(seen):
    with rarely_collected():
        seen.append((gc.get_threshold(), gc.get_freeze_count()))
        raise ZeroDivisionError


def test_settings_are_restored_even_after_an_error():
    before, seen = gc.get_threshold(), []
    with pytest.raises(ZeroDivisionError):
        fails(seen)
    ((threshold, frozen),) = seen
    assert threshold == (GARBAGE, *before[1:])
    assert frozen > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
