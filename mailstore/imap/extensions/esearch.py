"""ESEARCH, RFC 4731: SEARCH RETURN (MIN MAX ALL COUNT).

Of nothing there is no MIN, MAX or ALL (section 3.1).
"""

from __future__ import annotations

from collections.abc import Sequence

from mailstore.imap.registry import Extension, SearchReturn
from mailstore.model.sequence_set import encode_numbers


def _min(numbers: Sequence[int], value: None) -> bytes:
    return b"MIN %d" % numbers[0] if numbers else b""


def _max(numbers: Sequence[int], value: None) -> bytes:
    return b"MAX %d" % numbers[-1] if numbers else b""


def _count(numbers: Sequence[int], value: None) -> bytes:
    return b"COUNT %d" % len(numbers)


def _all(numbers: Sequence[int], value: None) -> bytes:
    return b"ALL " + encode_numbers(numbers) if numbers else b""


def _everything(count: int, value: None) -> range:
    return range(count)


EXTENSION = Extension(
    rfc=4731,
    title="ESEARCH extension",
    capabilities=(b"ESEARCH",),
    search_returns=(
        SearchReturn(b"MIN", _min, lambda count, value: range(min(count, 1))),
        SearchReturn(b"MAX", _max, lambda count, value: range(max(count - 1, 0), count)),
        SearchReturn(b"COUNT", _count, _everything),
        SearchReturn(b"ALL", _all, _everything),
    ),
)
